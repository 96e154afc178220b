"""Why a message was decided as it was: asked again exactly as it was asked then."""

from __future__ import annotations

from typing import Any

from rules import Book, decide, decision_json
from worker.bookwork.loading import loaded
from worker.ledger import Record
from worker.replay.questions import question_of


def explain_message(data: bytes, name: str, record: Record) -> dict[str, Any] | None:
    """As `decision_json` has it, with `guessed`: whether the conversation of that time is not known any more."""
    book = loaded(data, name)
    if not isinstance(book, Book):
        return None
    asked = question_of(record)
    decision = decide(book, asked.message, asked.conversation, asked.now)
    return {**decision_json(decision), "guessed": asked.guessed}
