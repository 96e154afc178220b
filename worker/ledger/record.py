"""What the ledger says of a message, as values.

Records that were written before rules asked for more than the text have the same format, and some fields less:
    first         whether it was the conversation's first message: taken for not the first
    decided_at    of a decision that was taken: its message was decided soon after it was received
    asked         the conversation it was decided with: not known any more
    actions       of the rule that won: not known any more
    shadows       what rules in shadow would have answered: not known any more
    media         what the message was besides text: taken for text alone
    part, longest how far a reply in parts has come: it had one
    by, quotes    who wrote the reply by hand, and to which message: nobody could
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from rules.model import Conversation, Message, Shadow
from worker.ledger.conversation import read_json
from worker.ledger.fields import milliseconds, moment

# A conflict: the event's id is known, with another message. Too old: older than ids are remembered.
TakenIn = Literal["new", "duplicate", "conflict", "too_old"]


class State(StrEnum):
    """Where a message is in its life; each name is one that an operator sees."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    RETRYING = "retrying"
    PAUSED = "paused"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    SILENT = "silent"
    TEMPLATED = "templated"
    WINDOW_CLOSED = "window_closed"
    REJECTED = "rejected"
    GIVEN_UP = "given_up"
    DISCARDED = "discarded"


DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError)  # what reading something else comes to
MOVING = frozenset({State.QUEUED, State.CLAIMED, State.SENDING, State.RETRYING, State.PAUSED})


@dataclass(frozen=True, slots=True)
class Record:
    """The ledger's record of one message."""

    key: str
    message: Message
    state: State
    received_at: datetime
    changed_at: datetime
    first: bool  # of its conversation, as far as that is remembered
    fence: int  # how often it was claimed
    attempt: int  # how often sending was begun
    rule: str | None  # of the decision, once one is taken
    reply: str | None
    actions: tuple[str | dict[str, str], ...]  # as a book writes them
    shadows: tuple[Shadow, ...]  # what rules in shadow would have answered, in order
    book: str | None  # the version of the book that decided
    decided_at: datetime | None
    asked: Conversation | None  # what it was decided with
    reason: str | None  # why it ended as it did
    provider_id: str | None  # of the reply
    part: int = 0  # how many parts of the reply are through
    longest: int | None = None  # characters of each part, once one was begun
    by: str | None = None  # who wrote the reply, where a person did: then there is no text and no decision
    quotes: str | None = None  # the key of the message that it answers then
    folds: bool = False  # its text and media are those of several messages, the ones before it included

    @classmethod
    def read(cls, key: str, fields: Mapping[str, str]) -> Self:
        """Raises one of DAMAGE where it is no record of ours."""
        decided_at, asked = fields.get("decided_at"), fields.get("asked")
        actions, shadows = fields.get("actions"), fields.get("shadows")
        return cls(
            key=key,
            message=_message(fields),
            state=State(fields["state"]),
            received_at=moment(fields["received_at"]),
            changed_at=moment(fields["changed_at"]),
            first=fields.get("first") == "1",
            fence=int(fields["fence"]),
            attempt=int(fields["attempt"]),
            rule=fields.get("rule"),
            reply=fields.get("reply"),
            actions=tuple(json.loads(actions)) if actions else (),
            shadows=tuple(map(_shadow, json.loads(shadows))) if shadows else (),
            book=fields.get("book"),
            decided_at=moment(decided_at) if decided_at else None,
            asked=read_json(asked) if asked else None,
            reason=fields.get("reason"),
            provider_id=fields.get("provider_id"),
            part=int(fields.get("part", 0)),
            longest=int(fields["longest"]) if "longest" in fields else None,
            by=fields.get("by"),
            quotes=fields.get("quotes"),
            folds="joined" in fields,
        )

    @property
    def silence(self) -> str | None:
        """Why the book said nothing."""
        is_decided = self.state is State.SILENT or (self.state is State.WINDOW_CLOSED and self.book is not None)
        return self.reason if is_decided and self.reply is None else None


def message_fields(message: Message) -> dict[str, str | int]:
    """The record's fields that are the message's, the window apart, which the script writes."""
    return {
        "account": message.account,
        "event_id": message.event_id,
        "message_id": message.id,
        "sender": message.sender,
        "recipient": message.recipient,
        "text": message.text,
        "sent_at": milliseconds(message.sent_at),
        **({} if message.media is None else {"media": message.media}),
    }


def _message(fields: Mapping[str, str]) -> Message:
    return Message(
        account=fields["account"],
        event_id=fields["event_id"],
        id=fields["message_id"],
        sender=fields["sender"],
        recipient=fields["recipient"],
        text=fields.get("joined") or fields["text"],
        sent_at=moment(fields["sent_at"]),
        window_expires_at=moment(fields["window"]),
        media=fields.get("joined_media") or fields.get("media"),
    )


def _shadow(value: dict[str, Any]) -> Shadow:
    rule, reply = value["rule"], value["reply"]
    if not isinstance(rule, str) or not isinstance(reply, str | None):
        raise TypeError
    return Shadow(rule, reply)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is none: damaged, or of a newer version."""

    key: str
