"""The book that was last in force, in Redis: for a worker that starts while its file is bad.

It is kept by the path of its file: workers that were given another path on purpose have another book. It is all bytes
of the file, at most `rules.decoding.LARGEST_FILE`, and written once for each new version, by the first worker that has
it in force.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, cast

from redis.asyncio import Redis

from rules import parse
from worker import keys
from worker.bookshelf.history import REMEMBER, history_keys, packed, read_past
from worker.bookshelf.shelf import Edition
from worker.connection import connect
from worker.ledger.scripts import ask_redis
from worker.secret import Secret

LIVES: Final = timedelta(days=30)  # after the last worker that ran it, or one since: paths may bear release numbers

# Which of two books is the later one is decided by the server's clock: hosts' clocks differ, and a worker may have been
# without Redis for long. Call: version, text, for how many ms it has been in force, for how many it is kept, the path
# of its file, the packed text.
_WRITE: Final = f"""
local since = redis.call('HGET', KEYS[1], 'since')
local clock = redis.call('TIME')
local began = clock[1] * 1000 + math.floor(clock[2] / 1000) - ARGV[3]
if since and tonumber(since) > began then return end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'text', ARGV[2], 'since', string.format('%d', began))
redis.call('ZADD', KEYS[2], clock[1], ARGV[5])
{REMEMBER}
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[4]) end
"""


class Kept:
    """That of one file. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis, file: Path) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self._redis = redis
        self._write: Any = redis.register_script(_WRITE)
        self._file = file
        self._path = str(file.absolute())  # links are not followed: they are what a deployment swaps
        self._key = keys.BOOK + self._path
        self._keys = [self._key, keys.BOOKS, *history_keys(self._path)]

    async def version(self) -> str | None:
        return cast(str | None, await ask_redis(cast(Awaitable[Any], self._redis.hget(self._key, "version"))))

    async def read(self) -> tuple[bytes, datetime] | None:
        """The file's bytes, and since when they were in force."""
        fields = await ask_redis(cast(Awaitable[list[Any]], self._redis.hmget(self._key, ["text", "since"])))
        text, since = fields
        return (text.encode(), datetime.fromtimestamp(int(since) / 1000, UTC)) if text and since else None

    async def write(self, edition: Edition) -> None:
        """Keeps this one, and remembers that it was in force; unless it is kept or a later one is."""
        if await self._newest() == [edition.book.version] * 2:  # spares sending it
            return
        text = edition.data.decode()  # a book is UTF-8, else it would have been refused
        lives = LIVES // timedelta(milliseconds=1)
        text_packed = await asyncio.to_thread(packed, edition.data)  # takes its time, in which the book grows older
        age = max(timedelta(0), datetime.now(UTC) - edition.since) // timedelta(milliseconds=1)
        call = [edition.book.version, text, age, lives, self._path, text_packed]
        await ask_redis(self._write(keys=self._keys, args=call))

    async def renew(self) -> bool:
        """Lengthens its life, and its history's; False where there is none."""
        pipeline = self._redis.pipeline()
        for key in self._keys:
            pipeline.expire(key, LIVES)
        pipeline.zadd(keys.BOOKS, {self._path: time.time()}, xx=True)
        return bool((await ask_redis(pipeline.execute()))[0])

    async def _newest(self) -> list[str | None]:
        """The version that is kept, and the one that was last remembered."""
        pipeline = self._redis.pipeline()
        pipeline.hget(self._key, "version")
        pipeline.lindex(self._keys[2], 0)
        kept, past = await ask_redis(pipeline.execute())
        entry = read_past(past) if past else None
        return [kept, entry.version if entry else None]

    def parse(self, data: bytes, since: datetime) -> Edition:
        """Raises BookError where this version of the rules' language refuses what another had in force."""
        return Edition(parse(data, str(self._file)), data, since)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()


def open_kept(url: Secret, file: Path) -> Kept:
    """On a connection of its own, which `async with` closes. Connects when it is first asked."""
    return Kept(connect(url, decode=True, connections=1), file)
