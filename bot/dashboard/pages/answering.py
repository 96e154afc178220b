"""How a change is answered: what came of it, said where it was asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final

from starlette.responses import RedirectResponse, Response

from bot.dashboard.room import Room
from worker.ledger import LedgerDamaged, Result

REFUSALS: Final[Mapping[str, str]] = {
    "unknown": "there is nothing of that name any more",
    "newer": "a newer version of Autoreply wrote it: use that one's dashboard",
    "damaged": "its record is damaged, and set aside",
    "state": "it has changed meanwhile",
    "arrived": "a delivery event says that its reply was sent",
    "template": "it was answered with a template, which is sent once for a closed window",
    "window": "its window is over; it opens again when the person writes",
    "opted_out": "the person has opted out",
    "held": "it is paused already",
    "open": "there is nothing to resume",
    "quoted": "there is no message of theirs that could be answered",
    "same": "it is so already",
    "token": "another text was already sent from this form; send this one again, should both go out",
}
DONE: Final[Mapping[str, str]] = {
    "resend": "It is on its way again.",
    "discard": "It will not be answered.",
    "pause": "Nothing is sent for this account until it is resumed.",
    "resume": "It goes on.",
    "hand-off": "The book is silent here; you answer.",
    "reply": "Your text is on its way.",
    "opt-out": "They get no more replies.",
    "opt-in": "They get replies again.",
    "tag": "Tagged.",
    "untag": "The tag is gone.",
    "requeue-job": "It rings again: a worker takes the message up.",
    "delete-job": "RQ shows it no more. The message stays as it is.",
    "forget": "What was known of this person is erased.",
}


async def tried(change: Awaitable[Result]) -> Result:
    """What comes of it; where something else stands in Redis in the place of ours, that it is damaged."""
    try:
        return await change
    except LedgerDamaged:
        return Result("change", "?", "damaged")


def sentence(result: Result) -> str:
    """What came of it, for a person."""
    if result.refused is None:
        return DONE.get(result.what, "Done.")
    return f"Refused: {REFUSALS.get(result.refused, result.refused)}."


def told(room: Room, result: Result, *, back: str) -> Response:
    """Back to where it was asked for, with a sentence."""
    return back_to(room, back, sentence(result), good=result.refused is None)


def back_to(room: Room, path: str, said: str, *, good: bool) -> Response:
    return RedirectResponse(room.sayings.back_to(path, said, good=good), 303)
