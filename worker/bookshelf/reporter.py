"""Tells Redis which book this worker runs. Where Redis is away it tells later; the shelf does not wait for it."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from worker import log
from worker.bookshelf.reports import Report, Reports
from worker.bookshelf.shelf import Shelf
from worker.ledger import Ledger, LedgerUnavailable

EVERY: Final = timedelta(seconds=1)
SOON: Final = timedelta(seconds=0.2)  # while somebody waits for an answer
RENEW: Final = timedelta(seconds=3)  # a report that says nothing new; well below its life


class Reporter:
    """One worker's: renews its report, takes requests to look now, counts what the shelf did."""

    def __init__(
        self,
        shelf: Shelf,
        reports: Reports,
        ledger: Ledger,
        *,
        worker: str,
        accounts: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`accounts` are answered by the shelf's book; `clock` is the shelf's."""
        self._shelf = shelf
        self._reports = reports
        self._ledger = ledger
        self._worker = worker
        self._accounts = accounts
        self._clock = clock
        self._log = log.logger()
        self._asked: tuple[str, float] | None = None  # the request that is not answered yet, and when it was seen
        self._answered: str | None = None
        self._written: tuple[Report, float] | None = None
        self._counted = dict.fromkeys(shelf.counts, 0)

    async def keep_telling(self) -> None:
        """Reports until it is cancelled, and then takes the report away."""
        try:
            while True:
                try:
                    await self.tell()
                except LedgerUnavailable as error:
                    self._log.warning("ledger_unavailable", error=str(error))
                await asyncio.sleep((EVERY if self._asked is None else SOON).total_seconds())
        finally:
            with suppress(LedgerUnavailable):
                await self._reports.take_away(self._report())

    async def tell(self) -> None:
        """Once: take a request → answer it, where the shelf is sure → write the report → count."""
        request = await self._reports.request()
        if request is not None and request not in (self._answered, self._asked and self._asked[0]):
            self._asked = (request, self._clock())
            self._shelf.look_now()
        if self._asked is not None and self._shelf.sure_since(self._asked[1]):
            self._answered, self._asked = self._asked[0], None
        await self._write()
        await self._count()

    async def _write(self) -> None:
        report, now = self._report(), self._clock()
        if self._written is None or self._written[0] != report or now - self._written[1] >= RENEW.total_seconds():
            await self._reports.write(report)
            self._written = (report, now)

    async def _count(self) -> None:
        for what, number in self._shelf.counts.items():
            while self._counted[what] < number:
                await self._ledger.count(what)
                self._counted[what] += 1

    def _report(self) -> Report:
        return Report(
            worker=self._worker,
            host=socket.gethostname(),
            pid=os.getpid(),
            file=str(self._shelf.file),
            book=self._shelf.book.version,
            rules=len(self._shelf.book.rules),
            since=self._shelf.edition.since,
            refusal=self._shelf.refusal,
            answered=self._answered,
            accounts=self._accounts,
            path=str(self._shelf.file.absolute()),
        )
