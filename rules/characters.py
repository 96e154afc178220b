"""What becomes of a single character, whatever stands beside it, and which characters make words.

Each table is worked out as characters are met: all new ones of a text in one go, since a message may have thousands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

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


def separated(characters: Sequence[str]) -> list[str]:
    """Characters of words as they are, symbols as words of their own, anything else as the space between words."""
    return [_separated(character, unicodedata.category(character)[0]) for character in characters]


def _separated(character: str, kind: str) -> str:
    if kind in "LMN" or character == "'":
        return character
    if kind == "S":
        return character if _IS_REGIONAL.match(character) else f" {character} "
    return " "


# Han and Hangul: letters by the thousand that stay as they are. No table has to know them.
_UNTOUCHED = "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0002a6df"
_KNOWN_TO_NONE = re.compile(f"[{_UNTOUCHED}]+")
_TOUCHED = re.compile(f"[^ {_UNTOUCHED}][^{_UNTOUCHED}]*")


_MOST = 50_000  # characters in a table: all that people write, but not all that somebody may send to fill the memory


def of_all_scripts() -> str:
    """The characters of the Basic Multilingual Plane that tables know: all scripts in daily use, and most signs."""
    plane = map(chr, range(0x20, 0xD800))
    return "".join(filter(str.isprintable, _KNOWN_TO_NONE.sub("", "".join(plane))))


class _NotMetError(Exception):
    """A text has characters that a table does not know yet."""


class Table(dict[int, str]):
    """What becomes of each character. Safe to share between threads."""

    def __init__(self, work_out: Callable[[Sequence[str]], Iterable[str]], nul: str) -> None:
        """`nul`: what becomes of U+0000, which stands between the characters that are worked out."""
        super().__init__({0: nul})
        self._nul = nul
        self._work_out = work_out

    def translate(self, text: str) -> str:
        return _TOUCHED.sub(lambda run: self._translate(run[0]), text)

    def _translate(self, text: str) -> str:
        while True:  # another thread may make the table forget what this one needs
            try:
                return text.translate(self)
            except _NotMetError:
                self.learn(text)

    def learn(self, characters: Iterable[str]) -> None:
        """Works out those that are not known yet."""
        if len(self) > _MOST:
            self.clear()
            self[0] = self._nul
        codes = [code for code in set(map(ord, characters)) if code and code not in self]
        if codes:
            self.update(zip(codes, self._work_out(list(map(chr, codes))), strict=True))

    def __missing__(self, code: int) -> str:
        raise _NotMetError  # not a LookupError, which `str.translate` takes for: leave it as it is
