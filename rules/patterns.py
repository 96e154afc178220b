"""Regular expressions in linear time (RE2): compiled for one book, searched one by one, and many at once.

Linear is the message. What a pattern repeats is paid for when it is compiled and again when it is searched, and whoever
writes the message chooses the dearest one; so a pattern, and the patterns of a book together, may repeat so much and no
more.

RepeatsTooMuch   there is nothing to search by; `.together` says whether one pattern is too large, or all of them
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import re2

from rules.classes import equal_digits, of_every_script
from rules.repeats import copies, loosened

# Bytes for one pattern and its automaton. `\pL{2,40}` fits. More would make a search slower: it is quicker to go
# through the steps than to build states by the thousand that are never seen again.
_MEMORY = 1 << 20
_SET_SIZE = 500  # patterns that share an automaton
_SET_MEMORY = 64 << 20  # bytes that it may grow to; taken only as messages need them

# What patterns repeat. A message of the worst kind takes a few ms for each hundred copies.
_MOST_COPIES = 600  # of one pattern: `refund.{0,300}order.{0,300}today`
_MOST_COPIES_TOGETHER = 2_000
_FREE_COPIES = 20  # of each pattern: not counted together

# The steps that patterns come to. A million take 0.6 s to compile.
_MOST_STEPS_TOGETHER = 1_000_000
_STEPS_TOO_MANY = 60_000  # of a pattern that does not fit: it is found out after so many
_STEPS_OF_A_CLASS = 400  # what it takes to read `\pL`, wherever it stands
_CLASS = re.compile(r"\\[pP]")
_TOO_LARGE = ("pattern too large", "invalid repetition size")


class RepeatsTooMuch(Exception):
    """A pattern is not compiled, or not used, because it repeats too much; or all of the book do, together."""

    def __init__(self, *, together: bool) -> None:
        super().__init__()
        self.together = together


class Patterns:
    """Compiles the patterns of one book, each once, and counts what they come to."""

    def __init__(self) -> None:
        self._compiled: dict[str, Any] = {}
        self._steps = 0
        self._copies = 0

    def compile(self, pattern: str) -> Any:
        """Raises `re2.error` where it is none, and `RepeatsTooMuch`."""
        if pattern not in self._compiled:
            self._compiled[pattern] = self._compile(pattern)
        return self._compiled[pattern]

    def _compile(self, pattern: str) -> Any:
        pattern = of_every_script(pattern)
        self._add_steps(_STEPS_OF_A_CLASS * len(_CLASS.findall(pattern)))
        try:
            compiled = re2.compile(pattern, options())
        except re2.error as error:
            if not said(error).startswith(_TOO_LARGE):
                raise
            self._add_steps(_STEPS_TOO_MANY)
            raise RepeatsTooMuch(together=False) from error
        self._add_steps(compiled.programsize)
        if "{" in pattern:
            self._add_copies(copies(pattern))
        return compiled

    def _add_steps(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MOST_STEPS_TOGETHER:
            raise RepeatsTooMuch(together=True)

    def _add_copies(self, number: int) -> None:
        if number > _MOST_COPIES:
            raise RepeatsTooMuch(together=False)
        self._copies += max(0, number - _FREE_COPIES)
        if self._copies > _MOST_COPIES_TOGETHER:
            raise RepeatsTooMuch(together=True)


def options() -> Any:
    """How the patterns of a book are read."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    chosen.max_mem = _MEMORY
    return chosen


def said(error: re2.error) -> str:
    """What RE2 says of a pattern that is none."""
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


class PatternSet:
    """Finds which of the patterns may occur in a text, in one pass for some hundred of them."""

    def __init__(self, patterns: Sequence[str], memory: int = _SET_MEMORY) -> None:
        """`patterns` are such as `Patterns` has taken; `memory` in bytes, for each set."""
        starts = range(0, len(patterns), _SET_SIZE)
        self._sets = [(first, _together(patterns[first : first + _SET_SIZE], memory)) for first in starts]
        self._count = len(patterns)

    def find(self, text: str) -> Iterator[int]:
        """The places of the patterns that occur, each once, and perhaps of some that do not."""
        searched = equal_digits(text)
        for first, compiled in self._sets:
            found = compiled.Match(searched) if compiled is not None else []
            if found:
                yield from (first + number - 1 for number in found if number)
            else:  # not even the empty pattern: the automaton has outgrown its memory
                yield from range(first, min(first + _SET_SIZE, self._count))


def _together(patterns: Sequence[str], memory: int) -> Any:
    chosen = options()
    chosen.max_mem = memory
    together = re2.Set.SearchSet(chosen)
    try:
        for pattern in (
            "",
            *(loosened(of_every_script(pattern)) for pattern in patterns),
        ):  # the empty one is always found
            together.Add(pattern)
        together.Compile()
    except re2.error:
        return None
    return together
