"""What operators look at: everything at a glance, messages by what they have in common, one message's whole story."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final, cast

from redis.asyncio import Redis

from rules.as_json import iso
from worker import keys, queue
from worker.ledger.fields import moment
from worker.ledger.finding import Finding
from worker.ledger.hits import RuleCounting
from worker.ledger.jobs import RqLooking
from worker.ledger.looking import moments, server_time
from worker.ledger.needs import Needs
from worker.ledger.people import is_written
from worker.ledger.record import Record, Unreadable
from worker.ledger.scripts import Scripts, ask_redis
from worker.ledger.series import Counting
from worker.ledger.status import AccountStatus, Status
from worker.ledger.story import Story
from worker.ledger.times import Times
from worker.ledger.wanted import Wanted

HEAD: Final = 50  # of what is ready: the most urgent, among which the oldest is looked for
SCAN: Final = 100  # keys that are looked at on one trip, where their records are read


class Overview(Needs, Finding, Counting, RuleCounting, RqLooking):
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
        for section in ("memory", "server", "persistence"):
            pipeline.info(section)
        pipeline.get(keys.SWEPT)
        pipeline.get(keys.EPOCH)
        pipeline.llen(queue.QUEUE_KEY)
        for endpoint in endpoints:
            pipeline.zcard(keys.NOTICES + endpoint)
        for name in names:
            pipeline.hgetall(keys.ACCOUNT + name)
            pipeline.zcard(keys.READY + name)
            pipeline.zrange(keys.READY + name, 0, HEAD - 1, withscores=True)
        time, memory, server, persistence, swept, epoch, rings, *rest = await ask_redis(pipeline.execute())
        notices, rest = sum(rest[: len(endpoints)]), rest[len(endpoints) :]
        each = zip(names, rest[0::3], rest[1::3], await self._oldest(rest[2::3]), rest[2::3], strict=True)
        return Status(
            now=server_time(time),
            states=await self.states(),
            accounts=tuple(_account(*found) for found in each),
            counts=await self.counts(),
            rings=rings,
            notices=notices,
            swept=_moment(swept),
            server=_server(server),
            append_only=bool(persistence.get("aof_enabled")),
            append_only_fails=persistence.get("aof_last_write_status") == "err",
            memory=int(memory["used_memory"]),
            memory_limit=int(memory.get("maxmemory", 0)),
            epoch=_moment(epoch),
        )

    async def find(self, wanted: Wanted, limit: int) -> tuple[list[Record | Unreadable], bool]:
        """The first page of at most `limit`, however far it must be looked; and whether there are more."""
        looked = await self._look(wanted, None, most=limit + 1, budget=sys.maxsize)
        records = await self._records([row[0] for row in looked.rows])
        return list(records[:limit]), len(records) > limit

    async def story(self, key: str) -> Story | None:
        """All that is known of one message."""
        if not is_written(key):
            return None
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
        return [{**fields, "at": iso(moment(fields["at"]))} for _, fields in entries]

    async def _endpoints(self) -> list[str]:
        """Those that notices wait for."""
        return sorted(await ask_redis(cast(Awaitable[set[str]], self._redis.smembers(keys.NOTIFIED))))

    async def messages_of(self, number: str) -> int:
        """How many messages the histories of a person's conversations name."""
        histories = [self._redis.zcard(keys.HISTORY + person) for person in await self.people(number)]
        return sum(await ask_redis(asyncio.gather(*histories)))

    async def _oldest(self, heads: Sequence[Sequence[tuple[str, float]]]) -> list[datetime | None]:
        """Of each, when the one of its messages came that came first."""
        pipeline = self._redis.pipeline(transaction=False)
        for key, _ in chain.from_iterable(heads):
            pipeline.hget(keys.RECORD + key, "received_at")
        came = iter(await ask_redis(pipeline.execute(raise_on_error=False)))
        return [min(moments(*islice(came, len(head))), default=None) for head in heads]


def _account(
    name: str, gate: dict[str, str], ready: int, oldest: datetime | None, head: Sequence[tuple[str, float]]
) -> AccountStatus:
    return AccountStatus(
        name=name,
        ready=ready,
        oldest=oldest,
        closes=moment(int(head[0][1])) if head else None,
        held=_moment(gate.get("held")),
        why=gate.get("why"),
        since=_moment(gate.get("since")) if "until" in gate else None,
        until=_moment(gate.get("until")),
    )


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _server(info: dict[str, Any]) -> str:
    """Valkey gives a version of Redis's besides its own."""
    if version := info.get("valkey_version"):
        return f"Valkey {version}"
    return f"Redis {info.get('redis_version', '?')}"
