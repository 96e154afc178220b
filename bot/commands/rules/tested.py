"""What `autoreply rules test` finds out: how each example came out, how long it took, and which rules lack examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.commands.rules.reading import fault_json, read
from rules import Book, BookError
from rules.coverage import Coverage, coverage_of
from worker.bookwork.outcomes import Outcome, Status, outcomes_of


@dataclass(frozen=True)
class Tested:
    """One book and all its examples."""

    path: Path
    book: Book | BookError
    outcomes: tuple[Outcome, ...]

    @property
    def good(self) -> bool:
        """Whether it has no fault and no example failed."""
        return not isinstance(self.book, BookError) and not self.count("failed")

    @property
    def rules(self) -> int:
        """How many rules it has."""
        return 0 if isinstance(self.book, BookError) else len(self.book.rules)

    @property
    def seconds(self) -> float:
        """How long the examples took."""
        return sum(each.seconds for each in self.outcomes)

    @property
    def by_rule(self) -> dict[str, list[Outcome]]:
        """The outcomes of each rule that has some, in the order of the file."""
        found: dict[str, list[Outcome]] = {}
        for each in self.outcomes:
            found.setdefault(each.rule, []).append(each)
        return found

    @cached_property
    def coverage(self) -> Coverage:
        """Which rules have examples; of a book with faults, none."""
        return Coverage(0, {}) if isinstance(self.book, BookError) else coverage_of(self.book)

    @property
    def uncovered(self) -> dict[str, list[str]]:
        """The rules that are not covered, each with the kinds of examples that it lacks."""
        return self.coverage.uncovered

    @property
    def percent(self) -> float:
        """How many of a hundred rules are covered."""
        return self.coverage.percent

    def count(self, status: Status) -> int:
        """How many examples came out so."""
        return sum(each.status == status for each in self.outcomes)


def try_examples(path: Path) -> Tested:
    """Run the examples of the book in this file."""
    book = read(path, examples=False)
    return Tested(path, book, () if isinstance(book, BookError) else tuple(outcomes_of(book)))


def tested_json(tested: Tested) -> dict[str, Any]:
    """`{"book", "rules", "examples", "passed", "failed", "faults", "coverage", "results"}`."""
    faults = tested.book.faults if isinstance(tested.book, BookError) else ()
    return {
        "book": str(tested.path),
        "rules": tested.rules,
        "examples": len(tested.outcomes),
        "passed": tested.count("passed"),
        "failed": tested.count("failed"),
        "faults": [fault_json(fault) for fault in faults],
        "coverage": {"percent": round(tested.percent, 2), "uncovered": tested.uncovered},
        "results": [_outcome_json(each) for each in tested.outcomes],
    }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule,
        "kind": outcome.kind,
        "text": outcome.text,
        **({"media": outcome.media} if outcome.media else {}),
        "line": outcome.line,
        "column": outcome.column,
        "status": outcome.status,
        "winner": outcome.winner,
        "said": outcome.said or None,
        "seconds": round(outcome.seconds, 6),
    }
