"""Text made comparable: `normalise` folds away what people do not mean to distinguish, `tokens` cuts into words.

Phrases of the book and messages of customers go through the same two functions, so neither side can be folded more
than the other. Nothing here knows of rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import islice

# Before NFKC, which would turn ´ into a space with an accent, ™ into letters of the word before it, and № into letters
# of the number behind it. Dashes because − is a symbol, and would be a word; the last are letters that look blank.
_UNIFIED = str.maketrans(
    dict.fromkeys("’‘‛ʼʻ′´`׳", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"⁄": "/", "№": " no "}
    | dict.fromkeys("™℠\u2800\u3164\uffa0", " "),
)
_PLAIN_LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
# Letters that writers of the language take for each other: of Arabic alef with and without hamza, yeh with and without
# its dots, teh at the end and heh, yeh and kaf as an Arabic and as a Persian keyboard has them, and Urdu's heh; of
# Russian ё, which is mostly written е.
_SPELT_ALIKE = {**dict.fromkeys("أإآٱ", "ا"), "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ہ": "ه", "ё": "е"}
_PLAIN_SPELLING = str.maketrans(_SPELT_ALIKE)

_ACCENTED = re.compile(  # Latin and Greek letters: Greeks leave accents away in capitals
    "([a-zß-ɏɐ-ʯα-ωḀ-ỿⱠ-Ɀꜣ-ꟿꬰ-ꭩ])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]+",
)
_LEFT_AWAY = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    # Arabic: tatweel, harakat, the signs of the Quran; the hamza stays, it makes another letter. Hebrew: the points.
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u055b\u055c\u055e]+",  # Armenian: the signs inside a word that is asked, called or stressed
)
_ASCII_TOKEN = re.compile(r"[a-z0-9]+|[$+<=>^|~]")
_ASCII_TOKEN_WITH_APOSTROPHES = re.compile(r"[a-z0-9](?:'?[a-z0-9])*|[$+<=>^|~]")  # slower
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
SPACELESS_LETTER = f"(?![{_THEIR_MARKS}])[{_SPACELESS}]"  # as a regular expression
_IS_SPACELESS = re.compile(SPACELESS_LETTER)
_IS_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
# Around a word that is one letter, until marks and letters that belong together are joined.
_BEGIN, _END = "\1", "\2"
_APART = re.compile(f"{_END}([{_THEIR_MARKS}]+)")
# One syllable with the letter behind them: vowels of Thai and Lao that stand in front, signs that stack in Khmer and
# Burmese. No word begins in its middle.
LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4\u17d2\u1039"
_LED = re.compile(f"([{LEADING}]){_END}{_BEGIN}")
_REGIONAL = "\U0001f1e6-\U0001f1ff"  # two of these letters are a flag
_FLAG = re.compile(f"{_BEGIN}([{_REGIONAL}]){_END}{_BEGIN}([{_REGIONAL}]){_END}")

_HIGHEST = 30  # marks upon each other
_TOWER = re.compile(f"m{{{_HIGHEST + 1},}}")

_PASSES = 4  # folding may uncover what folds further; of all characters none needs more than two
LONGEST_FOLDED = 8192  # characters: a few letters of Arabic and Japanese fold into many


def written(text: str) -> str:
    """The text as a pattern sees it: NFC, with each half of a broken surrogate pair replaced by U+FFFD, and with at
    most 30 marks upon each other: to sort more takes time that grows with their square (UAX #15, Stream-Safe Text)."""
    if text.isascii():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    towers = _TOWER.finditer(whole.translate(_MARKS_THAT_SORT))
    for tower in reversed(list(towers)):
        whole = whole[: tower.start() + _HIGHEST] + whole[tower.end() :]
    return unicodedata.normalize("NFC", whole)


def normalise(text: str) -> str:
    """Fold away case, width, accents of Latin letters, marks that do not matter; folding twice changes nothing."""
    return fold(written(text))


def fold(text: str) -> str:
    """`normalise` for a text that is as `written` makes it."""
    if text.isascii():
        return text.lower().replace("`", "'")
    for _ in range(_PASSES):
        folded = text.translate(_FOLDED)[:LONGEST_FOLDED]
        text = unicodedata.normalize("NFC", _ACCENTED.sub(r"\1", folded))
        if text == folded:  # else letters and marks have come together that fold further
            break
    return text


def tokens(normalised: str) -> list[str]:
    """The words of a normalised text: runs of letters, marks and digits, or one symbol. An apostrophe inside joins."""
    raw = raw_tokens(normalised)
    return [token.replace("'", "") for token in raw] if "'" in normalised else raw


def raw_tokens(normalised: str) -> list[str]:
    """The same words with their inner apostrophes: each is found in the text as it stands, in this order."""
    if normalised.isascii():
        return _ascii_token(normalised).findall(normalised)
    text = normalised.translate(_SEPARATED)
    if _END in text:
        text = _LED.sub(r"\1", _APART.sub(rf"\1{_END}", text))
        text = _FLAG.sub(r" \1\2 ", text).replace(_BEGIN, " ").replace(_END, " ")
    if "'" in text:
        text = _INNER_APOSTROPHE.sub("\0", text).replace("'", " ").replace("\0", "'")
    words = text.split()
    words = [each if each[0].isalnum() or not is_mark(each[0]) else _without_leading_marks(each) for each in words]
    return [word for word in words if word]


def ascii_span(normalised: str, place: int) -> tuple[int, int]:
    """Where in a normalised text of ASCII the word at this place begins and ends."""
    return next(islice(_ascii_token(normalised).finditer(normalised), place, None)).span()


def _ascii_token(normalised: str) -> re.Pattern[str]:
    return _ASCII_TOKEN_WITH_APOSTROPHES if "'" in normalised else _ASCII_TOKEN


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
        return f"{_BEGIN}{character}{_END}" if _IS_SPACELESS.match(character) else character
    if kind == "S":
        return f"{_BEGIN}{character}{_END}" if _IS_REGIONAL.match(character) else f" {character} "
    return " "


def _folded(character: str) -> str:
    """What becomes of one character, whatever stands beside it."""
    return character if is_plain(character) else fold_apart(character)


def is_plain(character: str) -> bool:
    """A letter or a sign without case or parts, as those of most scripts are: nothing becomes of it."""
    if "가" <= character <= "힣":  # its parts are put together again
        return True
    return (
        unicodedata.category(character) in _CASELESS
        and unicodedata.is_normalized("NFKD", character)
        and ord(character) not in _SPECIAL
        and not _LEFT_AWAY.match(character)
    )


def fold_apart(character: str) -> str:
    """The same, worked out in every case."""
    text, before = character, ""
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", text.translate(_UNIFIED)).casefold()
        text = "".join(each for each in text if not changes_looks_only(each))
        text = _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", text)).translate(_PLAIN_LATIN)
        text = _LEFT_AWAY.sub("", unicodedata.normalize("NFC", text)).translate(_PLAIN_SPELLING)
    return "".join(str(int(each)) if each.isdecimal() else each for each in text)


_CASELESS = {"Lo", "So", "Sm", "Sc", "Po", "Pd", "Ps", "Pe"}
_SPECIAL = {*_UNIFIED, *_PLAIN_LATIN, *_PLAIN_SPELLING}
_FOLDED = _Table(_folded)
_MARKS_THAT_SORT = _Table(lambda character: "m" if unicodedata.combining(character) else " ")
_SEPARATED = _Table(_separated)
