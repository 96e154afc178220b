"""What passes between the ledger and those who change it: claims, attempts, what came of them, what was heard since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from rules.as_json import action_json, shadow_json
from rules.model import Conversation, Decision
from worker.ledger.conversation import read_conversation, write_json
from worker.ledger.fields import Fields, milliseconds, moment
from worker.ledger.record import Record, State


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of the same conversation, behind the one that is claimed."""

    key: str
    text: str
    received_at: datetime
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to decide about a message, until the lease ends or another worker claims it."""

    record: Record
    conversation: Conversation
    now: datetime  # the server's
    behind: tuple[Waiting, ...] = ()  # what else waits in the conversation, in order
    late: bool = False  # its window is over

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """What the scripts give."""
        record = Record.read(answer["id"], answer["record"])
        behind = tuple(Waiting(key, text, moment(at), media) for key, text, at, media in answer["behind"])
        conversation = read_conversation(answer["conversation"], first=record.first)
        return cls(record, conversation, moment(answer["now"]), behind, answer.get("late", False))


@dataclass(frozen=True, slots=True)
class Attempt:
    """The right to send a reply once, written down before the first byte leaves."""

    record: Record  # as it was claimed
    number: int
    reply: str
    allowed: timedelta  # how long the attempt may last, from the moment the ledger was asked
    first: int | None = None  # the first attempt with its key, where the provider knows a request again by one

    @property
    def key(self) -> str:
        """The same for all attempts since the first that nobody knows the end of."""
        return f"{self.record.key}_{self.first or self.number}"

    @property
    def correlation_id(self) -> str:
        """Names the attempt to the provider. At most 64 characters: an older page of Prelude's gives that limit."""
        return f"{self.record.key}_{self.number}"


@dataclass(frozen=True, slots=True)
class Part:
    """One of several in which a long reply goes out."""

    number: int  # from 1
    of: int
    longest: int  # characters of each


def read_correlation_id(text: str) -> tuple[str, int] | None:
    """The key of the message and the number of the attempt; None where it is not of ours."""
    key, _, number = text.rpartition("_")
    return (key, int(number)) if key and number.isascii() and number.isdecimal() and len(number) < 6 else None


@dataclass(frozen=True, slots=True)
class Moved:
    """What the sweeper did about one record."""

    key: str
    before: State
    after: State


Verdict = Literal["good", "failed", "config"]  # config: refused, until somebody mends it


@dataclass(frozen=True, slots=True)
class Health:
    """What the provider's answer says of the account."""

    verdict: Verdict
    why: str  # the answer's code
    wait: timedelta | None = None  # that the provider asks for

    def as_call(self) -> dict[str, str | int]:
        wait = {} if self.wait is None else {"wait": int(self.wait / timedelta(milliseconds=1))}
        return {"verdict": self.verdict, "why": self.why, **wait}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of it."""

    counts: bool  # False where the claim had been lost
    account: Literal["paused", "resumed"] | None = None  # what became of the account by it


Delivery = Literal["sent", "delivered", "read", "failed", "expired"]  # expired: the window was over


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What the provider says of one attempt after its answer."""

    key: str
    attempt: int
    what: Delivery
    code: str = ""  # the provider's, where it failed


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell an endpoint of the operator's."""

    name: str  # the endpoint's
    body: str  # JSON


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    moved: tuple[Moved, ...] = ()
    epoch: int | None = None  # when this Redis first held our data, in ms; None where another process has just swept


def decision_fields(claim: Claim, decision: Decision, book: str) -> Fields:
    """The record's fields that are the decision's, with what it takes to ask again exactly what was asked."""
    actions = [action_json(action) for action in decision.actions]
    shadows = [shadow_json(shadow) for shadow in decision.shadows]
    fields: Fields = {
        "rule": decision.rule,
        "reply": decision.reply,
        "phrase": decision.matched.phrase,
        "book": book,
        "actions": json.dumps(actions) if actions else None,
        "shadows": json.dumps(shadows) if shadows else None,
        "asked": write_json(claim.conversation),
        "decided_at": milliseconds(claim.now),
    }
    # Of an earlier decision, as of one that was withheld, nothing may be left.
    return fields if claim.record.book else {name: value for name, value in fields.items() if value is not None}
