"""Tells the operator's endpoints what waits for them. Every worker process does; a notice is told by one at a time.

A notice is tried until its endpoint takes it, or until its life ends; each time with the same number. An endpoint that
is told twice, because we died before we wrote down that it knows, can so see it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from worker import log
from worker.jitter import full_jitter
from worker.ledger import DueNotice, Ledger, LedgerUnavailable
from worker.outbound import Endpoint
from worker.outbound.webhook import Heard, Webhooks

EACH: Final = 8  # notices that one endpoint is told at a time, by this process
FIRST_PAUSE: Final = timedelta(seconds=2)  # before a second try; doubled with each
LONGEST_PAUSE: Final = timedelta(hours=1)
ASK_AGAIN: Final = timedelta(seconds=0.5)  # while Redis is away

ADVICE: Final = "add it to AUTOREPLY_NOTIFY, or take it out of the rule book"


class Notifying:
    """The one that tells. One endpoint that hangs holds up no other: each has room of its own."""

    def __init__(
        self,
        ledger: Ledger,
        endpoints: Mapping[str, Endpoint],
        webhooks: Webhooks,
        *,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._ledger = ledger
        self._endpoints = endpoints
        self._webhooks = webhooks
        self._first_pause = first_pause
        self._stopping = False
        self._log = log.logger()

    async def keep_telling(self, stop: asyncio.Event) -> None:
        """Until `stop`, or until it is cancelled. What is under way then ends first: within seconds, it has a limit."""
        pause = self._ledger.times.sweep_every.total_seconds()
        stopped = asyncio.create_task(stop.wait())
        under_way: dict[asyncio.Task[None], str] = {}
        try:
            while not stop.is_set():
                asked = time.monotonic()
                for notice in await self._take(Counter(under_way.values())):
                    under_way[asyncio.create_task(self._tell(notice, asked))] = notice.endpoint
                # Whatever ends makes room for more.
                await asyncio.wait([stopped, *under_way], timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in under_way if task.done()]:
                    del under_way[task]
                    await task  # a fault of ours is raised here, and ends the process
        finally:
            self._stopping = True
            stopped.cancel()
            await asyncio.gather(stopped, *under_way, return_exceptions=True)

    async def _take(self, under_way: Counter[str]) -> tuple[DueNotice, ...]:
        try:
            taken = await self._ledger.take_notices(EACH, under_way)
        except LedgerUnavailable as error:
            self._log.warning("ledger_unavailable", error=str(error))
            return ()
        for number in taken.gone:
            self._log.error("notice_given_up", notice=number, code="expired")
        return taken.due

    async def _tell(self, notice: DueNotice, asked: float) -> None:
        # Time that we were frozen counts, or another would tell it meanwhile.
        left = self._ledger.times.send_timeout - timedelta(seconds=time.monotonic() - asked)
        endpoint = self._endpoints.get(notice.endpoint)
        if endpoint is None:  # an operator may add it before the notice's life ends
            heard = Heard("failed", "unknown_endpoint")
        else:
            heard = await self._webhooks.post(endpoint, notice.number, notice.body, left)
        wait = max(full_jitter(notice.tries, self._first_pause, LONGEST_PAUSE), heard.wait or timedelta(0))
        await self._settle(notice, heard, wait)

    async def _settle(self, notice: DueNotice, heard: Heard, wait: timedelta) -> None:
        """Asks the ledger until it answers, or the process is to end: the lease then makes the notice due again."""
        while True:
            try:
                became = await self._ledger.settle_notice(notice, heard.what, heard.code, wait)
            except LedgerUnavailable as error:
                self._log.warning("ledger_unavailable", error=str(error))
                if self._stopping:
                    return
                await asyncio.sleep(ASK_AGAIN.total_seconds())
            else:
                self._say(notice, heard, became, wait)
                return

    def _say(self, notice: DueNotice, heard: Heard, became: str, wait: timedelta) -> None:
        facts = {"notice": notice.number, "endpoint": notice.endpoint, "code": heard.code, "tries": notice.tries}
        if became == "failed":
            facts["again_in_s"] = round(wait.total_seconds())
        if heard.code == "unknown_endpoint":
            facts["advice"] = ADVICE
        say = {"sent": self._log.info, "given_up": self._log.error}.get(became, self._log.warning)
        say(f"notice_{became}", **facts)
