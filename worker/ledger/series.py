"""What happened in each minute, and how long people waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worker.ledger.fields import milliseconds, moment
from worker.ledger.looking import Looking
from worker.ledger.scripts import LATENCIES, MINUTE_MS, MINUTES_KEPT

TOGETHER: Final = 240  # minutes that one script reads: a millisecond of the server
_BUCKETS: Final = {f"ms:{bucket}": bucket for bucket in range(len(LATENCIES) + 1)}


@dataclass(frozen=True, slots=True)
class Minute:
    """One of them."""

    at: datetime  # when it began
    counts: Mapping[str, int]  # by what is counted: `taken_in`, each state that is an end, `resent`, `duplicate`, ...
    waited: tuple[
        int, ...
    ]  # replies by how long after their message they were sent: a number for each of LATENCIES, and more

    def quantile(self, share: float) -> timedelta | None:
        """How long that share of the replies took at most; None where none was sent."""
        return quantile(self.waited, share)


@dataclass(frozen=True, slots=True)
class Series:
    """The latest minutes, oldest first, without a gap. The last one is not over yet."""

    minutes: tuple[Minute, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Of all of them."""
        found: dict[str, int] = {}
        for minute in self.minutes:
            for what, number in minute.counts.items():
                found[what] = found.get(what, 0) + number
        return found

    def quantile(self, share: float) -> timedelta | None:
        """Over all of them."""
        return quantile([sum(each) for each in zip(*(minute.waited for minute in self.minutes), strict=True)], share)


class Counting(Looking):
    """Raises LedgerUnavailable from every method."""

    async def series(self, hours: int = 24) -> Series:
        """Of the last hours, 48 at most."""
        number = min(hours * 60, MINUTES_KEPT)
        latest = milliseconds(await self.now()) // MINUTE_MS
        minutes: list[Minute] = []
        for first in range(latest - number + 1, latest + 1, TOGETHER):
            last = min(first + TOGETHER - 1, latest)
            answer = await self._scripts.run("minutes", first=first, last=last)
            minutes += [_minute(first + place, list(flat)) for place, flat in enumerate(answer["minutes"])]
        return Series(tuple(minutes))


def quantile(waited: Sequence[int], share: float) -> timedelta | None:
    """Between the borders of its bucket it is taken to lie as far as its place among those in it."""
    left = share * sum(waited)
    if not left:
        return None
    lower = 0.0
    for number, upper in zip(waited, [*LATENCIES, LATENCIES[-1]], strict=True):
        if number and left <= number:
            return timedelta(milliseconds=lower + (upper - lower) * left / number)
        left, lower = left - number, upper
    return timedelta(milliseconds=LATENCIES[-1])


def _minute(number: int, flat: Sequence[str]) -> Minute:
    """What is damaged is left out."""
    counts: dict[str, int] = {}
    waited = [0] * (len(LATENCIES) + 1)
    for name, text in zip(flat[::2], flat[1::2], strict=True):
        if not text.isdecimal() or len(text) > 15:
            continue
        bucket = _BUCKETS.get(name)
        if bucket is None:
            counts[name] = int(text)
        else:
            waited[bucket] = int(text)
    return Minute(moment(number * MINUTE_MS), counts, tuple(waited))
