"""Regular expressions in linear time (RE2): one by one, and many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import re2

_SET_SIZE = 500  # patterns that share an automaton
_SET_MEMORY = 64 << 20  # bytes that it may grow to; taken only as messages need them


def options() -> Any:
    """How the patterns of a book are read."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


class PatternSet:
    """Finds which of the patterns occur in a text, in one pass for some hundred of them."""

    def __init__(self, patterns: Sequence[str], memory: int = _SET_MEMORY) -> None:
        """`patterns` are such as `re2.compile` has taken; `memory` in bytes, for each set."""
        starts = range(0, len(patterns), _SET_SIZE)
        self._sets = [(first, _compiled(patterns[first : first + _SET_SIZE], memory)) for first in starts]
        self._count = len(patterns)

    def find(self, text: str) -> Iterator[int]:
        """The places of the patterns that occur, each once, and perhaps of some that do not."""
        for first, compiled in self._sets:
            found = compiled.Match(text) if compiled is not None else []
            if found:
                yield from (first + number - 1 for number in found if number)
            else:  # not even the empty pattern: the automaton has outgrown its memory
                yield from range(first, min(first + _SET_SIZE, self._count))


def _compiled(patterns: Sequence[str], memory: int) -> Any:
    chosen = options()
    chosen.max_mem = memory
    together = re2.Set.SearchSet(chosen)
    try:
        for pattern in ("", *patterns):  # the empty one is always found
            together.Add(pattern)
        together.Compile()
    except re2.error:
        return None
    return together
