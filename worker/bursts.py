"""Quick messages of one person are answered once: what becomes of a message that may be the first of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules import Burst
from worker.ledger import Claim, Waiting

LAST_CALL: Final = timedelta(seconds=30)  # before the window's end nothing waits: it shall be sent in time


@dataclass(frozen=True, slots=True)
class Alone:
    """It is decided by itself, now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """More may be said until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Fold:
    """It is decided together with these, which stand behind it."""

    others: Sequence[Waiting]
    text: str  # of all, a line each


def gather(burst: Burst | None, claim: Claim, is_answered_at_once: Callable[[str], bool]) -> Alone | Wait | Fold:
    """What to do. A text that is answered at once waits for nothing, and ends the burst of those before it."""
    record = claim.record
    if burst is None or record.folds or record.reply is not None or is_answered_at_once(record.message.text):
        return Alone()
    latest = min(record.received_at + burst.at_most, record.message.window_expires_at - LAST_CALL)
    others: list[Waiting] = []
    until = min(record.received_at + burst.quiet, latest)
    for waiting in claim.behind:
        if waiting.received_at > until or is_answered_at_once(waiting.text):
            until = claim.now
            break
        others.append(waiting)
        until = min(waiting.received_at + burst.quiet, latest)
    if claim.now < until:
        return Wait(until)
    return Fold(others, "\n".join([record.message.text, *(each.text for each in others)])) if others else Alone()
