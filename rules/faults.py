"""What is wrong with a book: one `Fault` a place, all of them together in one `BookError`.

BookError   the file is no book; `.faults` says why, and nothing of it is used
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, NoReturn

MOST_FAULTS = 200  # a book with more is told these, and that there are more: it is no book, and each costs time
_LONGEST_QUOTE = 60
_LONGEST_SENTENCE = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where, and what to write instead."""

    file: str  # the book's
    line: int  # from 1
    column: int  # from 1, in characters
    rule: str | None  # the rule it is in, where it has a name
    problem: str  # what is wrong
    advice: str  # what to write instead

    def __str__(self) -> str:
        rule = "" if self.rule is None else f"rule {quoted(self.rule)}: "
        return f"{self.file}:{self.line}:{self.column}: {rule}{self.problem}; {self.advice}"


class BookError(Exception):
    """The book cannot be used. `faults` are all that were found, in the order of the file; at least one."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Findings:
    """Collects faults while a book is read; those of one rule are noted by a collector that bears its name."""

    file: str
    rule: str | None = None
    found: list[Fault] = field(default_factory=list)

    def add(self, place: Place, problem: str, advice: str) -> None:
        """Note a fault at this place. Raises `BookError` where there are too many to go on."""
        told = visible(cut(problem, _LONGEST_SENTENCE)), visible(cut(advice, _LONGEST_SENTENCE))
        self.found.append(Fault(self.file, place.line, place.column, self.rule, *told))
        if len(self.found) >= MOST_FAULTS:
            raise self.error()

    def of_rule(self, name: str) -> Findings:
        """A collector for one rule, into the same list."""
        return Findings(self.file, name, self.found)

    def raise_if_any(self) -> None:
        """Raise `BookError` with what was found; an anchor that is used twice has its faults told once."""
        if self.found:
            raise self.error()

    def stop(self, place: Place, problem: str, advice: str) -> NoReturn:
        """Note a fault that makes further reading useless, and raise `BookError`."""
        self.add(place, problem, advice)
        raise self.error()

    def error(self) -> BookError:
        """What was found, to be raised."""
        different = sorted(dict.fromkeys(self.found), key=lambda fault: (fault.line, fault.column))
        if len(self.found) >= MOST_FAULTS:
            different.append(replace(different[-1], rule=None, problem="there may be more", advice="mend these first"))
        return BookError(tuple(different))


class Place(NamedTuple):
    """A place in the file."""

    line: int = 1
    column: int = 1


def quoted(text: str) -> str:
    """A text of the book inside a message about it: on one line and not too long."""
    return f'"{cut(" ".join(text.split()), _LONGEST_QUOTE)}"'


def cut(text: str, longest: int) -> str:
    """The text on one line, with its end left away where it is longer."""
    line = text if text.isprintable() else " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def visible(line: str) -> str:
    """The line with a `\\u` escape for each character that nobody would see."""
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
