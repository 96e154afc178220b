"""What stands in a book, for a list of its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from textwrap import dedent
from typing import Final

from rules import Book, Rule
from rules.book import Mode
from rules.coverage import coverage_of, lacking
from rules.warnings.asking import is_unconditional
from worker.bookwork.loading import Faults, loaded

PAGE: Final = 100
LONGEST_TEXT: Final = 4_000  # characters of a rule; the editor has the rest


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule."""

    name: str  # of the rule
    mode: Mode  # whether it answers
    only_for: bool  # some senders alone
    line: int  # where it stands in the file
    text: str  # as it is written there with its examples, 4,000 characters at most
    matches: int  # examples that it matches
    ignores: int  # examples that it ignores
    known_misses: int  # examples that it is known to miss
    lacks: tuple[str, ...]  # the kinds of examples that it should have
    acts: tuple[str, ...]  # what it does besides replying
    replies: int  # variants
    takes_all: bool  # it is `when: anything`


@dataclass(frozen=True, slots=True)
class Contents:
    """A page of a book's rules, and what holds for all of it."""

    name: str  # of the book
    version: str  # of the book
    rules: int  # in the whole book
    examples: int  # in the whole book
    percent: float  # of the rules that are covered
    uncovered: int  # rules that are not covered
    zone: str | None  # the time zone of the book's hours
    entries: tuple[Entry, ...] = ()  # the rules of this page, in order
    found: int = 0  # rules that were looked for, on this page or another


def contents_of(data: bytes, name: str, *, start: int = 0, about: str = "", most: int = PAGE) -> Contents | Faults:
    """At most so many rules from there on, of those whose name has `about` in it."""
    book = loaded(data, name)
    if not isinstance(book, Book):
        return book
    found = [rule for rule in book.rules if about.casefold() in rule.name.casefold()]
    lines = data.decode("utf-8-sig", "replace").splitlines()
    entries = tuple(_entry(rule, lines) for rule in found[start : start + most])
    return replace(_head(book), entries=entries, found=len(found))


def names_in(data: bytes, name: str) -> list[str] | Faults:
    """No page, but every rule's name."""
    book = loaded(data, name)
    return [rule.name for rule in book.rules] if isinstance(book, Book) else book


def _head(book: Book) -> Contents:
    coverage = coverage_of(book)
    return Contents(
        name=book.name,
        version=book.version,
        rules=len(book.rules),
        examples=sum(len(rule.examples) for rule in book.rules),
        percent=coverage.percent,
        uncovered=len(coverage.uncovered),
        zone=str(book.zone) if book.zone else None,
    )


def _entry(rule: Rule, lines: Sequence[str]) -> Entry:
    return Entry(
        name=rule.name,
        mode=rule.mode,
        only_for=bool(rule.only_for),
        line=rule.line,
        text=_text(lines[rule.line - 1 :])[:LONGEST_TEXT],
        matches=len(rule.examples.matches),
        ignores=len(rule.examples.ignores),
        known_misses=len(rule.examples.known_misses),
        lacks=tuple(lacking(rule)),
        acts=tuple(action.name for action in rule.actions),
        replies=len(rule.replies),
        takes_all=is_unconditional(rule),
    )


def _text(lines: Sequence[str]) -> str:
    """Of the rule that these begin with: what is indented more than the dash before it, or as much as its first key."""
    first, *rest = lines
    least = _indentation(first) + first.lstrip().startswith("-")
    inside = takewhile(lambda line: not line.strip() or _indentation(line) >= least, rest)
    return dedent("\n".join([first, *inside])).strip()


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
