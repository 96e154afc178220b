"""A quote that nobody closed: to YAML the text goes on to the next quote of the file, over lines that were meant as
keys and items. Only there, or nowhere, the parser finds something wrong, so the text itself is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

import yaml

from rules.faults import Place
from rules.keys import KNOWN

_DASHES = re.compile(r" *(?:- +)*")
_OF_BOOK = re.compile(r" *(?:- |(\w+):(?:\s|$))")
_LAST_QUOTED = re.compile(r"(?s:.*)(?<![\w\\])(['\"])(.*)\1\s*")


class Mark(Protocol):
    """The Python parser's mark or the C parser's; both count characters, from 0."""

    @property
    def index(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def swallows_lines(begin: Mark, end: Mark, text: str) -> bool:
    """Whether what is quoted between these marks has a line that nobody would write in a text: a known key, or an item
    of a list, no deeper than the line with the quote."""
    lines = (_OF_BOOK.match(line) for line in _shallow_lines(begin, end, text))
    return any(match is not None and (match[1] is None or match[1] in KNOWN) for match in lines)


def ends_oddly(begin: Mark, end: Mark, error: yaml.MarkedYAMLError, text: str) -> bool:
    """Whether a text in quotes, with lines no deeper than its own, ends on the line with which something is wrong."""
    mark = error.problem_mark
    return mark is not None and mark.line == end.line and any(True for _ in _shallow_lines(begin, end, text))


def told(begin: Mark, end: Mark) -> tuple[Place, str, str]:
    """The place, the problem and the advice."""
    problem = f"the quote that begins here is not closed before line {end.line + 1}"
    advice = "close it where the text ends; a text of several lines stands indented below `|`"
    return Place(begin.line + 1, begin.column + 1), problem, advice


def unclosed_in(before: str) -> int | None:
    """Where on the line a quote begins that was closed by what should have opened the next one: `["refund, "` has a
    comma or a bracket at the end of its text. From 0."""
    match = _LAST_QUOTED.fullmatch(before)
    return match.start(1) if match is not None and match[2].rstrip().endswith((",", "[", "{", ":")) else None


def _shallow_lines(begin: Mark, end: Mark, text: str) -> Iterator[str]:
    """The lines after the first, and not blank, that begin no deeper than what the first has after its dashes."""
    until = re.compile(r"[\r\n]|$").search(text, end.index)
    first, *others = text[begin.index - begin.column : until.start() if until else end.index].splitlines()
    margin = _DASHES.match(first)
    deepest = margin.end() if margin is not None else 0
    for line in others:
        if line.strip() and len(line) - len(line.lstrip()) <= deepest:
            yield line
