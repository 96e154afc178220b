"""Text that must not be seen: tokens, and addresses with passwords in them."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\s`\"';,()\[\]{}]+")
_HARMLESS: Final = re.compile(r"U\+[0-9A-F]{4,6}|UTF-\d+|\W*\d[\d.:,]*\W*")
_SHORTEST: Final = 6  # characters of a word with a digit in it
_LONGEST: Final = 24  # characters of a word without one


class Secret:
    """Text that shows itself only where it is asked to."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"


def masked(text: str) -> str:
    """A sentence about what a person wrote, without words that may be a secret in the wrong place: long ones, and those
    of letters and digits together."""
    return _WORD.sub(lambda word: "***" if _suspect(word[0]) else word[0], text)


def _suspect(word: str) -> bool:
    if _HARMLESS.fullmatch(word):
        return False
    return len(word) > _LONGEST or (len(word) >= _SHORTEST and any(map(str.isdecimal, word)))
