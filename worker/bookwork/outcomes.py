"""How each example of a book came out, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Literal

from rules import Book
from rules.examples import Result, failure, run_examples
from rules.media import told

Status = Literal["passed", "failed", "missed", "now matches"]
_KINDS: Final = {"matches": "matches", "ignores": "ignores", "known_misses": "known miss"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one example came out."""

    rule: str  # whose example it is
    kind: str  # matches, ignores, known miss
    text: str  # what the message says
    line: int  # where it stands in the file
    column: int  # and where in that line
    status: Status  # how it came out
    winner: str | None  # the rule that answers it
    problem: str  # what is wrong; empty where nothing is
    advice: str  # what to do
    seconds: float  # that it took
    media: str | None = None  # what the message is besides

    @property
    def said(self) -> str:
        """What is wrong and what to do; empty where nothing is."""
        return "; ".join(filter(None, (self.problem, self.advice)))

    @property
    def told(self) -> str:
        """The message on one line."""
        return told(self.text, self.media)


def outcomes_of(book: Book) -> Iterator[Outcome]:
    """Rule by rule."""
    started = perf_counter()
    for result in run_examples(book):
        seconds = perf_counter() - started
        status, problem, advice = _status(result)
        example, winner = result.example, None if result.winner is None else result.winner.name
        yield Outcome(
            rule=result.rule.name,
            kind=_KINDS[result.kind],
            text=example.text,
            line=example.line,
            column=example.column,
            status=status,
            winner=winner,
            problem=problem,
            advice=advice,
            seconds=seconds,
            media=example.media,
        )
        started = perf_counter()


def _status(result: Result) -> tuple[Status, str, str]:
    if not result.good:
        return "failed", *failure(result)
    if result.kind != "known_misses":
        return "passed", "", ""
    if result.winner is result.rule:
        return "now matches", "it now matches: move it to `matches`", ""
    return "missed", "", ""
