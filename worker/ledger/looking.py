"""A bounded look through sorted sets of keys: what every list of messages is made of."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, cast

from worker import keys
from worker.ledger.fields import moment
from worker.ledger.people import is_written, spellings
from worker.ledger.reading import Reading, read
from worker.ledger.record import Record, Unreadable
from worker.ledger.scripts import ask_redis
from worker.ledger.wanted import Wanted

LOOK: Final = 150  # records that one script looks at: a millisecond or two of the server
MOST: Final = 200  # of anything on a page, whatever is asked for
_PLACE: Final = re.compile(r"([0-9]{1,14})\.([A-Za-z0-9_-]{1,150})")  # 14 digits are a moment still


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page has ended."""

    ms: int
    key: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError where it is none."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError("this is no place in a list")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        """Fit for a URL."""
        return f"{self.ms}.{self.key}"


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look has found."""

    rows: list[list[Any]]  # key, ms, and the fields that were asked for
    at: Place | None  # the last one that was looked at
    over: bool  # whether nothing is left


class Looking(Reading):
    """Raises LedgerUnavailable from every method."""

    _accounts: Sequence[str]  # that the settings name; messages may have come for more

    async def accounts(self) -> list[str]:
        known = await ask_redis(cast(Awaitable[set[str]], self._redis.smembers(keys.ACCOUNTS)))
        return sorted(known | set(self._accounts))

    async def people(self, number: str) -> list[str]:
        """The conversations, as account:sender, that may be a number's, whether or not there are any."""
        return [f"{account}:{name}" for account in await self.accounts() for name in spellings(number)]

    async def now(self) -> datetime:
        """By the server's clock, which decides."""
        return server_time(await ask_redis(self._redis.time()))

    async def _look(
        self, wanted: Wanted, place: Place | None, *, most: int, budget: int, give: Sequence[str] = ()
    ) -> Looked:
        """`most` that fit, or some more, each once; or those that fit among `budget` that are looked at. Those of a
        person in the order they came, all others in the order they changed, the latest first. `place` is where an
        earlier look has ended."""
        if not is_written(wanted.account, wanted.sender, wanted.rule, wanted.reason):
            return Looked([], None, over=True)
        texts = ("text", "joined", "reply") if wanted.text is not None else ()
        call = {**wanted.as_call(), **await self._sources(wanted), "give": [*give, *texts]}
        rows: dict[str, list[Any]] = {}
        looked, over, width = 0, False, 2 + len(give)
        while not over and looked < budget and len(rows) < most:
            before = {} if place is None else {"before": [place.ms, place.key]}
            limits = {"most": LOOK if texts else most - len(rows), "budget": min(LOOK, budget - looked)}
            answer = await self._scripts.run("look", **call, **before, **limits)
            fitting = (row for row in answer["found"] if wanted.says(*row[width:]))
            rows |= {row[0]: row[:width] for row in fitting if row[0] not in rows}
            looked, over = looked + answer["looked"], answer["over"]
            place = Place(int(answer["at"][0]), answer["at"][1]) if "at" in answer else place
        return Looked(list(rows.values()), place, over)

    async def _sources(self, wanted: Wanted) -> dict[str, Any]:
        """The sorted sets that name them: a person's histories, or the states."""
        if wanted.sender is None:
            return {"sets": [keys.STATE + state for state in wanted.any_state]}
        return {"sets": [keys.HISTORY + person for person in await self.people(wanted.sender)], "states_of": True}

    async def _records(self, found: Sequence[str]) -> tuple[Record | Unreadable, ...]:
        """Those that are there still."""
        pipeline = self._redis.pipeline(transaction=False)
        for key in found:
            pipeline.hgetall(keys.RECORD + key)
        answers = await ask_redis(pipeline.execute(raise_on_error=False)) if found else []
        each = zip(found, answers, strict=True)
        return tuple(read(key, fields if isinstance(fields, dict) else {}) for key, fields in each if fields)

    async def _closes(self, records: Sequence[Record | Unreadable]) -> Mapping[str, datetime]:
        """When their windows close: whatever the person has written since counts."""
        whole = [record for record in records if isinstance(record, Record)]
        pipeline = self._redis.pipeline(transaction=False)
        for record in whole:
            pipeline.hget(f"{keys.CONVERSATION}{record.message.account}:{record.message.sender}", "window")
        newest = await ask_redis(pipeline.execute(raise_on_error=False)) if whole else []
        each = zip(whole, newest, strict=True)
        return {record.key: max([record.message.window_expires_at, *moments(window)]) for record, window in each}


def moments(*texts: object) -> list[datetime]:
    """Of those that are milliseconds."""
    return [moment(text) for text in texts if isinstance(text, str) and text.isdecimal() and len(text) < 15]


def server_time(time: tuple[int, int]) -> datetime:
    return moment(time[0] * 1000 + time[1] // 1000)
