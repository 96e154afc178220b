"""Asks what became of replies, where the provider does not tell. Every worker process does; one at a time asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from worker import log
from worker.ledger import DeliveryEvent, Ledger, LedgerUnavailable
from worker.outbound import Polled

ALLOWED: Final = timedelta(seconds=10)  # of one question


async def poll_forever(ledger: Ledger, account: str, sender: Polled, rate: float | None) -> None:
    """Asks about one account until it is cancelled. A Redis that is away is waited for. `rate`: requests of the account
    a second, at most, replies included."""
    logger = log.logger()
    while True:
        try:
            await _ask(ledger, account, sender, rate)
        except LedgerUnavailable as error:
            logger.warning("ledger_unavailable", error=str(error))
        await asyncio.sleep(sender.EVERY.total_seconds())


async def _ask(ledger: Ledger, account: str, sender: Polled, rate: float | None) -> None:
    question = await ledger.next_question(account, sender.EVERY, rate)
    if question is None:
        return
    looked = await sender.look_up(question.provider_id, ALLOWED)
    if looked.wait is not None:
        await ledger.ask_later(account, looked.wait)
    if looked.what is not None:
        await ledger.deliver(DeliveryEvent(question.key, question.attempt, looked.what, looked.code))
