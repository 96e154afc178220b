"""Phrases of a book: what an author writes under `any`, `exact` and so on, cut into words ready to compare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from rules.faults import quoted
from rules.keys import closest
from rules.text import normalise, raw_tokens, tokens
from rules.typos import allowed_edits

_LIST = re.compile(r"\{([^{}]*)\}")
_MOST_EXPANDED = 1_000
LONGEST_PHRASE = 4096  # characters: no message is longer
MOST_PHRASES = 200_000  # of one book, when its lists have been put in
_REMEMBERED = 65_536  # words: a book has most of its own many times


class PhraseError(ValueError):
    """The phrase cannot mean anything: `problem` says what is wrong, `advice` what to write instead."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem = problem
        self.advice = advice


class Word(NamedTuple):
    """One word of a phrase."""

    text: str  # normalised
    prefix: bool = False  # written with a star: also every word that begins so
    edits: int = 0  # how many typing errors are forgiven

    @property
    def key(self) -> str:
        """The same for all words that are compared alike, typing errors apart."""
        return self.text + "*" if self.prefix else self.text


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that have to follow each other."""

    written: str  # as the book has it
    words: tuple[Word, ...]
    key: str  # the same for all phrases that are compared alike, typing errors apart

    @property
    def forgives(self) -> bool:
        """Whether any of its words forgives a typing error."""
        return any(word.edits for word in self.words)


def compile_phrase(written: str, *, typos: bool) -> Phrase:
    """Cut a phrase into words. Raises `PhraseError`: nothing to compare, a star out of place."""
    *starred, rest = normalise(written).split("*")
    words: list[Word] = []
    for piece in starred:
        *whole, last = tokens(piece) or [""]
        words += [_word(token, typos) for token in whole]
        words.append(Word(last, prefix=True))
    words += [_word(token, typos) for token in tokens(rest)]
    if not words or starred:
        _refuse(written, normalise(written))
    key = " ".join([word.key for word in words])
    return Phrase(written, tuple(words), written if key == written else key)


class SkipWords:
    """The words that do not count where a phrase has to be the whole message."""

    def __init__(self, phrases: Iterable[tuple[str, ...]] = ()) -> None:
        """`phrases`: each as its words, at least one."""
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in dict.fromkeys(phrases):
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def drop(self, said: Sequence[str]) -> Sequence[int]:
        """Which of the words said remain without them: their indexes. Longer ones are dropped first."""
        if not self._by_first:
            return range(len(said))
        kept: list[int] = []
        at = 0
        while at < len(said):
            alike = (len(skip) for skip in self._by_first.get(said[at], ()) if tuple(said[at : at + len(skip)]) == skip)
            length = max(alike, default=0)
            if not length:
                kept.append(at)
            at += length or 1
        return kept


def expand(written: str, lists: Mapping[str, Sequence[str]]) -> list[str]:
    """The phrase once for each item of each list that it names as `{name}`.

    Raises `PhraseError`: a list that is not known, a brace without a partner, more phrases than anybody means.
    """
    if len(written) > LONGEST_PHRASE:
        raise _too_long(written)
    if "{" not in written and "}" not in written:
        return [written]
    pieces = _LIST.split(written)  # text, name, text, name, ..., text
    if any("{" in text or "}" in text for text in pieces[::2]):
        raise PhraseError(f"phrase {quoted(written)}: a brace has no partner", "write `{name}`, or leave it away")
    choices: list[Sequence[str]] = []
    for place, piece in enumerate(pieces):
        if place % 2 and piece not in lists:
            raise PhraseError(f"phrase {quoted(written)}: no list is called `{piece}`", _known_lists(piece, lists))
        choices.append(lists[piece] if place % 2 else (piece,))
    if prod(map(len, choices)) > _MOST_EXPANDED:
        raise PhraseError(
            f"phrase {quoted(written)} stands for more than {_MOST_EXPANDED:,} phrases", "use fewer lists in it"
        )
    if sum(max(map(len, choice), default=0) for choice in choices) > LONGEST_PHRASE:
        raise _too_long(written)
    return ["".join(chosen) for chosen in product(*choices)]


def _too_long(written: str) -> PhraseError:
    problem = f"phrase {quoted(written)} is longer than {LONGEST_PHRASE} characters"
    return PhraseError(problem, "make it shorter: no message is as long")


def _known_lists(name: str, lists: Mapping[str, Sequence[str]]) -> str:
    if (guess := closest(name, lists)) is not None:
        return f"did you mean `{{{guess}}}`?"
    return f"add `{name}` to `words` at the top of the book, above the lists that use it"


def _refuse(written: str, text: str) -> None:
    if not tokens(text):
        raise PhraseError(
            f"phrase {quoted(written)} has no word in it: punctuation is not compared",
            "write a word, or use `pattern`",
        )
    if any(_is_misplaced(text, place) for place, character in enumerate(text) if character == "*"):
        raise PhraseError(
            f"phrase {quoted(written)}: a star stands only at the end of a word",
            "write `track*`, or use `pattern`",
        )


def _is_misplaced(text: str, star: int) -> bool:
    before = text[:star].rpartition("*")[2]
    words = raw_tokens(before)
    return not words or not before.endswith(words[-1]) or _is_of_a_word(text[star + 1 : star + 2])


def _is_of_a_word(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LMNS"


@lru_cache(_REMEMBERED)
def _word(token: str, typos: bool) -> Word:  # noqa: FBT001
    return Word(token, edits=allowed_edits(token) if typos else 0)
