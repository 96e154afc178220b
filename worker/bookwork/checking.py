"""A changed book checked: what is wrong with it and where, how its examples come out, what is doubtful in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rules import Book, BookError
from rules.coverage import Coverage, coverage_of
from rules.faults import Findings, Place
from rules.loader import version_of
from rules.warnings import Doubt, doubts
from worker.bookwork.loading import Faults, loaded
from worker.bookwork.outcomes import Outcome, outcomes_of

MOST_OUTCOMES: Final = 500  # examples that are told; of more, those that failed first
MOST_DOUBTS: Final = 200
MOST_RULES: Final = 3_000  # of a book in which doubts are looked for: of 10,000 that takes longer than loading them


@dataclass(frozen=True, slots=True)
class Checked:
    """All that is to be said of it. It may be put in force where it has no faults."""

    version: str  # that it has, or would have
    rules: int = 0  # of the book
    examples: int = 0  # of the book
    faults: Faults = ()  # an example that fails is one
    doubts: tuple[Doubt, ...] = ()  # what may not be as its author thinks
    more_doubts: int = 0  # that are left out
    too_long: bool = False  # to look for what is doubtful while somebody waits; `autoreply rules check` does
    outcomes: tuple[Outcome, ...] = ()  # how each example came out; of many, those that failed first
    coverage: Coverage | None = None  # where there are no other faults

    @property
    def good(self) -> bool:
        return not self.faults


def check_book(data: bytes, name: str, warned: bool = True) -> Checked:  # noqa: FBT001, FBT002  it is called apart
    """As `autoreply rules check` and `test` do; without the warnings where nobody is to be `warned`."""
    version, book = version_of(data), loaded(data, name)
    if not isinstance(book, Book):
        return Checked(version, faults=book)
    outcomes = tuple(outcomes_of(book))
    faults = _failed(name, outcomes)
    too_long = len(book.rules) > MOST_RULES
    told = doubts(book) if warned and not faults and not too_long else ()
    return Checked(
        version=version,
        rules=len(book.rules),
        examples=len(outcomes),
        faults=faults,
        doubts=told[:MOST_DOUBTS],
        more_doubts=max(0, len(told) - MOST_DOUBTS),
        too_long=too_long,
        outcomes=tuple(sorted(outcomes, key=lambda each: each.status != "failed")[:MOST_OUTCOMES]),
        coverage=coverage_of(book),
    )


def _failed(name: str, outcomes: Iterable[Outcome]) -> Faults:
    findings = Findings(name)
    try:
        for each in outcomes:
            if each.status == "failed":
                findings.of_rule(each.rule).add(Place(each.line, each.column), each.problem, each.advice)
        findings.raise_if_any()
    except BookError as error:
        return error.faults
    return ()
