"""What rules in shadow would have answered, then and now. Nobody has heard it: so it is told apart from the changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rules import Book
from rules.model import Shadow
from worker.replay.questions import Question
from worker.replay.standings import Pair, Standing, standings

ShadowKind = Literal["loses_shadow", "gains_shadow", "other_text"]
SHADOW_KINDS: Final[tuple[ShadowKind, ...]] = get_args(ShadowKind)  # the weightiest first, as of changes
Shadows = tuple[Shadow, ...]


@dataclass(frozen=True, slots=True)
class ShadowChange:
    """A message to which the rules in shadow say something else."""

    key: str
    kind: ShadowKind
    question: Question
    then: Shadows
    now: Shadows

    @property
    def rules(self) -> tuple[str, ...]:
        """Those that make it a change of its kind, in order."""
        before, after = _replies(self.then), _replies(self.now)
        match self.kind:
            case "loses_shadow":
                return tuple(rule for rule in before if rule not in after)
            case "gains_shadow":
                return tuple(rule for rule in after if rule not in before)
        return tuple(rule for rule in after if after[rule] != before[rule])


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What became of the shadow answers of all messages whose record has them."""

    changes: tuple[ShadowChange, ...]  # in order of time
    standings: tuple[Standing, ...]  # of each rule that answered in shadow, in the order of the report's

    @property
    def kinds(self) -> dict[ShadowKind, int]:
        """How many changes of each kind."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in SHADOW_KINDS}

    @property
    def groups(self) -> list[tuple[ShadowChange, ...]]:
        """The changes by their kind and the rules that make it, the largest group first."""
        groups: dict[tuple[ShadowKind, tuple[str, ...]], list[ShadowChange]] = {}
        for change in self.changes:
            groups.setdefault((change.kind, change.rules), []).append(change)
        return sorted(map(tuple, groups.values()), key=len, reverse=True)


class ShadowReplay:
    """Takes the shadow answers to one message after another, and keeps what changed."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._changes: list[ShadowChange] = []
        self._pairs: Counter[Pair] = Counter()

    def take(self, key: str, question: Question, then: Shadows, now: Shadows) -> None:
        if not (then or now):  # nearly every message
            return
        before, after = _replies(then), _replies(now)
        for rule in before.keys() | after.keys():
            self._pairs[rule if rule in before else None, rule if rule in after else None] += 1
        if (kind := _kind(before, after)) is not None:
            self._changes.append(ShadowChange(key, kind, question, then, now))

    def report(self) -> ShadowReport:
        return ShadowReport(
            changes=tuple(sorted(self._changes, key=lambda change: (change.question.now, change.key))),
            standings=tuple(each for each in standings(self._book, self._pairs) if each.rule is not None),
        )


def _replies(shadows: Shadows) -> dict[str, str | None]:
    return {shadow.rule: shadow.reply for shadow in shadows}


def _kind(before: dict[str, str | None], after: dict[str, str | None]) -> ShadowKind | None:
    """The order of the rules is none: each answers for itself."""
    if before == after:
        return None
    if before.keys() - after.keys():
        return "loses_shadow"
    return "gains_shadow" if after.keys() - before.keys() else "other_text"
