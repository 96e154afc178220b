"""Whether to take in messages at all: a server that is nearly full, or far behind, is given no more.

A full Redis would refuse the workers, too, and never drain; so the receiver stops first. What it refuses the provider
sends again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from worker import log
from worker.ledger import Ledger, LedgerUnavailable, Load

FULL: Final = 0.8  # of maxmemory
EVERY: Final = timedelta(seconds=1)


class Pressure:
    """Looks at the server again and again; `why` says why nothing is taken in, None where it is."""

    def __init__(self, ledger: Ledger, shed_after: timedelta | None = None) -> None:
        """`shed_after`: how old a backlog may be; None is any age."""
        self._ledger = ledger
        self._shed_after = shed_after
        self.why: str | None = None

    async def watch(self) -> None:
        """Until it is cancelled. What it knew last holds while Redis is away: then nothing is taken in anyway."""
        logger = log.logger()
        while True:
            try:
                why = self._judge(await self._ledger.load())
                if why != self.why:
                    logger.error("shedding", why=why) if why else logger.warning("shedding_ends")
                self.why = why
            except LedgerUnavailable as error:
                logger.warning("ledger_unavailable", error=str(error))
            await asyncio.sleep(EVERY.total_seconds())

    def _judge(self, load: Load) -> str | None:
        if load.memory is not None and load.memory > FULL:
            return "memory"
        if self._shed_after is not None and load.oldest is not None and load.oldest > self._shed_after:
            return "backlog"
        return None
