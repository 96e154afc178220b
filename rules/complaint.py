"""What a parser of YAML complains of: where it stopped, and what stands there."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TypeAlias

import yaml

from rules.faults import Place

Explained: TypeAlias = tuple[Place, str, str]  # the place, the problem and the advice

_BREAK = re.compile("\r\n|\r|\n")


class Complaint:
    """Where the parser stopped, and where what it was reading had begun."""

    def __init__(self, error: yaml.MarkedYAMLError, text: str) -> None:
        self.text = text
        self.problem = str(error.problem or error.context)
        self.context = str(error.context)
        mark = error.problem_mark or error.context_mark
        self.place = Place() if mark is None else Place(mark.line + 1, mark.column + 1)
        begun = error.context_mark
        self.begun = self.place if begun is None else Place(begun.line + 1, begun.column + 1)

    @property
    def before(self) -> str:
        """What stands before the place on its line."""
        return self.line(self.place.line)[: self.place.column - 1]

    @property
    def character(self) -> str:
        return self.line(self.place.line)[self.place.column - 1 : self.place.column]

    @property
    def after(self) -> str:
        """What stands after the character at the place, without a comment."""
        return f" {self.line(self.place.line)[self.place.column :]}".partition(" #")[0].strip()

    @property
    def opening(self) -> str:
        """The bracket that it was inside, where it was in one."""
        return "[" if "]" in self.problem else "{"

    @property
    def last(self) -> Place:
        """The end of what stands before the place."""
        lines = self.text.rstrip().splitlines()
        return Place(len(lines), len(lines[-1]) + 1) if self.place.line > len(lines) > 0 else self.place

    @property
    def first_line(self) -> str:
        """From where it had begun to the end of that line."""
        return self.line(self.begun.line)[self.begun.column - 1 :].strip()

    @cached_property
    def above(self) -> int:
        """The nearest line above the place that is neither blank nor a comment; 0 where there is none."""
        numbers = range(self.place.line - 1, 0, -1)
        return next((number for number in numbers if self.line(number).partition("#")[0].strip()), 0)

    def line(self, number: int) -> str:
        """That line of the file."""
        return self._lines[number - 1] if number <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return _BREAK.split(self.text)
