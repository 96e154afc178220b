"""Recorded messages under another book: what would change. Values in, values out; nothing is sent or written.

Each message is asked again by itself, at the time and with the conversation with which it was decided then. So a change
has no effect on the messages after it, as a tag would have that only the new book gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from rules import Book, Conversation, Decision, Message, decide
from rules.as_json import action_json
from worker.ledger import Record, Unreadable

Kind = Literal["loses_reply", "gains_reply", "other_rule", "other_actions", "other_text", "other_silence"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)  # the weightiest first; each change is the first that it is


@dataclass(frozen=True, slots=True)
class Said:
    """What a book says to a message, as far as it shows."""

    rule: str | None
    reply: str | None
    silence: str | None
    actions: tuple[str | dict[str, str], ...] | None  # as a book writes them; None where that is not known


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked then, and is asked again."""

    message: Message
    conversation: Conversation
    now: datetime
    guessed: bool  # the conversation is not recorded: what the record gives away must do


@dataclass(frozen=True, slots=True)
class Change:
    """A message to which the book says something else."""

    key: str
    kind: Kind
    question: Question
    then: Said
    now: Said


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule's messages, then and now."""

    rule: str | None  # None: no rule
    then: int
    now: int
    won: int  # now, and not then
    lost: int  # then, and not now


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all messages."""

    messages: int
    changes: tuple[Change, ...]  # in order of time
    standings: tuple[Standing, ...]  # in the book's order; then rules it does not have, then no rule
    guessed: int  # messages that were asked again with a conversation that is not quite known
    unreadable: int  # records that are left out

    @property
    def guessed_changes(self) -> int:
        return sum(change.question.guessed for change in self.changes)

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many changes of each kind."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in KINDS}

    @property
    def groups(self) -> list[tuple[Change, ...]]:
        """The changes by the rules between which they happen and their kind, the largest group first."""
        groups: dict[tuple[str | None, str | None, Kind], list[Change]] = {}
        for change in self.changes:
            groups.setdefault((change.then.rule, change.now.rule, change.kind), []).append(change)
        return sorted(map(tuple, groups.values()), key=len, reverse=True)


class Replay:
    """Takes one record after another, and keeps what changed."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._changes: list[Change] = []
        self._pairs: Counter[tuple[str | None, str | None]] = Counter()  # rule then, rule now
        self._guessed = self._unreadable = 0

    def take(self, record: Record | Unreadable) -> None:
        """A record of a message that was decided."""
        if isinstance(record, Unreadable):
            self._unreadable += 1
            return
        question = _question(record)
        now = _said(decide(self._book, question.message, question.conversation, question.now))
        known = None if question.guessed else record.actions
        then = Said(record.rule, record.reply, record.silence, known)
        self._guessed += question.guessed
        self._pairs[then.rule, now.rule] += 1
        if (kind := _kind(then, now)) is not None:
            self._changes.append(Change(record.key, kind, question, then, now))

    def report(self) -> Report:
        return Report(
            messages=self._pairs.total(),
            changes=tuple(sorted(self._changes, key=lambda change: (change.question.now, change.key))),
            standings=tuple(self._standings()),
            guessed=self._guessed,
            unreadable=self._unreadable,
        )

    def _standings(self) -> Iterable[Standing]:
        seen = {rule for pair in self._pairs for rule in pair}
        named = [rule.name for rule in self._book.rules]
        others = sorted(rule for rule in seen if rule is not None and rule not in named)
        for rule in [*named, *others, None]:
            if rule in seen:
                yield self._standing(rule)

    def _standing(self, rule: str | None) -> Standing:
        then = sum(number for (before, _), number in self._pairs.items() if before == rule)
        now = sum(number for (_, after), number in self._pairs.items() if after == rule)
        same = self._pairs[rule, rule]
        return Standing(rule, then, now, won=now - same, lost=then - same)


def compare(book: Book, records: Iterable[Record | Unreadable]) -> Report:
    """The records of decided messages under the book, against what was decided then."""
    replay = Replay(book)
    for record in records:
        replay.take(record)
    return replay.report()


def because(book: Book, change: Change) -> str:
    """Why the book says now what it says: what the rule that answers found, or else what the rule of then misses."""
    question = change.question
    trace = decide(book, question.message, question.conversation, question.now).trace
    for step in trace:
        if step.verdict == "answers":
            return step.because
    for step in trace:
        if step.rule == change.then.rule:
            return f"{step.rule}: {step.because}"
    return "no rule holds" if change.then.rule is None else f"the book has no rule {change.then.rule}"


def _question(record: Record) -> Question:
    if record.asked is not None and record.decided_at is not None:
        return Question(record.message, record.asked, record.decided_at, guessed=False)
    at = record.received_at  # a decision follows at once
    conversation = Conversation(
        first_message=record.first,
        opted_out=record.silence == "opted_out",
        handed_off_until=at + timedelta(seconds=1) if record.silence == "handed_off" else None,
    )
    return Question(record.message, conversation, at, guessed=True)


def _said(decision: Decision) -> Said:
    actions = tuple(action_json(action) for action in decision.actions)
    return Said(decision.rule, decision.reply, decision.silence, actions)


def _kind(then: Said, now: Said) -> Kind | None:
    differs: dict[Kind, bool] = {
        "loses_reply": then.reply is not None and now.reply is None,
        "gains_reply": then.reply is None and now.reply is not None,
        "other_rule": then.rule != now.rule,
        "other_actions": then.actions is not None and _unordered(then) != _unordered(now),
        "other_text": then.reply != now.reply,
        "other_silence": then.silence != now.silence,
    }
    return next((kind for kind in KINDS if differs[kind]), None)


def _unordered(said: Said) -> list[str]:
    return sorted(map(str, said.actions or ()))
