"""Typing errors: how many a word forgives, and which words of a message are such errors.

Bounded so that nobody is surprised: short words forgive nothing, digits are never wrong, one script is never taken
for another, and a word that another rule is listening for is that word.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

_ONE_FROM = 5  # letters
_TWO_FROM = 8


def allowed_edits(word: str) -> int:
    """How many letters may be inserted, deleted, replaced or swapped with their neighbour in this word: 0, 1 or 2.

    Letters are counted, not their marks: the vowel signs of a Hindi word do not make it long.
    """
    if not is_wordlike(word):
        return 0
    letters = sum(unicodedata.category(character)[0] == "L" for character in word)
    if letters < _ONE_FROM:
        return 0
    return 1 if letters < _TWO_FROM else 2


def is_wordlike(word: str) -> bool:
    """Whether it is made of letters and marks alone: a digit or a symbol is not mistyped but meant."""
    if word.isascii():
        return word.isalpha()
    return all(unicodedata.category(character)[0] in "LM" for character in word)


def scripts(word: str) -> frozenset[str]:
    """The scripts its letters come from, by the first word of their Unicode names: LATIN, GREEK, CYRILLIC."""
    letters = (character for character in word if unicodedata.category(character)[0] == "L")
    return frozenset(unicodedata.name(letter, "?").split(" ", 1)[0] for letter in letters)


class Spellings:
    """The different words of one message, arranged to find those that are nearly a given word."""

    def __init__(self, said: Iterable[str]) -> None:
        self._words = sorted((word for word in said if len(word) >= _ONE_FROM - 1 and is_wordlike(word)), key=len)
        self._lengths = [len(word) for word in self._words]

    def near(self, word: str, edits: int) -> list[str]:
        """The words that become `word` with one to so many edits, all in its script."""
        first = bisect_left(self._lengths, len(word) - edits)
        last = bisect_right(self._lengths, len(word) + edits)
        if first == last:
            return []
        close = process.extract(word, self._words[first:last], scorer=OSA.distance, score_cutoff=edits, limit=None)
        return [said for said, distance, _ in close if distance and scripts(said) == scripts(word)]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word of every phrase of a book, with the rules that use it."""

    words: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, frozenset[str]]  # of words with a star

    def belongs_to_another(self, said: str, rule: str) -> bool:
        """Whether a word of a message is itself a word of a phrase of a rule other than this one."""
        if self.words.get(said, frozenset()) - {rule}:
            return True
        return any(said.startswith(prefix) and rules - {rule} for prefix, rules in self.prefixes.items())
