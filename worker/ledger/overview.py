"""What operators look at: everything at a glance, messages by what they have in common, one message's whole story."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from worker import keys, queue
from worker.ledger.claims import read_correlation_id
from worker.ledger.fields import milliseconds, moment
from worker.ledger.people import spellings
from worker.ledger.reading import Reading, in_state
from worker.ledger.record import Record, State, Unreadable
from worker.ledger.scripts import Scripts, ask_redis
from worker.ledger.status import AccountStatus, Status
from worker.ledger.story import Story
from worker.ledger.times import Times

HEAD: Final = 50  # of what is ready: the most urgent, among which the oldest is looked for
SCAN: Final = 100  # keys that are looked at on one trip, where their records are read


@dataclass(frozen=True, slots=True)
class Wanted:
    """What messages have in common. None is anything."""

    state: State | None = None
    account: str | None = None
    sender: str | None = None
    rule: str | None = None
    reason: str | None = None
    older: timedelta | None = None  # in their state
    newer: timedelta | None = None

    def fits(self, record: Record) -> bool:
        """But for the state and the age, which the ledger is asked for."""
        message = record.message
        return (
            self.account in (None, message.account)
            and (self.sender is None or message.sender in spellings(self.sender))
            and self.rule in (None, record.rule)
            and self.reason in (None, record.reason)
        )

    @property
    def any(self) -> bool:
        """Whether a record need not be read to know that it fits."""
        return (self.account, self.sender, self.rule, self.reason) == (None,) * 4


class Overview(Reading):
    """Raises LedgerUnavailable from every method. Changes nothing, and holds up nobody."""

    def __init__(self, redis: Redis, times: Times, accounts: Sequence[str]) -> None:
        """`accounts` are those that the settings name; messages may have come for more."""
        self._redis = redis
        self._scripts = Scripts(redis, times)
        self._accounts = accounts

    async def aclose(self) -> None:
        await self._scripts.aclose()
        await self._redis.aclose()

    async def status(self) -> Status:
        names, endpoints = await self.accounts(), await self._endpoints()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.time()
        pipeline.info("memory")
        pipeline.get(keys.EPOCH)
        pipeline.llen(queue.QUEUE_KEY)
        for endpoint in endpoints:
            pipeline.zcard(keys.NOTICES + endpoint)
        for name in names:
            pipeline.hgetall(keys.ACCOUNT + name)
            pipeline.zcard(keys.READY + name)
            pipeline.zrange(keys.READY + name, 0, HEAD - 1, withscores=True)
        time, info, epoch, rings, *rest = await ask_redis(pipeline.execute())
        notices, rest = sum(rest[: len(endpoints)]), rest[len(endpoints) :]
        each = zip(names, rest[0::3], rest[1::3], rest[2::3], strict=True)
        return Status(
            now=_now(time),
            states=await self.states(),
            accounts=tuple([await self._account(*found) for found in each]),
            counts=await self.counts(),
            rings=rings,
            notices=notices,
            memory=int(info["used_memory"]),
            memory_limit=int(info.get("maxmemory", 0)),
            epoch=moment(epoch) if epoch else None,
        )

    async def find(self, wanted: Wanted, limit: int) -> tuple[list[Record | Unreadable], bool]:
        """Those that came into their state last, first; at most `limit`. And whether there are more."""
        now = _now(await ask_redis(self._redis.time()))
        found: list[Record | Unreadable] = []
        for state in State if wanted.state is None else (wanted.state,):
            fitting = 0
            async for record in self._fitting(state, wanted, now):
                found.append(record)
                fitting += 1
                if fitting > limit:
                    break
        # A record that changes its state meanwhile may be met twice: the later look counts.
        unique = {record.key: record for record in found}.values()
        return heapq.nlargest(limit, unique, key=_newest), len(unique) > limit

    async def key_of(self, name: str) -> str | None:
        """The key of a message, by itself, by the provider's id of the message, or by an attempt's correlation id."""
        ids = [name, *(keys.message_key(account, name) for account in await self.accounts())]
        if correlation := read_correlation_id(name):
            ids.append(correlation[0])
        for key in ids:
            if await ask_redis(self._redis.exists(keys.RECORD + key)):
                return key
        return None

    async def story(self, key: str) -> Story | None:
        """All that is known of one message."""
        fields = await ask_redis(cast(Awaitable[dict[str, str]], self._redis.hgetall(keys.RECORD + key)))
        if not fields:
            return None
        conversation = fields.get("conversation", keys.CONVERSATION)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hgetall(conversation)
        pipeline.zcard(keys.HISTORY + conversation.removeprefix(keys.CONVERSATION))
        pipeline.zscore(keys.DUE, key)
        remembered, messages, due = await ask_redis(pipeline.execute())
        return Story(key, fields, remembered, messages, moment(int(due)) if due else None)

    async def records(self, since: datetime | None) -> AsyncIterator[Story]:
        """All that were taken in since then, in no order, without their conversations. None is missed, however its
        state changes meanwhile."""
        cursor, told = 0, set[str]()
        while True:
            cursor, found = await ask_redis(
                cast(Awaitable[tuple[int, list[str]]], self._redis.scan(cursor, match=keys.RECORD + "*", count=SCAN))
            )
            fresh = [key for key in found if key not in told]
            told.update(fresh)
            pipeline = self._redis.pipeline(transaction=False)
            for key in fresh:
                pipeline.hgetall(key)
            for key, fields in zip(fresh, await ask_redis(pipeline.execute(raise_on_error=False)), strict=True):
                story = Story(key.removeprefix(keys.RECORD), fields if isinstance(fields, dict) else {}, {}, 0, None)
                if fields and (story.record is None or since is None or story.record.received_at >= since):
                    yield story
            if not cursor:
                return

    async def audit(self, limit: int) -> list[dict[str, str]]:
        """What operators did, the latest first."""
        entries = await ask_redis(cast(Awaitable[list[Any]], self._redis.xrevrange(keys.AUDIT, count=limit)))
        return [{**fields, "at": moment(fields["at"]).isoformat()} for _, fields in entries]

    async def accounts(self) -> list[str]:
        known = await ask_redis(cast(Awaitable[set[str]], self._redis.smembers(keys.ACCOUNTS)))
        return sorted(known | set(self._accounts))

    async def _endpoints(self) -> list[str]:
        """Those that notices wait for."""
        return sorted(await ask_redis(cast(Awaitable[set[str]], self._redis.smembers(keys.NOTIFIED))))

    async def people(self, number: str) -> list[str]:
        """The conversations, as account:sender, that may be a number's, whether or not there are any."""
        return [f"{account}:{name}" for account in await self.accounts() for name in spellings(number)]

    async def messages_of(self, number: str) -> int:
        """How many messages the histories of a person's conversations name."""
        histories = [self._redis.zcard(keys.HISTORY + person) for person in await self.people(number)]
        return sum(await ask_redis(asyncio.gather(*histories)))

    async def _account(
        self, name: str, gate: dict[str, str], ready: int, head: list[tuple[str, float]]
    ) -> AccountStatus:
        pipeline = self._redis.pipeline(transaction=False)
        for key, _ in head:
            pipeline.hget(keys.RECORD + key, "received_at")
        came = [int(at) for at in await ask_redis(pipeline.execute()) if at]
        return AccountStatus(
            name=name,
            ready=ready,
            oldest=moment(min(came)) if came else None,
            closes=moment(int(head[0][1])) if head else None,
            held=_moment(gate.get("held")),
            why=gate.get("why"),
            since=_moment(gate.get("since")) if "until" in gate else None,
            until=_moment(gate.get("until")),
        )

    async def _fitting(self, state: State, wanted: Wanted, now: datetime) -> AsyncIterator[Record | Unreadable]:
        start, since = 0, now - wanted.newer if wanted.newer else None
        if wanted.older:  # the younger ones are counted and passed over, not read
            least = milliseconds(now - wanted.older) + 1
            start = await ask_redis(self._redis.zcount(keys.STATE + state, least, "+inf"))
        async for record in in_state(self._scripts, state, since, start=start):
            if wanted.any if isinstance(record, Unreadable) else wanted.fits(record):
                yield record


def _newest(record: Record | Unreadable) -> int:
    return 0 if isinstance(record, Unreadable) else milliseconds(record.changed_at)


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _now(time: tuple[int, int]) -> datetime:
    return moment(time[0] * 1000 + time[1] // 1000)
