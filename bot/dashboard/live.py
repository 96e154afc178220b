"""One look at the service a second, for all who have a page open; and none while nobody has."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.dashboard.badges import Badge, badges
from worker import log
from worker.bookshelf import Report, Reports
from worker.ledger import Closing, LedgerUnavailable, NeedsYou, Operating, RqView, Series, Status

EVERY: Final = timedelta(seconds=1)
SLOWLY: Final = timedelta(seconds=10)  # what changes little, or costs more
AGAIN: Final = EVERY // timedelta(milliseconds=1)  # until a browser asks for more
LISTENS: Final = timedelta(minutes=1)  # one page to one stream: who listens on is asked for a session again
HOURS: Final = 6  # of the graphs
TIGHTEST: Final = 8
NEEDING: Final = 50  # of the conversations that wait for an answer: more are not told apart


@dataclass(frozen=True, slots=True)
class Sight:
    """The service at one moment."""

    status: Status
    reports: Sequence[Report]
    rq: RqView
    tightest: Sequence[Closing]
    series: Series
    needing: int  # how many wait for a person

    @property
    def now(self) -> datetime:
        return self.status.now

    @property
    def badges(self) -> list[Badge]:
        return badges(self.status, self.reports)

    @property
    def told(self) -> dict[str, Any]:
        """What every open page hears."""
        shown = [[badge.text, badge.tone, badge.advice] for badge in self.badges]
        return {"pulse": self.pulse, "minute": self.now.minute, "badges": shown, "needing": self.needing}

    @property
    def pulse(self) -> str:
        """Changes where a list of messages may have."""
        return "-".join(str(number) for number in self.status.states.values())


class Live:
    """Looks, and remembers what it saw last. Raises LedgerUnavailable."""

    def __init__(self, ledger: Operating, reports: Reports, *, listens: timedelta = LISTENS) -> None:
        self._ledger = ledger
        self._reports = reports
        self._listens = listens
        self._lock = asyncio.Lock()
        self._seen: Sight | None = None
        self._at = self._slowly_at = float("-inf")
        self._slow: tuple[Series, RqView, int] | None = None

    async def look(self) -> Sight:
        """What was seen less than a second ago, or another look."""
        async with self._lock:
            if self._seen is None or time.monotonic() - self._at >= EVERY.total_seconds():
                self._seen = await self._fresh()
                self._at = time.monotonic()
            return self._seen

    async def _fresh(self) -> Sight:
        if self._slow is None or time.monotonic() - self._slowly_at >= SLOWLY.total_seconds():
            needing = how_many(await self._ledger.needs_you(limit=NEEDING))
            self._slow = await self._ledger.series(HOURS), await self._ledger.rq(), needing
            self._slowly_at = time.monotonic()
        series, rq, needing = self._slow
        status = await self._ledger.status()
        return Sight(status, await self._reports.read(), rq, await self._ledger.tightest(TIGHTEST), series, needing)

    async def pulses(self) -> AsyncIterator[str]:
        """Server-sent events: `pulse` with each change, `away` while Redis does not answer. Ends after a minute, and a
        browser asks for more."""
        ends = time.monotonic() + self._listens.total_seconds()
        before: str | None = None
        while time.monotonic() < ends:
            try:
                told, name = json.dumps((await self.look()).told), "pulse"
            except LedgerUnavailable as error:
                log.logger().warning("ledger_unavailable", error=str(error))
                told, name = "{}", "away"
            yield f"event: {name}\nretry: {AGAIN}\ndata: {told}\n\n" if told != before else ": still here\n\n"
            before = told
            await asyncio.sleep(EVERY.total_seconds())


def how_many(needs: NeedsYou) -> int:
    """What waits for a person; not the conversations in which one has said what was said last."""
    return sum(need.counted.number for need in needs.needs) + len(needs.unanswered) + needs.closing
