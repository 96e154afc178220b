"""Why a message was decided as it was: asked again exactly as it was asked then."""

from __future__ import annotations

from typing import Any, Final

from rules import Book, decide, decision_json
from worker.bookwork.loading import loaded
from worker.bookwork.playground import shown_steps
from worker.ledger import Record
from worker.replay.questions import question_of

MOST_STEPS: Final = 1_000  # of a trace; of a longer one those that the message comes near


def explain_message(data: bytes, name: str, record: Record) -> dict[str, Any] | None:
    """As `decision_json` has it, with `guessed`: whether the conversation of that time is not known any more; `same`:
    whether it comes out as it is recorded; and `left_out`: how many steps of the trace are, of which nothing occurs."""
    book = loaded(data, name)
    if not isinstance(book, Book):
        return None
    asked = question_of(record)
    decision = decide(book, asked.message, asked.conversation, asked.now)
    steps = shown_steps(book, asked.message.text, asked.message.media, decision, MOST_STEPS)
    return {
        **decision_json(decision._replace(trace=steps)),
        "guessed": asked.guessed,
        "same": decision.rule == record.rule and record.reply in (None, decision.reply),
        "left_out": len(decision.trace) - len(steps),
    }
