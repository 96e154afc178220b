"""Text made comparable: `normalise` folds away what people do not mean to distinguish, `tokens` cuts into words.

Phrases of the book and messages of customers go through the same two functions, so neither side can be folded more
than the other. Nothing here knows of rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Before NFKC, which would turn ´ into a space with an accent. Dashes because − is a symbol, and would be a word.
_UNIFIED = str.maketrans(
    dict.fromkeys("’‘‛ʼʻ′´`׳", "'") | dict.fromkeys("‐‑‒–—―−", "-") | {"⁄": "/"},
)
_PLAIN_LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
_PLAIN_ALEF = str.maketrans(dict.fromkeys("أإآٱ", "ا"))

_LATIN_MARKS = re.compile(
    "([a-zß-ɏɐ-ʯḀ-ỿⱠ-Ɀꜣ-ꟿꬰ-ꭩ])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]+",
)
_ARABIC_MARKS = re.compile(  # tatweel, harakat and the signs of the Quran; the hamza stays, it makes another letter
    "[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]+",
)
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")

_ASCII_TOKEN = re.compile(r"[a-z0-9](?:'?[a-z0-9])*|[$+<=>^|~]")
_INNER_APOSTROPHE = re.compile(r"(?<=[^\s'])'(?=[^\s'])")

# Scripts that put no spaces between words: each base character, with its marks, is a word of its own.
_SPACELESS = (
    "\u0e00-\u0e7f\u0e80-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u19e0-\u19ff"  # Burmese, Khmer
    "\u3041-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # Hiragana, Katakana with its long vowel
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u302d\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_THEIR_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\ua9e5\uaa7b-\uaa7d\u17b4-\u17d3\u17dd\u302a-\u302f\u3099\u309a"
)
_SPACELESS_CHARACTER = re.compile(f"([{_SPACELESS}][{_THEIR_MARKS}]*)")

_PASSES = 4  # folding may uncover what folds further; of all characters none needs more than two


def written(text: str) -> str:
    """The text as a pattern sees it: NFC, with each half of a broken surrogate pair replaced by U+FFFD."""
    if text.isascii():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", whole)


def normalise(text: str) -> str:
    """Fold away case, width, accents of Latin letters, marks that do not matter; folding twice changes nothing."""
    if text.isascii():
        return text.lower().replace("`", "'")
    text = written(text)
    for _ in range(_PASSES):
        folded = _fold(text)
        if folded == text:
            break
        text = folded
    return text


def tokens(normalised: str) -> list[str]:
    """The words of a normalised text: runs of letters, marks and digits, or one symbol. An apostrophe inside joins."""
    return [token.replace("'", "") for token in raw_tokens(normalised)]


def raw_tokens(normalised: str) -> list[str]:
    """The same words with their inner apostrophes: each is found in the text as it stands, in this order."""
    if normalised.isascii():
        return _ASCII_TOKEN.findall(normalised)
    text = " ".join(_SPACELESS_CHARACTER.split(normalised)).translate(_SEPARATED)  # split keeps its group
    text = _INNER_APOSTROPHE.sub("\0", text).replace("'", " ").replace("\0", "'")
    words = text.split()
    if all(word[0].isalnum() for word in words):
        return words
    return [word for word in map(_without_leading_marks, words) if word]


def is_mark(character: str) -> bool:
    """Whether it belongs to the character before it."""
    return unicodedata.category(character)[0] == "M"


def changes_looks_only(character: str) -> bool:
    """Format characters, variation selectors, skin tones, keycaps: how a character looks and not what it says."""
    return (
        unicodedata.category(character) == "Cf"
        or character in "\u034f\u20e3"
        or "\u180b" <= character <= "\u180f"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _without_leading_marks(token: str) -> str:
    first = next((place for place, character in enumerate(token) if not is_mark(character)), len(token))
    return token[first:].lstrip("'")


class _Table(dict[int, str]):
    """For `str.translate`: what becomes of each character, worked out when it is first met."""

    def __init__(self, becomes: Callable[[str], str]) -> None:
        super().__init__()
        self._becomes = becomes

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, self._becomes(chr(code)))


def _separated(character: str) -> str:
    kind = unicodedata.category(character)[0]
    if kind in "LMN" or character == "'":
        return character
    return f" {character} " if kind == "S" else " "


_WITHOUT_LOOKS = _Table(lambda character: "" if changes_looks_only(character) else character)
_SEPARATED = _Table(_separated)


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_UNIFIED)).casefold().translate(_WITHOUT_LOOKS)
    text = _LATIN_MARKS.sub(r"\1", unicodedata.normalize("NFD", text)).translate(_PLAIN_LATIN)
    text = unicodedata.normalize("NFC", text)
    text = _ARABIC_MARKS.sub("", text).translate(_PLAIN_ALEF)
    return _FOREIGN_DIGIT.sub(lambda match: str(int(match[0])), text)
