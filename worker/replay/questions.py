"""What was asked when a message was decided, as far as its record tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules import Conversation, Message
from worker.ledger import Record


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked then, and is asked again."""

    message: Message
    conversation: Conversation
    now: datetime
    guessed: bool  # the conversation is not recorded: what the record gives away must do


def question_of(record: Record) -> Question:
    if record.asked is not None and record.decided_at is not None:
        return Question(record.message, record.asked, record.decided_at, guessed=False)
    at = record.received_at  # a decision follows at once
    conversation = Conversation(
        first_message=record.first,
        opted_out=record.silence == "opted_out",
        handed_off_until=at + timedelta(seconds=1) if record.silence == "handed_off" else None,
    )
    return Question(record.message, conversation, at, guessed=True)
