"""What the workers of all hosts say of their books, in Redis: one key a worker, gone soon after it.

A *request* asks all of them to look at their files now. Each answers it in its report, once all that its file held at
that time is loaded or refused.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self, cast

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from worker import keys
from worker.bookshelf.shelf import Refusal
from worker.connection import connect
from worker.ledger.scripts import ask_redis
from worker.secret import Secret

LIVES: Final = timedelta(seconds=8)  # a report; a worker that has not renewed it is dead or frozen
FORGOTTEN: Final = timedelta(days=1)  # the name of a worker that could not take its leave
REQUEST_LIVES: Final = timedelta(minutes=1)
ASK_AGAIN: Final = timedelta(seconds=0.2)


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker process says of its book. Nothing of it is about a customer.

    Workers of the version before or after read it too: what is added needs a default, what is there keeps its meaning.
    """

    worker: str  # the name that RQ knows it by
    host: str
    pid: int
    file: str
    book: str  # the version in force
    rules: int
    since: datetime  # aware: it came into force
    refusal: Refusal | None = None  # of what the file holds instead
    answered: str | None = None  # the latest request it has answered
    accounts: tuple[str, ...] = ()  # that are answered by this book
    path: str | None = None  # of the file, absolute: by it the book is kept

    @property
    def id(self) -> str:
        """A worker with several books makes a report of each."""
        return ":".join((self.worker, *self.accounts))

    def __str__(self) -> str:
        return f"{self.worker[:8]} on {self.host}, process {self.pid}"


_REPORT: Final = TypeAdapter(Report)


@dataclass(frozen=True, slots=True)
class Answers:
    """How the workers that are alive answered a request."""

    answered: tuple[Report, ...]
    silent: tuple[Report, ...]  # not in time; what they said before

    @property
    def agree(self) -> bool:
        """Whether there are workers, all have answered, none refuses its file, and all run the same book."""
        refusing = any(report.refusal for report in self.answered)
        return not self.silent and not refusing and bool(self.answered) and not differing(self.answered)


def differing(reports: Sequence[Report]) -> bool:
    """Whether workers answer the same accounts by different books."""
    books: dict[tuple[str, ...], set[str]] = {}
    for report in reports:
        books.setdefault(report.accounts, set()).add(report.book)
    return any(len(each) > 1 for each in books.values())


class Reports:
    """The reports of all workers. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self._redis = redis

    async def read(self) -> list[Report]:
        """Of the workers that are alive, by host and process. A report of an unknown shape is left out."""
        names = await ask_redis(cast(Awaitable[list[str]], self._redis.zrange(keys.REPORTERS, 0, -1)))
        if not names:
            return []
        wanted = [keys.REPORT + name for name in names]
        found = await ask_redis(cast(Awaitable[list[str | None]], self._redis.mget(wanted)))
        reports = [report for text in found if text is not None and (report := _read(text)) is not None]
        return sorted(reports, key=lambda report: (report.host, report.pid, report.worker))

    async def write(self, report: Report) -> None:
        """Renews a worker's report."""
        now = time.time()
        pipeline = self._redis.pipeline()
        pipeline.set(keys.REPORT + report.id, _REPORT.dump_json(report), ex=LIVES)
        pipeline.zadd(keys.REPORTERS, {report.id: now})
        pipeline.zremrangebyscore(keys.REPORTERS, "-inf", now - FORGOTTEN.total_seconds())
        pipeline.expire(keys.REPORTERS, FORGOTTEN)
        await ask_redis(pipeline.execute())

    async def take_away(self, report: Report) -> None:
        """Of a worker that ends."""
        pipeline = self._redis.pipeline()
        pipeline.delete(keys.REPORT + report.id)
        pipeline.zrem(keys.REPORTERS, report.id)
        await ask_redis(pipeline.execute())

    async def request(self) -> str | None:
        """The latest request, if it is not long ago."""
        return cast(str | None, await ask_redis(self._redis.get(keys.LOOK_NOW)))

    async def ask_to_look(self) -> str:
        """Asks all workers to look at their files now; returns the request."""
        ours = uuid.uuid4().hex
        await ask_redis(self._redis.set(keys.LOOK_NOW, ours, ex=REQUEST_LIVES))
        return ours

    async def have_all_look(self, patience: timedelta) -> Answers:
        """Asks all workers to look at their files now, and waits for those that are alive."""
        ours = await self.ask_to_look()
        good: set[str | None] = {ours}
        end = time.monotonic() + patience.total_seconds()
        while True:
            # Another's request that came after ours takes its place, and an answer to it answers ours.
            good.add(await self.request() or ours)
            reports = await self.read()
            silent = tuple(report for report in reports if report.answered not in good)
            if not silent or time.monotonic() > end:
                return Answers(tuple(report for report in reports if report.answered in good), silent)
            await asyncio.sleep(ASK_AGAIN.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()


def open_reports(url: Secret) -> Reports:
    """On a connection of its own, which `async with` closes. Connects when it is first asked."""
    return Reports(connect(url, decode=True, connections=1))


def _read(text: str) -> Report | None:
    try:
        return _REPORT.validate_json(text)
    except ValidationError:
        return None
