"""A book that has been read: everything compiled, nothing left to go wrong when a message comes."""

from __future__ import annotations

from dataclasses import dataclass

from rules.conditions import Condition
from rules.model import Action
from rules.replies import Reply
from rules.typos import Vocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """A message that a rule promises something about."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one rule."""

    matches: tuple[Example, ...] = ()  # this rule answers
    ignores: tuple[Example, ...] = ()  # this rule does not
    known_misses: tuple[Example, ...] = ()  # this rule should and may not; never fails

    def __len__(self) -> int:
        return len(self.matches) + len(self.ignores) + len(self.known_misses)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it answers, with what, and what else it does."""

    name: str
    when: tuple[Condition, ...]  # all must hold
    replies: tuple[Reply, ...] = ()  # variants; none is a rule that only acts
    actions: tuple[Action, ...] = ()
    examples: Examples = Examples()

    def does(self, action: str) -> bool:
        """Whether its `then` has this action."""
        return any(each.name == action for each in self.actions)


@dataclass(frozen=True, slots=True)
class Book:
    """Rules in the order in which they are asked."""

    name: str  # as the book calls itself, else the file's name without its ending
    version: str  # the first 12 hexadecimal digits of the SHA-256 of the file
    rules: tuple[Rule, ...]
    skipped: tuple[tuple[str, ...], ...]  # skip words, each as its tokens
    vocabulary: Vocabulary
