"""The books that were in force, in Redis: which, since when, by whose hand, and their texts.

A worker writes it in the step in which it keeps a book (see kept), so it has every book that came into force, whoever
changed the file and however. Who put one in force is known where it was done here, and is announced before: the worker
that first has it in force takes the name over.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, cast

from redis.asyncio import Redis

from rules.decoding import LARGEST_FILE
from worker import keys
from worker.connection import connect
from worker.ledger.scripts import ask_redis
from worker.secret import Secret

LENGTH: Final = 30  # books of one file
MOST_BYTES: Final = 16_000_000  # of their packed texts; of large books, fewer are kept
ANNOUNCED: Final = timedelta(minutes=10)  # a worker has it in force by then, or never

# Call as in kept: KEYS[3] is the history, KEYS[4] the texts, KEYS[5] who; ARGV[6] is the packed text.
REMEMBER: Final = f"""
local head = redis.call('LINDEX', KEYS[3], 0)
if not (head and cjson.decode(head).version == ARGV[1]) then
  local by = redis.call('HGET', KEYS[5], ARGV[1])
  redis.call('HDEL', KEYS[5], ARGV[1])
  local entry = {{version = ARGV[1], since = string.format('%d', began), by = by or nil}}
  redis.call('LPUSH', KEYS[3], cjson.encode(entry))
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[6])
  local keep, size = {{}}, 0
  for i, text in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
    local version = cjson.decode(text).version
    if not keep[version] then size = size + redis.call('HSTRLEN', KEYS[4], version) end
    if i > {LENGTH} or (i > 1 and size > {MOST_BYTES}) then
      redis.call('LTRIM', KEYS[3], 0, i - 2)
      break
    end
    keep[version] = true
  end
  for _, version in ipairs(redis.call('HKEYS', KEYS[4])) do
    if not keep[version] then redis.call('HDEL', KEYS[4], version) end
  end
end
"""


@dataclass(frozen=True, slots=True)
class Past:
    """A book that is or was in force."""

    version: str  # of the book
    since: datetime  # aware: it came into force
    by: str | None  # who put it in force; None where it was not done here


def history_keys(path: str) -> list[str]:
    """As `REMEMBER` names them."""
    return [keys.BOOK_HISTORY + path, keys.BOOK_TEXTS + path, keys.BOOK_BY + path]


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


class History:
    """Of one file. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis, file: Path) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self._redis = redis
        self._history, self._texts, self._by = history_keys(str(file.absolute()))

    async def read(self) -> list[Past]:
        """The latest first, which is in force."""
        found = await ask_redis(cast(Awaitable[list[str]], self._redis.lrange(self._history, 0, LENGTH - 1)))
        return [past for text in found if (past := read_past(text)) is not None]

    async def text(self, version: str) -> bytes | None:
        """What the file held; None where it is not kept."""
        found = await ask_redis(cast(Awaitable[str | None], self._redis.hget(self._texts, version)))
        return None if found is None else _unpacked(found)

    async def announce(self, version: str, who: str) -> None:
        """Somebody is about to put this version in force."""
        pipeline = self._redis.pipeline()
        pipeline.hset(self._by, version, who)
        pipeline.expire(self._by, ANNOUNCED)
        await ask_redis(pipeline.execute())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()


def open_history(url: Secret, file: Path) -> History:
    """On a connection of its own, which `async with` closes. Connects when it is first asked."""
    return History(connect(url, decode=True, connections=1), file)


def read_past(text: str) -> Past | None:
    """None where another version of autoreply has written something else."""
    try:
        entry: dict[str, Any] = json.loads(text)
        since = datetime.fromtimestamp(int(entry["since"]) / 1000, UTC)
        return Past(str(entry["version"]), since, entry.get("by"))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _unpacked(text: str) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text), LARGEST_FILE)
    except (binascii.Error, zlib.error):
        return None
