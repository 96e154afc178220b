"""A reply that is longer than its provider takes, in parts. Pure: the same text and limit give the same parts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Behind these a sentence or a line is over. Scripts without blanks have stops of their own.
_SENTENCE: Final = re.compile(r"[.!?…؟।]+[\"')\]”’»]*(?=\s)|[。！？]|\n")
_SPACE: Final = re.compile(r"\s")
_JOINER: Final = "\u200d"
_SKINS: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)  # regional indicators: two of them are a flag


def split(text: str, longest: int) -> tuple[str, ...]:
    """`longest` in characters, 20 at least. One text stays as it is; of several each says which it is, `(1/3) `, and is
    no longer than that. Cut where a sentence ends, else a word, else inside one; white space is lost at cuts alone."""
    if len(text) <= longest:
        return (text,)
    digits = 0
    while True:
        digits += 1  # of the number of parts
        parts = _cut(text, longest - len(f"({'9' * digits}/{'9' * digits}) "))
        if len(parts) < 10**digits:
            return tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, 1))


def _cut(text: str, room: int) -> list[str]:
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > room:
        end = _end(rest, room)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _end(text: str, room: int) -> int:
    """Where a part of at most `room` characters ends."""
    head = text[: room + 1]  # with the character behind, by which the end of a word is known
    sentences = [found.end() for found in _SENTENCE.finditer(head) if found.end() <= room]
    if sentences:
        return sentences[-1]
    words = [found.start() for found in _SPACE.finditer(head)]
    if words:
        return words[-1]
    return next((end for end in range(room, 0, -1) if not _belongs(text, end)), room)


def _belongs(text: str, at: int) -> bool:
    """Whether the character there is drawn with the one before it."""
    before, here = text[at - 1], text[at]
    if unicodedata.category(here).startswith("M") or _JOINER in (before, here) or ord(here) in _SKINS:
        return True
    flags = 0
    while ord(here) in _FLAGS and at - flags > 0 and ord(text[at - flags - 1]) in _FLAGS:
        flags += 1
    return flags % 2 == 1
