"""The Python face of the scripts: one method a transition, and the one border where Redis errors are translated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError
from rq.utils import utcformat

from rules.model import Decision, Message
from worker import keys, queue
from worker.ledger.conversation import REPLIES, fired, read_conversation, remembered
from worker.ledger.fields import Fields, milliseconds, moment
from worker.ledger.lane import Lane
from worker.ledger.record import (
    DAMAGE,
    MOVING,
    Attempt,
    Claim,
    Moved,
    Record,
    State,
    TakenIn,
    Unreadable,
    decision_fields,
    message_fields,
)
from worker.ledger.times import Times

FORMAT: Final = 1  # of a record
POISON: Final = 3  # a message that crashed its worker this often is given up
SWEEP_AT_MOST: Final = 200  # records in one sweep: a script holds up every other client of the server
PATIENCE: Final = timedelta(seconds=1.5)  # with Redis; a receiver answers its 503 within 2 s
PAGE: Final = 50  # records that are read on one trip: a few milliseconds of the server

T = TypeVar("T")


class LedgerUnavailable(Exception):
    """Redis is away, frozen, full, loading or read-only: nothing is known to be written. Try again later."""


async def ask_redis(question: Awaitable[T]) -> T:
    """The answer. Raises LedgerUnavailable for whatever Redis, the line or the clock say against it."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await question
    except (RedisError, TimeoutError, OSError) as error:
        raise LedgerUnavailable(f"{type(error).__name__}: {error}") from error


class Ledger:
    """The records of all messages. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis, times: Times) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self.times = times
        self._redis = redis
        self._lane = Lane(redis)
        header = _header(times)
        self._scripts = {
            name: redis.register_script(header + _source("shared") + _source(name))
            for name in ("take_in", "claim", "begin", "settle", "sweep", "page")
        }

    async def take_in(self, message: Message) -> TakenIn:
        """Writes the record and rings for a worker, unless the event or the message is known."""
        answer = await self._run(
            "take_in",
            id=keys.message_key(message.account, message.id),
            account=message.account,
            event_id=message.event_id,
            conversation=f"{keys.CONVERSATION}{message.account}:{message.sender}",
            window=milliseconds(message.window_expires_at),
            fields=message_fields(message),
        )
        return cast(TakenIn, answer["what"])

    async def claim(self, key: str, owner: str) -> Claim | None:
        """The right to decide about a queued message; None where it is not to be had, or its window is over.

        `owner` names the caller, so that it may ask again when an answer was lost.
        """
        answer = await self._run("claim", id=key, owner=owner)
        if "refused" in answer:
            return None
        record = Record.read(key, answer["record"])
        conversation = read_conversation(answer["conversation"], first=record.first)
        return Claim(record, conversation, moment(answer["now"]))

    async def begin(self, claim: Claim, decision: Decision, book: str) -> Attempt | None:
        """The right to send the decision's reply now; None where the claim is lost or the window over."""
        number, reply = claim.record.attempt + 1, decision.reply or ""
        answer = await self._run(
            "begin",
            id=claim.record.key,
            fence=claim.record.fence,
            attempt=number,
            fields=decision_fields(claim, decision, book),
            remember=remembered(decision, claim.now),
            fired=fired(decision, claim.now),
        )
        if "refused" in answer:
            return None
        return Attempt(claim.record, number, reply, timedelta(milliseconds=answer["milliseconds"]))

    async def stay_silent(self, claim: Claim, decision: Decision, book: str) -> bool:
        """Ends a message that gets no reply. False where the claim was lost."""
        fields = {**decision_fields(claim, decision, book), "reason": decision.silence}
        remember = {**remembered(decision, claim.now), **fired(decision, claim.now)}
        return await self._settle(claim.record, claim.record.attempt, State.SILENT, fields, remember=remember)

    async def settle(self, attempt: Attempt, to: State, fields: Fields, *, delay: timedelta | None = None) -> bool:
        """Writes what came of an attempt; with `delay`, it is tried again after that. False where it was lost."""
        return await self._settle(attempt.record, attempt.number, to, fields, delay=delay)

    async def sweep(self) -> list[Moved]:
        """Looks after what should be moving and is not, unless another process did so a moment ago."""
        answer = await self._run("sweep")
        return [Moved(key, State(before), State(after)) for key, before, after in answer["moved"]]

    async def record(self, key: str) -> Record | None:
        fields = await ask_redis(cast(Awaitable[dict[str, str]], self._redis.hgetall(keys.RECORD + key)))
        return Record.read(key, fields) if fields else None

    async def decided(self, since: datetime | None = None) -> AsyncIterator[Record | Unreadable]:
        """The messages that were decided, since then, in no order that counts. Those of the retention time, where
        there is no `since`; an old record's time is when it was received.

        Read page by page, beside a service that runs. A record whose state changes meanwhile may be missed; none is
        told twice.
        """
        told: set[str] = set()
        for state in State:
            async for key, fields in self._in_state(state, since):
                found = _read(key, fields)
                if key not in told and (isinstance(found, Unreadable) or _was_decided(found, since)):
                    told.add(key)
                    yield found

    async def count(self, what: str) -> None:
        """Counts something that leaves no record."""
        await ask_redis(self._redis.hincrby(keys.COUNTS, what, 1))

    async def counts(self) -> dict[str, int]:
        """What happened how often, ever."""
        found = await ask_redis(cast(Awaitable[dict[str, str]], self._redis.hgetall(keys.COUNTS)))
        return {what: int(number) for what, number in found.items()}

    async def states(self) -> dict[State, int]:
        """How many records of the retention time are in each state. One round trip, O(1) a state."""
        pipeline = self._redis.pipeline(transaction=False)
        for state in State:
            pipeline.zcard(keys.STATE + state)
        return dict(zip(State, await ask_redis(pipeline.execute()), strict=True))

    async def check_writable(self) -> None:
        """Returns where Redis would take a message in now."""
        await ask_redis(cast(Awaitable[Any], self._redis.set(keys.PREFIX + "writable", 1, ex=60)))

    async def aclose(self) -> None:
        await self._lane.aclose()
        await self._redis.aclose()

    async def _in_state(self, state: State, since: datetime | None) -> AsyncIterator[tuple[str, dict[str, str]]]:
        """The fields of the records that came into the state since then, the newest first: a newcomer pushes the
        others down, so that the worst that can happen is to see one twice."""
        start, earliest = 0, milliseconds(since) if since else 0
        while True:
            answer = await self._run("page", state=state, start=start, since=earliest)
            for key, fields in answer["page"]:
                if fields:
                    yield key, fields
            if len(answer["page"]) < PAGE:
                return
            start += PAGE

    async def _settle(
        self,
        record: Record,
        attempt: int,
        to: State,
        fields: Fields,
        *,
        remember: Fields | None = None,
        delay: timedelta | None = None,
    ) -> bool:
        answer = await self._run(
            "settle",
            id=record.key,
            fence=record.fence,
            attempt=attempt,
            to=to,
            fields=fields,
            remember=remember or {},
            **({} if delay is None else {"delay": int(delay / timedelta(milliseconds=1))}),
        )
        return bool(answer["settled"])

    async def _run(self, script: str, **call: Any) -> dict[str, Any]:
        call["clock"] = utcformat(datetime.now(UTC))  # for RQ's own fields; decisions use the server's clock
        answer: dict[str, Any] = json.loads(await ask_redis(self._lane.run(self._scripts[script], json.dumps(call))))
        return answer


