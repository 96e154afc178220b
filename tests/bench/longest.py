"""Messages of 4,096 characters, each hard in its own way."""

from __future__ import annotations

import random
import string
import sys

from rules.words import LONGEST

_RANDOM = random.Random(2)  # noqa: S311
# Letters within others: of China as Korea and Taiwan had them, Arabic as it is joined, wide and narrow ones, those of
# formulas, in circles and in squares.
_SIGNS = [*range(0xF900, 0x10000), *range(0x1D400, 0x1D800), *range(0x1F100, 0x1F260), *range(0x2F800, 0x2FA1E)]


def _words(letters: str, shortest: int = 2, longest: int = 9, between: str = " ") -> str:
    said = ("".join(_RANDOM.choices(letters, k=_RANDOM.randint(shortest, longest))) for _ in range(LONGEST))
    return between.join(said)[:LONGEST]


def _characters(first: int, last: int) -> str:
    return "".join(chr(_RANDOM.randrange(first, last)) for _ in range(LONGEST))


def longest_messages() -> dict[str, str]:
    """What they are made of, and the text."""
    ascii_letters = string.ascii_lowercase
    return {
        "words of Latin letters": _words(ascii_letters),
        "words that may each be a typing error": _words(ascii_letters, 8, 8),
        "words of one letter": " ".join(_RANDOM.choices(ascii_letters, k=LONGEST // 2)),
        "one word": "a" * LONGEST,
        "accents": _words("abcdeéèàçùêôiïlmnoprstu"),
        "Cyrillic": _words("абвгдежзийклмнопрстуфхцчшщъыьэюяё"),
        "Arabic with its marks": _words("ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآًٌٍَُِّْـ"),
        "Devanagari": _words("अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसहािीुूेैोौं्"),
        "Han": _characters(0x4E00, 0x9FFF),
        "Hangul": _characters(0xAC00, 0xD7A3),
        "kana of half width": _words("ｱｲｳｴｵｶｷｸｹｺﾞﾟｰ", between=""),
        "Thai": _words("กขคฆงจฉชซฌญฎฏฐณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮะาิีึืุูเแโใไ่้๊๋", between=""),
        "emoji": _words("🎁👍🏽❤\ufe0f😀🎉👩\u200d👧🇩🇪", between=""),
        "symbols": _words("+<>=$~^|", between=""),
        "apostrophes": "a’" * (LONGEST // 2),
        "towers of marks": "".join("e" + "\u0301\u0323" * 127 + "x" for _ in range(16)),
        "marks out of order": "\u0301" * (LONGEST // 2) + "\u0323" * (LONGEST // 2),
        "ligatures of many letters": "ﷺ" * LONGEST,
        "half surrogates": "\ud800\udc00x" * (LONGEST // 3),
        "any characters": _characters(0x20, 0x2FFF),
        "characters of any plane": _characters(0x20, sys.maxunicode + 1),
        "signs that fold, each another": "".join(map(chr, _SIGNS))[:LONGEST],
    }
