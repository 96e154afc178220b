"""What the ledger says of a message, as values.

Records that were written before rules asked for more than the text have the same format, and some fields less:
    first         whether it was the conversation's first message: taken for not the first
    decided_at    of a decision that was taken: its message was decided soon after it was received
    asked         the conversation it was decided with: not known any more
    actions       of the rule that won: not known any more
    shadows       what rules in shadow would have answered: not known any more
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Self

from rules.as_json import action_json, shadow_json
from rules.model import Conversation, Decision, Message, Shadow
from worker.ledger.conversation import read_json, write_json
from worker.ledger.fields import Fields, milliseconds, moment

TakenIn = Literal["new", "duplicate", "conflict"]  # a conflict: the event's id is known, with another message


class State(StrEnum):
    """Where a message is in its life; each name is one that an operator sees."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    RETRYING = "retrying"
    PAUSED = "paused"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    SILENT = "silent"
    WINDOW_CLOSED = "window_closed"
    REJECTED = "rejected"
    GIVEN_UP = "given_up"


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
        )

    @property
    def silence(self) -> str | None:
        """Why the book said nothing."""
        return self.reason if self.state is State.SILENT else None


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
    }


def decision_fields(claim: Claim, decision: Decision, book: str) -> Fields:
    """The record's fields that are the decision's, with what it takes to ask again exactly what was asked."""
    actions = [action_json(action) for action in decision.actions]
    shadows = [shadow_json(shadow) for shadow in decision.shadows]
    return {
        "rule": decision.rule,
        "reply": decision.reply,
        "phrase": decision.matched.phrase,
        "book": book,
        "actions": json.dumps(actions) if actions else None,
        "shadows": json.dumps(shadows) if shadows else None,
        "asked": write_json(claim.conversation),
        "decided_at": milliseconds(claim.now),
    }


def _message(fields: Mapping[str, str]) -> Message:
    return Message(
        account=fields["account"],
        event_id=fields["event_id"],
        id=fields["message_id"],
        sender=fields["sender"],
        recipient=fields["recipient"],
        text=fields["text"],
        sent_at=moment(fields["sent_at"]),
        window_expires_at=moment(fields["window"]),
    )


def _shadow(value: dict[str, Any]) -> Shadow:
    rule, reply = value["rule"], value["reply"]
    if not isinstance(rule, str) or not isinstance(reply, str | None):
        raise TypeError
    return Shadow(rule, reply)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to decide about a message, until the lease ends or another worker claims it."""

    record: Record
    conversation: Conversation
    now: datetime  # the server's


@dataclass(frozen=True, slots=True)
class Attempt:
    """The right to send a reply once, written down before the first byte leaves."""

    record: Record  # as it was claimed
    number: int
    reply: str
    allowed: timedelta  # how long the attempt may last, from the moment the ledger was asked

    @property
    def correlation_id(self) -> str:
        """Names the attempt to the provider. At most 64 characters: an older page of Prelude's gives that limit."""
        return f"{self.record.key}_{self.number}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is none: damaged, or of a newer version."""

    key: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What the sweeper did about one record."""

    key: str
    before: State
    after: State
