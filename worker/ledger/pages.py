"""Lists of messages, some at a time: each page begins where the one before it has ended, whatever has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worker import keys
from worker.ledger.fields import milliseconds, moment
from worker.ledger.looking import MOST, Looking, Place
from worker.ledger.record import Record, Unreadable
from worker.ledger.scripts import ask_redis
from worker.ledger.wanted import Wanted

LOOK_FOR_PAGE: Final = 3_000  # records, before a page says how far it has come
LOOK_FOR_COUNT: Final = 9_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some of those that are wanted, the latest change first."""

    records: tuple[Record | Unreadable, ...]
    next: str | None  # where the next page begins; None where nothing is left
    looked_back_to: datetime | None  # nothing newer fits but what is told; None where there was nothing to look at
    complete: bool  # False where it was looked no further, though there is room: the next page looks on
    closes: Mapping[str, datetime]  # by key, when its conversation's window does


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are."""

    number: int
    exact: bool  # else at least so many: it was looked no further back than this
    looked_back_to: datetime | None = None


class Pages(Looking):
    """Raises LedgerUnavailable from every method."""

    async def page(self, wanted: Wanted, after: str | None = None, limit: int = 50) -> Page:
        """Those that changed last, first; of one person, those that came last. `after` is the `next` of the page
        before: ValueError where it is something else."""
        place, limit = Place.read(after) if after else None, min(limit, MOST)
        looked = await self._look(wanted, place, most=limit + 1, budget=LOOK_FOR_PAGE)
        rows, full = looked.rows[:limit], len(looked.rows) > limit
        place = Place(int(rows[-1][1]), rows[-1][0]) if full else looked.at
        records = await self._records([row[0] for row in rows])
        return Page(
            records=records,
            next=str(place) if place and (full or not looked.over) else None,
            looked_back_to=moment(place.ms) if place else None,
            complete=full or looked.over,
            closes=await self._closes(records),
        )

    async def count(self, wanted: Wanted) -> Counted:
        """Exact where an index knows, or where there are not many to look at."""
        if wanted.any:
            return Counted(await self._in_states(wanted), exact=True)
        looked = await self._look(wanted, None, most=LOOK_FOR_COUNT, budget=LOOK_FOR_COUNT)
        return Counted(len(looked.rows), looked.over, moment(looked.at.ms) if looked.at else None)

    async def _in_states(self, wanted: Wanted) -> int:
        now = await self.now()
        least = milliseconds(now - wanted.newer) if wanted.newer else "-inf"
        most = milliseconds(now - wanted.older) if wanted.older else "+inf"
        pipeline = self._redis.pipeline(transaction=False)
        for state in wanted.any_state:
            pipeline.zcount(keys.STATE + state, least, most)
        return sum(await ask_redis(pipeline.execute()))
