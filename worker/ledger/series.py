"""What happened in each minute, and how long people waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worker import keys
from worker.ledger.fields import milliseconds, moment
from worker.ledger.looking import Looking
from worker.ledger.scripts import LATENCIES, MINUTES_KEPT, ask_redis

MINUTE: Final = timedelta(minutes=1)
_WAITED: Final = "ms:"  # + number of the bucket


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
        latest = milliseconds(await self.now()) // 60_000
        numbers = range(latest - number + 1, latest + 1)
        pipeline = self._redis.pipeline(transaction=False)
        for each in numbers:
            pipeline.hgetall(f"{keys.MINUTE}{each}")
        answers = await ask_redis(pipeline.execute(raise_on_error=False))
        return Series(tuple(_minute(*each) for each in zip(numbers, answers, strict=True)))


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


def _minute(number: int, answer: object) -> Minute:
    fields = answer if isinstance(answer, dict) else {}
    numbers = {name: int(text) for name, text in fields.items() if text.isdecimal() and len(text) < 16}
    waited = tuple(numbers.pop(f"{_WAITED}{bucket}", 0) for bucket in range(len(LATENCIES) + 1))
    return Minute(moment(number * 60_000), numbers, waited)
