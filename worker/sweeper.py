"""Looks after the messages that should be moving and are not. Every worker process has one; one at a time sweeps."""

from __future__ import annotations

import asyncio

from worker import log
from worker.accounts import Accounts
from worker.ledger import Ledger, LedgerUnavailable, WhenUnconfirmed


async def sweep_forever(ledger: Ledger, accounts: Accounts, when_unconfirmed: WhenUnconfirmed) -> None:
    """Sweeps until it is cancelled. A Redis that is away is waited for; one that has lost what it held is told of."""
    logger = log.logger()
    # Asking twice as often as a sweep is due keeps its rhythm whichever process comes first.
    pause = ledger.times.sweep_every.total_seconds() / 2
    epoch: int | None = None
    while True:
        try:
            swept = await ledger.sweep(late=accounts.with_template(), ask=True, when_unconfirmed=when_unconfirmed)
            for moved in swept.moved:
                logger.warning("swept", message=moved.key, before=moved.before, after=moved.after)
            if epoch is not None and swept.epoch not in (None, epoch):
                logger.error("redis_lost_its_data", advice="what it held is gone: set appendonly yes")
            epoch = swept.epoch or epoch
        except LedgerUnavailable as error:
            logger.warning("ledger_unavailable", error=str(error))
        await asyncio.sleep(pause)
