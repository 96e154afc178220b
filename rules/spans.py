"""Where in a message its words stand. Worked out block by block, since mostly one word is asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

from rules.characters import changes_looks_only, is_mark
from rules.text import LEADING, SPACELESS_LETTER, ascii_span, normalise, raw_tokens, tokens

_BLOCK = 200  # characters at least, unless the message ends
_BETWEEN_WORDS = re.compile(
    rf"[\s,.;:!?]|(?<![{LEADING}])(?={SPACELESS_LETTER})|(?=[\uff66-\uff9d])"
)  # the last: half-width kana
_REMEMBERED = 8192  # characters, each with its marks


class Spans:
    """The places of a message's tokens in its text."""

    def __init__(self, text: str, expected: Sequence[str]) -> None:
        """`expected`: the tokens of the text."""
        self._text = text
        self._expected = expected
        self._of_block: dict[int, list[tuple[int, int]] | None] = {}

    def of(self, place: int) -> tuple[int, int] | None:
        """Where the token at this place begins and ends; None where folding the text character by character gives
        other tokens."""
        if self._text.isascii():  # folding moves nothing
            return ascii_span(normalise(self._text), place)
        blocks = self._blocks
        if blocks is None:
            return None
        borders, firsts = blocks
        block = bisect_right(firsts, place) - 1
        if block not in self._of_block:
            self._of_block[block] = spans(self._text[borders[block] : borders[block + 1]])
        found = self._of_block[block]
        if found is None:
            return None
        start, end = found[place - firsts[block]]
        return borders[block] + start, borders[block] + end

    @cached_property
    def _blocks(self) -> tuple[list[int], list[int]] | None:
        """The borders of the blocks, and the first token of each."""
        text = self._text
        borders = [0]
        while borders[-1] < len(text):
            cut = _BETWEEN_WORDS.search(text, borders[-1] + _BLOCK)
            borders.append(len(text) if cut is None else max(cut.end(), borders[-1] + 1))
        words = [tokens(normalise(text[start:end])) for start, end in pairwise(borders)]
        if [word for block in words for word in block] != list(self._expected):
            return None
        return borders, [0, *accumulate(map(len, words))][:-1]


def spans(text: str) -> list[tuple[int, int]] | None:
    """Where in a text its tokens begin and end, or None where folding it character by character gives others."""
    folded, origins = _folded(text)
    found: list[tuple[int, int]] = []
    at = 0
    for raw in raw_tokens(folded):
        at = folded.find(raw, at)
        if at < 0:
            return None
        found.append((origins[at][0], origins[at + len(raw) - 1][1]))
        at += len(raw)
    return found if tokens(folded) == tokens(normalise(text)) else None


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text folded character by character, and for each character of it the span that it came from."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end in _characters(text):
        piece = _folded_character(text[start:end])
        pieces.append(piece)
        origins += [(start, end)] * len(piece)
    return "".join(pieces), origins


@lru_cache(_REMEMBERED)
def _folded_character(character: str) -> str:
    return normalise(character)


def _characters(text: str) -> list[tuple[int, int]]:
    """Spans of what a reader takes for one character: a base with its marks and modifiers."""
    starts = [
        place
        for place, character in enumerate(text)
        if not place or character.isascii() or not (is_mark(character) or changes_looks_only(character))
    ]
    return list(pairwise([*starts, len(text)]))
