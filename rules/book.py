"""A book that has been read: everything compiled, nothing left to go wrong when a message comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rules.conditions import AllHold
from rules.faults import quoted
from rules.hours import Hours
from rules.index import Index
from rules.languages import ENGLISH, Language
from rules.media import told
from rules.model import Action
from rules.phrases import SkipWords
from rules.replies import Reply
from rules.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """A message that a rule promises something about."""

    text: str  # empty where it is media alone
    line: int
    column: int
    media: str | None = None  # as of a message

    @property
    def told(self) -> str:
        """It inside a sentence."""
        return told(quoted(self.text) if self.text else "", self.media)


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one rule."""

    matches: tuple[Example, ...] = ()  # this rule answers
    ignores: tuple[Example, ...] = ()  # this rule does not
    known_misses: tuple[Example, ...] = ()  # this rule should and may not; never fails

    def __len__(self) -> int:
        return len(self.matches) + len(self.ignores) + len(self.known_misses)


Mode = Literal["live", "shadow", "off"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it answers, with what, and what else it does."""

    name: str
    when: AllHold
    replies: tuple[Reply, ...] = ()  # variants; none is a rule that only acts
    late_replies: tuple[Reply, ...] = ()  # instead, where the answer comes late
    actions: tuple[Action, ...] = ()
    examples: Examples = Examples()
    mode: Mode = "live"
    only_for: tuple[str, ...] = ()  # live for these senders alone, each as `senders.plain` makes it
    once_per: timedelta | None = None  # in one conversation
    groups: tuple[str, ...] = ()  # the named groups of its patterns
    hours: Hours | None = None  # whose times its placeholders tell
    at_once: bool = False  # a message that it answers waits for no other: it hands off, or is about the whole message
    line: int = 0  # where it stands in the file

    def does(self, action: str) -> bool:
        """Whether its `then` has this action."""
        return any(each.name == action for each in self.actions)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many replies in one conversation in such a time."""

    replies: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Burst:
    """Messages that come within `quiet` of each other get one reply, `at_most` after the first."""

    quiet: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Template:
    """What is sent when the 24-hour window has closed."""

    id: str  # the provider's
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """Rules in the order in which they are asked, and what holds for all of them."""

    name: str  # as the book calls itself, else the file's name without its ending
    version: str  # the first 12 hexadecimal digits of the SHA-256 of the file
    rules: tuple[Rule, ...]
    index: Index
    vocabulary: Vocabulary
    skipped: SkipWords = field(default_factory=SkipWords)
    typos: bool = True
    language: Language = ENGLISH
    zone: ZoneInfo | None = None
    hours: Mapping[str, Hours] = field(default_factory=dict)
    reply_limit: Limit | None = None
    late_after: timedelta | None = None
    burst: Burst | None = None
    window_closed: Template | None = None
