"""What the ledger says of a message, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Self

from rules.model import Conversation, Message

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


MOVING = frozenset({State.QUEUED, State.CLAIMED, State.SENDING, State.RETRYING, State.PAUSED})


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def moment(milliseconds: str | int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """The ledger's record of one message."""

    key: str
    message: Message
    state: State
    received_at: datetime
    changed_at: datetime
    fence: int  # how often it was claimed
    attempt: int  # how often sending was begun
    rule: str | None  # of the decision, once one is taken
    reply: str | None
    book: str | None  # the version of the book that decided
    reason: str | None  # why it ended as it did
    provider_id: str | None  # of the reply

    @classmethod
    def read(cls, key: str, fields: Mapping[str, str]) -> Self:
        return cls(
            key=key,
            message=_message(fields),
            state=State(fields["state"]),
            received_at=moment(fields["received_at"]),
            changed_at=moment(fields["changed_at"]),
            fence=int(fields["fence"]),
            attempt=int(fields["attempt"]),
            rule=fields.get("rule"),
            reply=fields.get("reply"),
            book=fields.get("book"),
            reason=fields.get("reason"),
            provider_id=fields.get("provider_id"),
        )


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


def read_conversation(fields: Mapping[str, str]) -> Conversation:
    until = fields.get("handed_off_until")
    return Conversation(
        opted_out="opted_out" in fields,
        handed_off_until=moment(until) if until else None,
    )


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
class Moved:
    """What the sweeper did about one record."""

    key: str
    before: State
    after: State
