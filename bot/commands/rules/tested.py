"""What `autoreply rules test` finds out: how each example came out, how long it took, and which rules lack examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from bot.commands.rules.reading import fault_json, read
from rules import Book, BookError, Rule
from rules.examples import Result, failure, run_examples
from rules.media import told
from rules.warnings.asking import asks_for_text

Status = Literal["passed", "failed", "missed", "now matches"]
_KINDS = {"matches": "matches", "ignores": "ignores", "known_misses": "known miss"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one example came out."""

    rule: str
    kind: str  # matches, ignores, known miss
    text: str
    line: int
    column: int
    status: Status
    winner: str | None  # the rule that answers it
    said: str  # what is wrong and what to do; empty where nothing is
    seconds: float
    media: str | None = None  # what the message is besides

    @property
    def told(self) -> str:
        """The message on one line."""
        return told(self.text, self.media)


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
    def uncovered(self) -> dict[str, list[str]]:
        """The rules that are not covered, each with the kinds of examples that it lacks."""
        rules = () if isinstance(self.book, BookError) else self.book.rules
        return {rule.name: lacking for rule in rules if (lacking := [*_lacking(rule)])}

    @property
    def percent(self) -> float:
        """How many of a hundred rules are covered."""
        return 100 * (self.rules - len(self.uncovered)) / self.rules if self.rules else 0.0

    def count(self, status: Status) -> int:
        """How many examples came out so."""
        return sum(each.status == status for each in self.outcomes)


def try_examples(path: Path) -> Tested:
    """Run the examples of the book in this file."""
    book = read(path, examples=False)
    return Tested(path, book, () if isinstance(book, BookError) else tuple(_outcomes(book)))


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


def _outcomes(book: Book) -> Iterator[Outcome]:
    started = perf_counter()
    for result in run_examples(book):
        seconds = perf_counter() - started
        status, said = _status(result)
        example, winner = result.example, None if result.winner is None else result.winner.name
        kind = _KINDS[result.kind]
        at = example.line, example.column
        yield Outcome(result.rule.name, kind, example.text, *at, status, winner, said, seconds, example.media)
        started = perf_counter()


def _status(result: Result) -> tuple[Status, str]:
    if not result.good:
        return "failed", "; ".join(failure(result))
    if result.kind != "known_misses":
        return "passed", ""
    if result.winner is result.rule:
        return "now matches", "it now matches: move it to `matches`"
    return "missed", ""


def _lacking(rule: Rule) -> Iterator[str]:
    if not rule.examples.matches:
        yield "`matches`"
    if not rule.examples.ignores and asks_for_text(rule):
        yield "`ignores`"