def _read(key: str, fields: dict[str, str]) -> Record | Unreadable:
    try:
        return Record.read(key, fields)
    except DAMAGE:
        return Unreadable(key)


def _was_decided(record: Record, since: datetime | None) -> bool:
    return record.book is not None and (since is None or (record.decided_at or record.received_at) >= since)


@cache
def _source(name: str) -> str:
    return files("worker.ledger").joinpath(f"{name}.lua").read_text(encoding="utf-8")


def _header(times: Times) -> str:
    """The names that the scripts share with Python, so that each has one home."""
    names: dict[str, str | int] = {"RECORD": keys.RECORD, "EVENT": keys.EVENT, "SEEN": keys.SEEN, "STATE": keys.STATE}
    names |= {"DUE": keys.DUE, "COUNTS": keys.COUNTS, "RINGS": keys.RINGS, "SWEEPER": keys.SWEEPER}
    names |= {name.upper(): int(span / timedelta(milliseconds=1)) for name, span in _spans(times).items()}
    names |= {"QUEUE": queue.NAME, "QUEUE_KEY": queue.QUEUE_KEY, "QUEUES_KEY": queue.QUEUES_KEY}
    names |= {"JOB": queue.JOB, "JOB_PREFIX": queue.JOB_PREFIX, "DESCRIPTION": queue.DESCRIPTION}
    names |= {"JOB_TIMEOUT": int(queue.TIMEOUT.total_seconds()), "FAILURE_TTL": int(queue.FAILURE_TTL.total_seconds())}
    names |= {"FORMAT": FORMAT, "POISON": POISON, "SWEEP_AT_MOST": SWEEP_AT_MOST, "REPLIES": REPLIES, "PAGE": PAGE}
    lines = [f"local {name} = {json.dumps(value)}" for name, value in names.items()]
    at_rest = ", ".join(f"'{state}'" for state in State if state not in MOVING)
    return "\n".join([*lines, f"local STATES = {{{at_rest}}}", ""])


def _spans(times: Times) -> dict[str, timedelta]:
    return {name: getattr(times, name) for name in times.__dataclass_fields__}
