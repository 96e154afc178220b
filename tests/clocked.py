"""The ledger under a clock that a test sets, and a look at all of it in one piece."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import redis.asyncio

from worker import keys, queue
from worker.ledger import Ledger, State, Times
from worker.ledger.fields import moment
from worker.ledger.scripts import Scripts

START: Final = 1_790_000_000_000  # ms since 1970

# What has no TTL, and need not: one of each, or one an account.
LASTING: Final = {keys.DUE, keys.COUNTS, keys.ACCOUNTS, keys.EPOCH, keys.NOTICES, queue.QUEUE_KEY, queue.QUEUES_KEY}
TRIMMED: Final = {keys.CONVERSATIONS, keys.HANDED_OFF, keys.LAST_HIT}  # by each sweep
LASTING_KINDS: Final = (keys.STATE, keys.READY, keys.ACCOUNT)

_LOOK: Final = """
local found = {hash = {}, zset = {}, list = {}, forever = {}}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then found.hash[key] = redis.call('HGETALL', key)
  elseif kind == 'zset' then found.zset[key] = redis.call('ZRANGE', key, 0, -1)
  elseif kind == 'list' then found.list[key] = redis.call('LLEN', key) end
  if redis.call('TTL', key) == -1 then found.forever[#found.forever + 1] = key end
end
return cjson.encode(found)
"""


@dataclass
class Clock:
    """The server's, as the scripts see it."""

    ms: int = START

    @property
    def now(self) -> datetime:
        return moment(self.ms)

    def step(self, by: timedelta) -> None:
        self.ms += int(by / timedelta(milliseconds=1))


class ClockedScripts(Scripts):
    """Those of the ledger, but for what they take for now."""

    def __init__(self, redis: redis.asyncio.Redis, times: Times, clock: Clock) -> None:
        super().__init__(redis, times)
        self._header += "now = cjson.decode(ARGV[1]).at\n"
        self._clock = clock

    async def run(self, name: str, **call: Any) -> dict[str, Any]:
        if name == "sweep":  # its rhythm is kept by a key that lives by the server's own clock
            await self._redis.delete(keys.SWEEPER)
        return await super().run(name, at=self._clock.ms, **call)


class ClockedLedger(Ledger):
    def __init__(self, redis: redis.asyncio.Redis, times: Times, clock: Clock) -> None:
        super().__init__(redis, times)
        self._scripts = ClockedScripts(redis, times, clock)


@dataclass(frozen=True)
class Look:
    """Everything that is in Redis, in one moment."""

    records: dict[str, dict[str, str]]
    conversations: dict[str, dict[str, str]]
    sorted_sets: dict[str, list[str]]
    forever: list[str]
    rings: int

    def ids(self, key: str) -> list[str]:
        return self.sorted_sets.get(key, [])

    def line(self, record: dict[str, str]) -> list[str]:
        return self.ids(keys.LINE + record["conversation"].removeprefix(keys.CONVERSATION))

    def turn(self, record: dict[str, str]) -> str | None:
        return self.conversations.get(record["conversation"], {}).get("turn")

    def states(self, key: str) -> list[str]:
        return [state for state in State if key in self.ids(keys.STATE + state)]


async def look(store: redis.asyncio.Redis) -> Look:
    found = json.loads(await cast(Awaitable[str], store.eval(_LOOK, 0)))
    hashes = {key: dict(zip(flat[::2], flat[1::2], strict=True)) for key, flat in dict(found["hash"]).items()}

    def of(prefix: str) -> dict[str, dict[str, str]]:
        return {key.removeprefix(prefix): fields for key, fields in hashes.items() if key.startswith(prefix)}

    conversations = {keys.CONVERSATION + name: fields for name, fields in of(keys.CONVERSATION).items()}
    sets = {key: list(members) for key, members in dict(found["zset"]).items()}
    rings = dict(found["list"]).get(queue.QUEUE_KEY, 0)
    return Look(of(keys.RECORD), conversations, sets, list(found["forever"]), rings)
