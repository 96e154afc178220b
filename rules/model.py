"""What the rules decide about and what they decide: plain values, frozen, with a line for each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One text that one person sent to one business number."""

    account: str  # the business number's name in the settings: lower-case letters, digits, `-`
    event_id: str  # the provider's id of the webhook event, the same on each delivery
    id: str  # the provider's id of the message: what a reply quotes
    sender: str  # the provider's opaque id of the person; not always a phone number
    recipient: str  # the business number it was sent to
    text: str  # as it was written
    sent_at: datetime  # aware
    window_expires_at: datetime  # aware: no free text may be sent after this


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered about one person on one account, as far as rules ask for it."""

    opted_out: bool = False  # silent until an opt-in rule fires
    handed_off_until: datetime | None = None  # a human answers until then


@dataclass(frozen=True, slots=True)
class Action:
    """Something a rule does besides replying: an item of its `then`."""

    name: Literal["opt_out", "opt_in", "hand_off"]
    duration: timedelta | None = None  # of `hand_off`


@dataclass(frozen=True, slots=True)
class Matched:
    """What made the rule fire."""

    phrase: str | None = None  # as the book writes it; None for `anything`
    words: tuple[str, ...] = ()  # as the message writes them


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's line in the trace of a decision."""

    rule: str
    verdict: Literal["answers", "no", "not reached"]
    because: str  # what matched, or the first condition that failed


Silence = Literal["no_rule", "no_reply", "opted_out", "handed_off"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the book says about one message, and why. The same arguments always give the same decision."""

    rule: str | None = None  # the rule that fired
    reply: str | None = None  # what to send; None is silence
    silence: Silence | None = None  # why nothing is sent
    matched: Matched = Matched()
    actions: tuple[Action, ...] = ()
    placeholders: Mapping[str, str] = field(default_factory=dict)
    trace: tuple[Step, ...] = ()  # every rule of the book, in order
