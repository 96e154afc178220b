"""What the rules decide about and what they decide: plain values, frozen, with a line for each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar, overload

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """What one person sent to one business number."""

    account: str  # the business number's name in the settings: lower-case letters, digits, `-`
    event_id: str  # the provider's id of the webhook event, the same on each delivery
    id: str  # the provider's id of the message: what a reply quotes
    sender: str  # the provider's opaque id of the person; not always a phone number
    recipient: str  # the business number it was sent to
    text: str  # as it was written, the caption of media included; empty where there is none
    sent_at: datetime  # aware
    window_expires_at: datetime  # aware: no free text may be sent after this
    media: str | None = None  # one of `media.KINDS`; None where it is text alone


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered about one person on one account, as far as rules ask for it."""

    first_message: bool = True  # no earlier message is remembered
    opted_out: bool = False  # silent until an opt-in rule fires
    handed_off_until: datetime | None = None  # a human answers until then
    tags: frozenset[str] = frozenset()
    fired: Mapping[str, datetime] = field(default_factory=dict)  # when each rule last replied or acted
    replied: tuple[datetime, ...] = ()  # when the latest replies were given, at least as far back as the book asks


ActionName = Literal["opt_out", "opt_in", "hand_off", "tag", "untag", "notify"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something a rule does besides replying: an item of its `then`."""

    name: ActionName
    duration: timedelta | None = None  # of `hand_off`
    value: str | None = None  # the tag, or the name of the endpoint that is notified


class Lazy(Sequence[T]):
    """A sequence that is worked out when it is first looked at: a decision tells more than is mostly asked for."""

    __slots__ = ("_work_out", "_worked_out")

    _worked_out: tuple[T, ...]

    def __init__(self, work_out: Callable[[], Iterable[T]] = tuple) -> None:
        self._work_out: Callable[[], Iterable[T]] | None = work_out

    @property
    def _items(self) -> tuple[T, ...]:
        work_out = self._work_out
        if work_out is not None:
            self._worked_out = tuple(work_out())
            self._work_out = None  # and what it holds
        return self._worked_out

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, Lazy) else other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


class Matched(NamedTuple):
    """What made the rule fire."""

    phrase: str | None = None  # as the book writes it; None where no text was compared
    words: Sequence[str] = ()  # as the message writes them


Verdict = Literal["answers", "shadow", "no", "not reached"]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's line in the trace of a decision."""

    rule: str
    verdict: Verdict
    because: str  # what matched, or the first condition that failed


Silence = Literal["no_rule", "no_reply", "opted_out", "handed_off", "cooldown", "reply_limit", "shadow"]


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a rule in shadow would have answered."""

    rule: str
    reply: str | None


class Decision(NamedTuple):
    """What the book says about one message, and why. The same arguments always give the same decision."""

    rule: str | None = None  # the rule that fired
    reply: str | None = None  # what to send; None is silence
    silence: Silence | None = None  # why nothing is sent
    matched: Matched = Matched()
    actions: tuple[Action, ...] = ()
    placeholders: Mapping[str, str] = MappingProxyType({})
    shadows: tuple[Shadow, ...] = ()  # rules in shadow that would have answered, in order
    trace: Sequence[Step] = ()  # every rule of the book in order
    at_once: bool = False  # it is no part of a burst: the rule hands off, or is about the whole message
