"""A book's text with what is wrong with it in place: the lines that have faults or are doubtful, and some around."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rules import Fault
from rules.warnings import Doubt

AROUND: Final = 2  # lines above and below
MOST_NOTED: Final = 100  # lines with a note
LONGEST: Final = 240  # characters of a line that are shown
_BREAK: Final = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said of a line."""

    kind: Literal["fault", "warning"]
    column: int | None
    rule: str | None
    problem: str
    advice: str  # of a warning, what proves it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the book."""

    number: int
    text: str
    notes: tuple[Note, ...]
    after_gap: bool  # lines between it and the one above it are not shown


def noted(data: bytes, faults: Sequence[Fault], doubts: Sequence[Doubt]) -> list[Line]:
    """Empty where there is nothing to say; a place behind the end counts as the last line."""
    lines = _BREAK.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    notes = _by_line([*_of_faults(faults), *_of_doubts(doubts)], len(lines))
    shown = sorted({near for number in notes for near in range(number - AROUND, number + AROUND + 1)})
    found: list[Line] = []
    for number in shown:
        if 1 <= number <= len(lines):
            gap = bool(found) and number > found[-1].number + 1
            found.append(Line(number, lines[number - 1][:LONGEST], tuple(notes.get(number, ())), gap))
    return found


def _of_faults(faults: Iterable[Fault]) -> Iterable[tuple[int, Note]]:
    for fault in faults:
        yield fault.line, Note("fault", fault.column, fault.rule, fault.problem, fault.advice)


def _of_doubts(doubts: Iterable[Doubt]) -> Iterable[tuple[int, Note]]:
    for doubt in doubts:
        yield doubt.line, Note("warning", None, doubt.rule, doubt.problem, doubt.proof)


def _by_line(notes: Iterable[tuple[int, Note]], last: int) -> dict[int, list[Note]]:
    found: defaultdict[int, list[Note]] = defaultdict(list)
    for line, note in notes:
        found[min(line, last)].append(note)
    return dict(sorted(found.items())[:MOST_NOTED])
