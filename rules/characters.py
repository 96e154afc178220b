"""What becomes of a single character, whatever stands beside it, and which characters make words.

Tables for `str.translate` know it of every character: a message may have thousands that differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

# Before NFKC, which would turn ´ into a space with an accent, ™ into letters of the word before it, and № into letters
# of the number behind it. Dashes because − is a symbol, and would be a word; the last are letters that look blank.
_UNIFIED = {
    **dict.fromkeys("`’‘‛ʼʻ′´׳", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "⁄": "/",
    "№": " no ",
    **dict.fromkeys("™℠\u2800\u3164\uffa0", " "),
}
_PLAIN_LATIN = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
# Letters that writers of the language take for each other: of Arabic alef with and without hamza, yeh with and without
# its dots, teh at the end and heh, yeh and kaf as an Arabic and as a Persian keyboard has them, and Urdu's heh; of
# Russian ё, which is mostly written е.
_PLAIN_SPELLING = {**dict.fromkeys("أإآٱ", "ا"), "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ہ": "ه", "ё": "е"}

_ACCENT = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]"
ACCENTS = re.compile(  # of Latin and Greek letters: Greeks leave accents away in capitals
    f"{_ACCENT}(?<=[a-zß-ɏɐ-ʯα-ωḀ-ỿⱠ-Ɀꜣ-ꟿꬰ-ꭩ].){_ACCENT}*"  # looked for by the accent: faster than by the letter
)
_SIGNS_IN_WORDS = "\u055b\u055c\u055e"  # Armenian: of a word that is asked, called or stressed
_LEFT_AWAY = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    # Arabic: tatweel, harakat, the signs of the Quran; the hamza stays, it makes another letter. Hebrew: the points.
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    f"{_SIGNS_IN_WORDS}]+",
)
_LOOKS = "\u034f\u20e3\u180b-\u180f\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
_CHANGES_LOOKS = re.compile(f"[{_LOOKS}]")
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")

REGIONAL = "\U0001f1e6-\U0001f1ff"  # two of these letters are a flag
_IS_REGIONAL = re.compile(f"[{REGIONAL}]")

_CASELESS = {"Lo", "So", "Sm", "Sc", "Po", "Pd", "Ps", "Pe", "Co", "Cn"}
_SPECIAL = {*_UNIFIED, *_PLAIN_LATIN, *_PLAIN_SPELLING, *_SIGNS_IN_WORDS}
_BETWEEN = "\0"  # joins with nothing, and nothing becomes of it or it of anything


def is_mark(character: str) -> bool:
    """Whether it belongs to the character before it."""
    return unicodedata.category(character)[0] == "M"


def changes_looks_only(character: str) -> bool:
    """Format characters, variation selectors, skin tones, keycaps: how a character looks and not what it says."""
    return unicodedata.category(character) == "Cf" or _CHANGES_LOOKS.match(character) is not None


def folded(characters: Sequence[str]) -> Sequence[str]:
    """What becomes of each character."""
    changing = may_change(characters)
    if not changing:
        return characters
    becomes = dict(zip(changing, fold_each(changing), strict=True))
    return [becomes.get(character, character) for character in characters]


def may_change(characters: Sequence[str]) -> list[str]:
    """All but the letters and signs without case or parts, as those of most scripts are: nothing becomes of these."""
    kind = unicodedata.category
    composed = unicodedata.normalize("NFKC", _BETWEEN.join(characters)).split(_BETWEEN)
    return [
        character
        for character, same in zip(characters, composed, strict=True)
        if kind(character) not in _CASELESS or character != same or character in _SPECIAL
    ]


def fold_each(characters: Iterable[str]) -> list[str]:
    """The same as `folded`, worked out for every character: all at once, each apart from the others."""
    kind = unicodedata.category
    text, before = _BETWEEN.join([each if kind(each) != "Cf" else "" for each in characters]), ""
    text = _CHANGES_LOOKS.sub("", text)
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", _unified(text)).casefold()
        text = _in_plain_latin(ACCENTS.sub("", unicodedata.normalize("NFD", text)))
        text = _in_plain_spelling(_LEFT_AWAY.sub("", unicodedata.normalize("NFC", text)))
    return _FOREIGN_DIGIT.sub(lambda digit: str(int(digit[0])), text).split(_BETWEEN)


def _replacing(becomes: Mapping[str, str]) -> Callable[[str], str]:
    """As `str.translate`, which is slow where it knows few characters of a text."""
    known = re.compile(f"[{''.join(becomes)}]")
    return lambda text: known.sub(lambda found: becomes[found[0]], text)


_unified, _in_plain_latin, _in_plain_spelling = map(_replacing, (_UNIFIED, _PLAIN_LATIN, _PLAIN_SPELLING))


def separated(character: str) -> str:
    """A character of words as it is, a symbol as a word of its own, with a tab behind it that tells it from a mark,
    anything else as the space between words."""
    kind = unicodedata.category(character)[0]
    if kind in "LMN" or character == "'":
        return character
    if kind == "S":
        return character if _IS_REGIONAL.match(character) else f" {character}\t"
    return " "


FAR = 0x20000  # above all scripts and signs but rare Han, which stay as they are
TAGS = re.compile("[\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]+")  # but for these: nothing becomes of them

# For `str.translate`: what becomes of each character below `FAR`; its code where it stays as it is.
Table: TypeAlias = Sequence[int | str]


@cache
def folding() -> Table:
    """What `folded` makes of each character."""
    nul, *characters = map(chr, _codes())
    return _table([nul, *folded(characters)])


@cache
def separating() -> Table:
    """What `separated` makes of each character."""
    return _table(map(separated, map(chr, _codes())))


def _table(becomes: Iterable[str]) -> Table:
    return [code if each == chr(code) else each for code, each in zip(_codes(), becomes, strict=True)]


@cache
def _codes() -> Sequence[int]:
    """The same objects for all tables: a number takes less than half the room of a character."""
    return list(range(FAR))
