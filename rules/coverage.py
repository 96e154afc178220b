"""Which rules of a book have examples, and which lack some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.book import Book, Rule
from rules.warnings.asking import asks_for_text


@dataclass(frozen=True, slots=True)
class Coverage:
    """A rule is covered where it has an example that it matches and one that it ignores; one that does not look at the
    message needs none to ignore."""

    rules: int  # of the book
    uncovered: dict[str, list[str]]  # the rules that are not, each with the kinds of examples that it lacks

    @property
    def percent(self) -> float:
        """How many of a hundred rules are covered."""
        return 100 * (self.rules - len(self.uncovered)) / self.rules if self.rules else 0.0


def coverage_of(book: Book) -> Coverage:
    return Coverage(len(book.rules), {rule.name: lacks for rule in book.rules if (lacks := [*lacking(rule)])})


def lacking(rule: Rule) -> Iterator[str]:
    """The kinds of examples that it should have and has not."""
    if not rule.examples.matches:
        yield "`matches`"
    if not rule.examples.ignores and asks_for_text(rule):
        yield "`ignores`"
