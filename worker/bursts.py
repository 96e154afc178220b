"""Quick messages of one person are answered once: what becomes of a message that may be the first of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules import Burst, Message
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
    text: str  # of all that have some, a line each
    media: str | None  # of the newest that has some: it is the one that words after it are about


def gather(
    burst: Burst | None, claim: Claim, is_answered_at_once: Callable[[str, str | None], bool]
) -> Alone | Wait | Fold:
    """What to do. A message (its text and its media) that is answered at once waits for nothing, and ends the burst of
    those before it."""
    record, message = claim.record, claim.record.message
    if burst is None or record.folds or record.reply is not None:
        return Alone()
    if is_answered_at_once(message.text, message.media):
        return Alone()
    latest = min(record.received_at + burst.at_most, message.window_expires_at - LAST_CALL)
    others: list[Waiting] = []
    until = min(record.received_at + burst.quiet, latest)
    for waiting in claim.behind:
        if waiting.received_at > until or is_answered_at_once(waiting.text, waiting.media):
            until = claim.now
            break
        others.append(waiting)
        until = min(waiting.received_at + burst.quiet, latest)
    if claim.now < until:
        return Wait(until)
    if not others:
        return Alone()
    together: list[Message | Waiting] = [message, *others]
    text = "\n".join(each.text for each in together if each.text)
    return Fold(others, text, next((each.media for each in reversed(together) if each.media), None))
