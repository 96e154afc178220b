"""Looks after the messages that should be moving and are not. Every worker process has one; one at a time sweeps."""

from __future__ import annotations

import asyncio

from worker import log
from worker.ledger import Ledger, LedgerUnavailable


async def sweep_forever(ledger: Ledger) -> None:
    """Sweeps until it is cancelled. A Redis that is away is waited for."""
    logger = log.logger("worker.sweeper")
    # Asking twice as often as a sweep is due keeps its rhythm whichever process comes first.
    pause = ledger.times.sweep_every.total_seconds() / 2
    while True:
        try:
            for moved in await ledger.sweep():
                logger.warning("swept", message=moved.key, before=moved.before, after=moved.after)
        except LedgerUnavailable as error:
            logger.warning("ledger_unavailable", error=str(error))
        await asyncio.sleep(pause)
