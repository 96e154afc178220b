"""Looks into the ledger, and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from rules.model import Conversation
from worker import keys
from worker.ledger.conversation import read_conversation
from worker.ledger.fields import milliseconds
from worker.ledger.record import DAMAGE, Record, State, Unreadable
from worker.ledger.scripts import PAGE, Scripts, ask_redis


@dataclass(frozen=True, slots=True)
class Load:
    """What the server has to bear."""

    memory: float | None  # the share of maxmemory that is used; None where there is no limit
    oldest: timedelta | None  # how long the oldest message has waited for a worker; None where none waits


class Reading:
    """Raises LedgerUnavailable from every method."""

    _redis: Redis
    _scripts: Scripts

    async def record(self, key: str) -> Record | None:
        fields = await ask_redis(cast(Awaitable[dict[str, str]], self._redis.hgetall(keys.RECORD + key)))
        return Record.read(key, fields) if fields else None

    async def load(self) -> Load:
        """How full the server is, and how far behind the workers are."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.info("memory")
        pipeline.time()
        pipeline.zrange(keys.STATE + State.QUEUED, 0, 0, withscores=True)
        info, (seconds, microseconds), oldest = await ask_redis(pipeline.execute())
        limit = int(info.get("maxmemory", 0))
        waits = [timedelta(seconds=seconds + microseconds / 1e6 - since / 1000) for _, since in oldest]
        return Load(int(info["used_memory"]) / limit if limit else None, waits[0] if waits else None)

    async def conversation(self, account: str, sender: str) -> Conversation | None:
        """What is remembered of one person; None where nothing is."""
        key = f"{keys.CONVERSATION}{account}:{sender}"
        fields = await ask_redis(cast(Awaitable[dict[str, str]], self._redis.hgetall(key)))
        return read_conversation(fields, first=False) if fields else None

    async def decided(self, since: datetime | None = None) -> AsyncIterator[Record | Unreadable]:
        """The messages that were decided, since then, in no order that counts. Those of the retention time, where
        there is no `since`; an old record's time is when it was received.

        Read page by page, beside a service that runs. A record whose state changes meanwhile may be missed; none is
        told twice.
        """
        told: set[str] = set()
        for state in State:
            async for found in in_state(self._scripts, state, since):
                if found.key not in told and (isinstance(found, Unreadable) or _was_decided(found, since)):
                    told.add(found.key)
                    yield found

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


async def in_state(
    scripts: Scripts, state: State, since: datetime | None, *, start: int = 0
) -> AsyncIterator[Record | Unreadable]:
    """The records that came into the state since then, the newest first: a newcomer pushes the others down, so that the
    worst that can happen is to see one twice. The first `start` are passed over."""
    earliest = milliseconds(since) if since else 0
    while True:
        answer = await scripts.run("page", state=state, start=start, since=earliest)
        for key, fields in answer["page"]:
            if fields:
                yield read(key, fields)
        if len(answer["page"]) < PAGE:
            return
        start += PAGE


def read(key: str, fields: Mapping[str, str]) -> Record | Unreadable:
    """The record, or that it is none."""
    try:
        return Record.read(key, fields)
    except DAMAGE:
        return Unreadable(key)


def _was_decided(record: Record, since: datetime | None) -> bool:
    return record.book is not None and (since is None or (record.decided_at or record.received_at) >= since)
