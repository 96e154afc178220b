"""One record after another under a book: each answer beside the one of then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rules import Book, Decision, decide
from rules.as_json import action_json
from worker.ledger import Record, Unreadable
from worker.replay.questions import Question, question_of
from worker.replay.shadows import ShadowReplay, ShadowReport
from worker.replay.standings import Pair, Standing, standings

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
class Change:
    """A message to which the book says something else."""

    key: str
    kind: Kind
    question: Question
    then: Said
    now: Said


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all messages."""

    messages: int
    changes: tuple[Change, ...]  # in order of time
    standings: tuple[Standing, ...]  # in the book's order; then rules it does not have, then no rule
    shadows: ShadowReport
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
        self._pairs: Counter[Pair] = Counter()
        self._shadows = ShadowReplay(book)
        self._guessed = self._unreadable = 0

    def take(self, record: Record | Unreadable) -> None:
        """A record of a message that was decided."""
        if isinstance(record, Unreadable):
            self._unreadable += 1
            return
        question = question_of(record)
        decision = decide(self._book, question.message, question.conversation, question.now)
        now = _said(decision)
        known = None if question.guessed else record.actions
        then = Said(record.rule, record.reply, record.silence, known)
        self._guessed += question.guessed
        self._pairs[then.rule, now.rule] += 1
        if (kind := _kind(then, now)) is not None:
            self._changes.append(Change(record.key, kind, question, then, now))
        if not question.guessed:  # an older version did not record them
            self._shadows.take(record.key, question, record.shadows, decision.shadows)

    def report(self) -> Report:
        return Report(
            messages=self._pairs.total(),
            changes=tuple(sorted(self._changes, key=lambda change: (change.question.now, change.key))),
            standings=tuple(standings(self._book, self._pairs)),
            shadows=self._shadows.report(),
            guessed=self._guessed,
            unreadable=self._unreadable,
        )


def compare(book: Book, records: Iterable[Record | Unreadable]) -> Report:
    """The records of decided messages under the book, against what was decided then."""
    replay = Replay(book)
    for record in records:
        replay.take(record)
    return replay.report()


def _said(decision: Decision) -> Said:
    actions = tuple(action_json(action) for action in decision.actions)
    return Said(decision.rule, decision.reply, decision.silence, actions)


def _kind(then: Said, now: Said) -> Kind | None:
    if then == now:
        return None
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
