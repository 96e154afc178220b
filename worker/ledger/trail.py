"""The trail of what operators did."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from worker import keys
from worker.ledger.changing import Changing, Result
from worker.ledger.looking import MOST, moments
from worker.ledger.scripts import ask_redis

_PLACE: Final = re.compile(r"(?!0+-0+$)[0-9]{1,15}-[0-9]{1,15}")  # of 0-0 Redis knows none before it


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """Who did what, and what came of it."""

    at: datetime | None  # when
    who: str  # did it
    what: str  # was done
    on: str  # a message's key, an account, the path of a book, or a person's keyed hash
    result: str  # what came of it


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some of the entries, the latest first."""

    entries: tuple[TrailEntry, ...]
    next: str | None  # where the next page begins


class Trail(Changing):
    """Raises LedgerUnavailable from every method."""

    async def audit_page(self, after: str | None = None, limit: int = 50) -> TrailPage:
        """`after` is the `next` of the page before: ValueError where it is something else."""
        if after is not None and not _PLACE.fullmatch(after):
            raise ValueError("this is no place in the trail")
        highest, limit = f"({after}" if after else "+", min(limit, MOST)
        look = cast(Awaitable[list[Any]], self._redis.xrevrange(keys.AUDIT, highest, "-", count=limit + 1))
        found = await ask_redis(look)
        entries = tuple(_entry(fields) for _, fields in found[:limit])
        return TrailPage(entries, found[limit - 1][0] if len(found) > limit else None)

    async def revealed(self, sender: str) -> Result:
        """Writes down that this one's number was shown to the operator."""
        on = await self._hashed(sender)
        return await self._run("note", "reveal", on, on=on, result="done")

    async def book_changed(self, path: str, result: str) -> Result:
        """Writes down that the operator puts another book into this file, and how far it has come."""
        return await self._run("note", "book", path, on=path, result=result)


def _entry(fields: dict[str, str]) -> TrailEntry:
    at = next(iter(moments(fields.get("at"))), None)
    return TrailEntry(at, *(fields.get(name, "") for name in ("who", "what", "on", "result")))
