"""What customers wrote, shown to those who may not read it, and fit for a book that others read.

hidden      for whoever may see how people write and not who: every digit is a 0, and of words only those stay that the
            book has or that several people wrote; of the others each letter is an x. Nothing is guessed, so nothing of
            one person alone is shown, in any language
anonymous   for an example in the book: without addresses of any kind, and without what is told to be a name or looks
            like one; figures are others, 1, 2, 3 and so on: a rule that wants the number of an order finds one.
            A name that nothing gives away stays: whoever adds the example reads it first
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from itertools import groupby
from typing import Final

from rules.text import normalise, tokens

_JOINS: Final = "'’_"  # inside a word
_DIGITS: Final = re.compile(r"\d+")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)\S+"  # a page
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # a mailbox
    r"|(?<!\w)@\w[\w.]*"  # somebody's name elsewhere
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|co|me|app|info|biz|de|fr|es|pt|br|in|uk|mx|ar|it|nl|eu)\b\S*",
    re.IGNORECASE,
)
_SAID_TO_BE_ONE: Final = re.compile(
    r"(?:\b(?:my name(?: is|'s|’s)|name(?: is)?:|i am called|call me|this is|je m['’]appelle|mon nom est"
    r"|me llamo|mi nombre es|me chamo|meu nome é|mein name ist|ich hei(?:ß|ss)e|mi chiamo)|मेरा नाम|اسمي)"
    r"[\s:,]+((?:[^\s,.!?;:]+[ \t]*){1,3})",
    re.IGNORECASE,
)
_STOPS: Final = frozenset(("and", "et", "y", "e", "und", "from", "de", "my", "i", "the", "a", "about", "for", "है"))
_BEGINS: Final = re.compile(r"(?:^|[.!?:;\n¿¡…]|\w\))\W*$")  # a sentence: there a capital letter says nothing
_FEW_CAPITALS: Final = 0.5  # of the words; who writes more so writes everything so


def hidden(text: str, known: Container[str]) -> str:
    """For those who may not read it. `known` are words that tell nothing about one person, each as `word_of` has it."""
    pieces = (zeros(piece) if _is_known(piece, known) else _shape(piece) for piece in _pieces(text))
    return "".join(pieces)


def anonymous(text: str, known: Container[str]) -> str:
    """For an example in the book; `known` as above are no names."""
    text = _ADDRESS.sub(lambda found: _shape(found[0]), text)
    text = _SAID_TO_BE_ONE.sub(lambda found: found[0][: -len(found[1])] + _first_words(found[1], known), text)
    return counting(_without_capitals(text, known))


def zeros(text: str) -> str:
    """Each digit a 0."""
    return _DIGITS.sub(lambda run: "0" * len(run[0]), text)


def counting(text: str) -> str:
    """The digits of each run of them 1, 2, 3 and so on."""
    return _DIGITS.sub(lambda run: ("1234567890" * (len(run[0]) // 10 + 1))[: len(run[0])], text)


def word_of(word: str) -> str:
    """A word as the rules compare it."""
    return " ".join(tokens(normalise(word)))


def words_in(text: str) -> set[str]:
    """The words of a text, as the rules compare them; a run of a script without spaces is one."""
    return {word_of(piece) for piece in _pieces(text) if _is_of_word(piece[0])}


def _pieces(text: str) -> Iterator[str]:
    """The words, and what stands between."""
    for _, piece in groupby(text, _is_of_word):
        yield "".join(piece)


def _is_of_word(character: str) -> bool:
    """A letter, a mark, a digit, or what joins them and cannot be seen."""
    return character in _JOINS or unicodedata.category(character)[0] in "LMN" or unicodedata.category(character) == "Cf"


def _is_known(piece: str, known: Container[str]) -> bool:
    """Whether it is a word of these, or none at all; what has digits is somebody's own."""
    if not _is_of_word(piece[0]):
        return True
    return word_of(piece) in known and not any(character.isnumeric() for character in piece)


def _shape(text: str) -> str:
    """An x for each letter, and a 0 for each digit; of marks nothing is left."""
    return "".join(map(_shaped, text))


def _shaped(character: str) -> str:
    match unicodedata.category(character)[0]:
        case "L":
            return "X" if character.isupper() else "x"
        case "N":
            return "0"
        case "M":
            return ""
    return "" if unicodedata.category(character) == "Cf" else character


def _first_words(name: str, known: Container[str]) -> str:
    """A name in place of the words up to the first that is none."""
    done = False
    parts: list[str] = []
    for part in re.split(r"(\s+)", name):
        done = done or part.lower() in _STOPS
        done = done or (bool(part.strip()) and not part[0].isupper() and word_of(part) in known)
        parts.append(part if done else _shape(part))
    return "".join(parts)


def _without_capitals(text: str, known: Container[str]) -> str:
    """Words with a capital letter inside a sentence, where that is not how everything is written."""
    pieces = list(_pieces(text))
    words = [piece for piece in pieces if piece[0].isalpha()]
    capital = [piece for piece in words if piece[0].isupper()]
    if len(capital) > max(1, len(words) * _FEW_CAPITALS):
        return text
    done = ""
    for piece in pieces:
        is_name = piece[0].isupper() and piece != "I" and not _BEGINS.search(done) and word_of(piece) not in known
        done += _shape(piece) if is_name else piece
    return done
