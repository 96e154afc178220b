"""Why a message was decided as it was: asked again exactly as it was asked then."""

from __future__ import annotations

from typing import Final

from rules import Book, decide, decision_json
from rules.as_json import DecisionJson
from worker.bookwork.loading import loaded
from worker.bookwork.playground import shown_steps
from worker.ledger import Record
from worker.replay.questions import question_of

MOST_STEPS: Final = 1_000  # of a trace; of a longer one those that the message comes near


class Explained(DecisionJson):
    """What the book says about a message, and whether that is what it said when the message came."""

    guessed: bool  # whether the conversation of that time is not known any more
    same: bool  # whether it comes out as it is recorded
    left_out: int  # steps of the trace: rules of which nothing occurs


def explain_message(data: bytes, name: str, record: Record) -> Explained | None:
    """None where the book has faults."""
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
