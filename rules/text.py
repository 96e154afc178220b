"""Text made comparable: `normalise` folds away what people do not mean to distinguish, `tokens` cuts into words.

Phrases of the book and messages of customers go through the same two functions, so neither side can be folded more
than the other. Nothing here knows of rules.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import islice

from rules.characters import ACCENTS, FAR, REGIONAL, TAGS, folding, separated, separating

_ASCII_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|[$+<=>^|~]")
_SYMBOL = 0  # in the table below: they are words of their own, which no table of bytes can make of them
_ASCII_SEPARATING = bytes(
    ord(becomes) if len(becomes) == 1 else _SYMBOL for becomes in map(separated, map(chr, range(0x80)))
).ljust(0x100)

# Scripts that put no spaces between words: each base character, with its marks, is a word of its own.
_SPACELESS = (
    "\u0e00-\u0e30\u0e32\u0e33\u0e3b-\u0e46\u0e4f-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec7\u0ecf-\u0eff"  # Thai, Lao
    "\u1000-\u102a\u103f-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e"  # Burmese
    "\u1090-\u1099\u109e\u109f\ua9e0-\ua9e4\ua9e6-\ua9ff\uaa60-\uaa7a\uaa7e\uaa7f"
    "\u1780-\u17b3\u17d4-\u17dc\u17de-\u17ff\u19e0-\u19ff"  # Khmer
    "\u3041-\u3098\u309b-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # Hiragana, Katakana with its long vowel
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_THEIR_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\ua9e5\uaa7b-\uaa7d\u17b4-\u17d3\u17dd\u302a-\u302f\u3099\u309a"
)
SPACELESS_LETTER = f"[{_SPACELESS}]"  # as a regular expression
# One syllable with the letter behind them: vowels of Thai and Lao that stand in front, signs that stack in Khmer and
# Burmese. No word begins in its middle.
LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4\u17d2\u1039"
_APART = f"{_SPACELESS}{REGIONAL}"
# Of a text whose characters are `separated`. A mark that no letter stands before is nothing.
_FAR_BETWEEN = re.compile(f"[{chr(FAR)}-\U0010ffff](?<!\\w)")
_HAS_APART_OR_APOSTROPHE = re.compile(f"[{_APART}']")
_LEADING_MARK = re.compile(r"[^\w \t'](?!\t)(?<![^ \t].)")
_WORD = re.compile(
    rf"(?=\S)(?:[^\W{_APART}][^ \t'{_APART}]*(?:'[^ \t'{_APART}]+)*"
    rf"|[{REGIONAL}]{{2}}(?![{_THEIR_MARKS}])"
    rf"|[{_APART}][{_THEIR_MARKS}]*(?:(?<=[{LEADING}])[{_APART}][{_THEIR_MARKS}]*)*"
    r"|\S(?=\t))"
)

_HIGHEST = 30  # marks upon each other
_TOWER = re.compile(rb"[^\0]{%d,}" % (_HIGHEST + 1))
_SAMPLED = 4  # of so many characters one is looked at first
_SAMPLE_OF_TOWER = re.compile(rb"[^\0]{%d}" % ((_HIGHEST + 1) // _SAMPLED))

_PASSES = 4  # folding may uncover what folds further; of all characters none needs more than two
LONGEST_FOLDED = 8192  # characters: a few letters of Arabic and Japanese fold into many


@cache
def prepare() -> None:
    """Works out the tables of characters, which takes some tenths of a second, so that no message has to wait for it.
    A process that answers calls it once."""
    folding()
    separating()


def written(text: str) -> str:
    """The text as a pattern sees it: NFC, with each half of a broken surrogate pair replaced by U+FFFD, and with at
    most 30 marks upon each other: to sort more takes time that grows with their square (UAX #15, Stream-Safe Text)."""
    if text.isascii():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", _without_towers(whole))


def _without_towers(text: str) -> str:
    sorts = unicodedata.combining  # a mark's class, below 256; 0 is no mark that is sorted
    if not _SAMPLE_OF_TOWER.search(bytes(map(sorts, text[::_SAMPLED]))):
        return text
    for tower in reversed(list(_TOWER.finditer(bytes(map(sorts, text))))):
        text = text[: tower.start() + _HIGHEST] + text[tower.end() :]
    return text


def normalise(text: str) -> str:
    """Fold away case, width, accents of Latin letters, marks that do not matter; folding twice changes nothing."""
    return fold(written(text))


def fold(text: str) -> str:
    """`normalise` for a text that is as `written` makes it."""
    if text.isascii():
        return text.lower().replace("`", "'")
    for _ in range(_PASSES):
        apart = ACCENTS.sub("", TAGS.sub("", text).translate(folding())[:LONGEST_FOLDED])
        if apart == text:  # and composed already
            break
        text = unicodedata.normalize("NFC", apart)
        if text == apart:  # else letters and marks have come together that fold further
            break
    return text


def tokens(normalised: str) -> list[str]:
    """The words of a normalised text: runs of letters, marks and digits, or one symbol. An apostrophe inside joins."""
    if normalised.isascii():
        return _ascii_tokens(normalised)
    raw = raw_tokens(normalised)
    return [token.replace("'", "") for token in raw] if "'" in normalised else raw


def _ascii_tokens(normalised: str) -> list[str]:
    # Of two apostrophes none is inside a word; one that is not either stands beside a space that parts as well.
    text = normalised.replace("''", " ").replace("'", "")
    separated = text.encode().translate(_ASCII_SEPARATING)
    return _ASCII_TOKEN.findall(text) if _SYMBOL in separated else separated.decode().split()


def raw_tokens(normalised: str) -> list[str]:
    """The same words with their inner apostrophes: each is found in the text as it stands, in this order."""
    if normalised.isascii():
        return _ASCII_TOKEN.findall(normalised)
    text = _FAR_BETWEEN.sub(" ", normalised.translate(separating()))
    if _HAS_APART_OR_APOSTROPHE.search(text) or _LEADING_MARK.search(text):
        return _WORD.findall(text)
    return text.split()


def ascii_span(normalised: str, place: int) -> tuple[int, int]:
    """Where in a normalised text of ASCII the word at this place begins and ends."""
    return next(islice(_ASCII_TOKEN.finditer(normalised), place, None)).span()
