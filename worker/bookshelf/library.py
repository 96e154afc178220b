"""The books in force as anybody may see them who has Redis alone: what is kept of each, and what the workers say of it.

No file is opened: the workers may run on other hosts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self, cast

from redis.asyncio import Redis

from worker import keys
from worker.bookshelf.history import History
from worker.bookshelf.kept import Kept
from worker.bookshelf.reports import Report, Reports
from worker.bookshelf.shelf import Refusal
from worker.connection import connect
from worker.ledger.fields import moment
from worker.ledger.scripts import ask_redis
from worker.secret import Secret

_ID: Final = 8  # hexadecimal digits
MOST: Final = 100  # books; an account has one


@dataclass(frozen=True, slots=True)
class Shelved:
    """One book's file, and what is in force of it."""

    path: str  # of its file, absolute, on the workers' hosts
    version: str | None  # that is in force; None where workers run, but none of it is kept
    since: datetime | None  # aware
    reports: tuple[Report, ...]  # of the workers that are alive

    @property
    def id(self) -> str:
        """Short, and fit for an address."""
        return id_of(self.path)

    @property
    def accounts(self) -> tuple[str, ...]:
        """That are answered by it, as far as a worker is there to say so."""
        return tuple(sorted({name for report in self.reports for name in report.accounts}))

    @property
    def refusal(self) -> Refusal | None:
        """Of what the file holds instead; where hosts differ, of one of them."""
        return next((report.refusal for report in self.reports if report.refusal), None)

    @property
    def strangers(self) -> tuple[Report, ...]:
        """The workers that run another version than the one that is kept."""
        return tuple(report for report in self.reports if report.book != self.version)


def id_of(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:_ID]


class Library:
    """All books. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self._redis = redis
        self.reports = Reports(redis)

    async def books(self) -> list[Shelved]:
        """By path."""
        reports = await self.reports.read()
        kept = await ask_redis(cast(Awaitable[list[str]], self._redis.zrevrange(keys.BOOKS, 0, MOST - 1)))
        paths = sorted({*kept, *(path for report in reports if (path := _path(report)))})
        pipeline = self._redis.pipeline(transaction=False)
        for path in paths:
            pipeline.hmget(keys.BOOK + path, ["version", "since"])
        found: Iterable[list[str | None]] = await ask_redis(pipeline.execute()) if paths else ()
        books = [_shelved(path, fields, reports) for path, fields in zip(paths, found, strict=True)]
        return [book for book in books if book.version or book.reports]

    async def book(self, wanted: str) -> Shelved | None:
        """The one with this id."""
        return next((book for book in await self.books() if book.id == wanted), None)

    def kept(self, path: str) -> Kept:
        return Kept(self._redis, Path(path))

    def history(self, path: str) -> History:
        return History(self._redis, Path(path))

    async def text(self, path: str, version: str | None = None) -> bytes | None:
        """What the file held when this version came into force; the one that is in force, where none is named."""
        if version is not None:
            return await self.history(path).text(version)
        found = await self.kept(path).read()
        return found[0] if found else None

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def open_library(url: Secret) -> Library:
    """On a connection pool of its own. Connects when it is first asked."""
    return Library(connect(url, decode=True, connections=4))


def _path(report: Report) -> str | None:
    """None where a worker of an older version does not say in which folder its file is."""
    return report.path or (report.file if Path(report.file).is_absolute() else None)


def _shelved(path: str, fields: list[Any], reports: Iterable[Report]) -> Shelved:
    version, since = fields
    of_it = tuple(report for report in reports if _path(report) == path)
    return Shelved(path, version, moment(since) if since else None, of_it)
