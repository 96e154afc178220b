"""What has been worked out, remembered: for words, which come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")

_MOST = 32_768  # words: a language has not many more in daily use
_LONGEST = 40  # letters of a word that is remembered: nobody fills the memory with made ones


class Memo(dict[str, V]):
    """What becomes of each word: `memo[word]`. Safe to share between threads."""

    def __init__(self, work_out: Callable[[str], V]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, word: str) -> V:
        value = self._work_out(word)
        if len(word) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[word] = value
        return value
