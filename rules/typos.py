"""Typing errors: how many a word forgives, and which words of the book a word of a message may have been meant as.

Bounded so that nobody is surprised: short words forgive nothing, digits are never wrong, and one script is never taken
for another. Words are found by what is left of them when letters are taken out, on both sides: two words that differ
by so many edits have such a rest in common (W. Garbe's symmetric delete). So the work does not grow with the book.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import chain, combinations
from typing import TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import OSA

_ONE_FROM = 5  # letters
_TWO_FROM = 8
SHORTEST_MISTYPED = _ONE_FROM - 1  # characters of a word of a message
_MOST_EDITS = 2
_CROWD = 32  # words with the same rest: their number decides how long a search may take

_Rests: TypeAlias = "dict[str, str | list[str] | None]"  # None: of a crowd


def allowed_edits(word: str) -> int:
    """How many letters may be inserted, deleted, replaced or swapped with their neighbour in this word: 0, 1 or 2.

    Letters are counted, not their marks: the vowel signs of a Hindi word do not make it long.
    """
    if not is_wordlike(word):
        return 0
    letters = len(word) if word.isascii() else sum(unicodedata.category(character)[0] == "L" for character in word)
    if letters < _ONE_FROM:
        return 0
    return 1 if letters < _TWO_FROM else 2


def is_wordlike(word: str) -> bool:
    """Whether it is made of letters and marks alone: a digit or a symbol is not mistyped but meant."""
    if word.isascii() or word.isalpha():
        return word.isalpha()
    return all(unicodedata.category(character)[0] in "LM" for character in word)


def scripts(word: str) -> frozenset[str]:
    """The scripts its letters come from, by the first word of their Unicode names: LATIN, GREEK, CYRILLIC."""
    letters = (character for character in word if unicodedata.category(character)[0] == "L")
    return frozenset(unicodedata.name(letter, "?").split(" ", 1)[0] for letter in letters)


def may_be_mistyped(said: str) -> bool:
    """Whether a word of a message can be a typing error at all."""
    return len(said) >= SHORTEST_MISTYPED and is_wordlike(said)


class Spellings:
    """Words that forgive typing errors, arranged to find those that a given word may have been meant as."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words` differ. Of a crowd that are alike but for a letter, or at both ends, `_CROWD` are found."""
        # What is left of a word: the words it is left of. Most rests are of one word.
        self._one: _Rests = {}  # of words that forgive one edit
        self._two: _Rests = {}  # of the heads of words that forgive two
        self._tails: _Rests = {}  # of the tails of those whose heads are of a crowd
        self._longest_of_one = 0
        self._letters: set[str] = set()
        for word in words:
            self._letters.update(word)
            edits = allowed_edits(word)
            if edits == 1:
                self._longest_of_one = max(self._longest_of_one, len(word))
                _file(self._one, _rests(word), word, at_most=_CROWD)
            elif edits == 2:
                _file(self._two, _rests_of_two(word), word)
        for word in _crowded(self._two):
            _file(self._tails, _rests_of_two(word[::-1]), word, at_most=_CROWD)

    def near(self, said: str) -> tuple[str, ...]:
        """The words that `said` becomes with as many edits as they forgive and at least one, all in its script.

        `said` is such as may be mistyped.
        """
        if len(set(said) - self._letters) > _MOST_EDITS:  # an edit takes one away: so are most words of other scripts
            return ()
        near: list[str] = []
        if len(said) <= self._longest_of_one + 1:
            words, _ = _collect(self._one, _rests(said))
            near += _within(1, said, words)
        if self._two and len(said) + 2 >= _TWO_FROM:
            words, is_of_a_crowd = _collect(self._two, _rests_of_two(said))
            if is_of_a_crowd:
                words |= _collect(self._tails, _rests_of_two(said[::-1]))[0]
            near += _within(2, said, words)
        return tuple(sorted(near))


def _within(edits: int, said: str, words: set[str]) -> Iterable[str]:
    words.discard(said)
    if not words:
        return ()
    near = process.extract(said, words, scorer=OSA.distance, score_cutoff=edits, limit=None)
    return (word for word, _, _ in near if _alike(word, said))


def _alike(word: str, said: str) -> bool:
    """Whether both are of the same scripts."""
    return (word.isascii() and said.isascii()) or scripts(word) == scripts(said)


def _file(rests: _Rests, left: Iterable[str], word: str, at_most: int | None = None) -> None:
    for rest in set(left):
        known = rests.setdefault(rest, word)
        if isinstance(known, list):
            if at_most is None or len(known) < at_most:
                known.append(word)
        elif known is not None and known is not word:
            rests[rest] = [known, word]


def _crowded(rests: _Rests) -> Iterable[str]:
    """The words of those rests that too many have; these name no words any more."""
    crowds = {rest: known for rest, known in rests.items() if isinstance(known, list) and len(known) > _CROWD}
    rests.update(dict.fromkeys(crowds))
    return dict.fromkeys(chain.from_iterable(crowds.values()))


def _collect(rests: _Rests, left: Iterable[str]) -> tuple[set[str], bool]:
    """The words that have one of the rests, but for those of a crowd; and whether there is one."""
    words: set[str] = set()
    is_of_a_crowd = False
    for rest in filter(rests.__contains__, left):
        known = rests[rest]
        if isinstance(known, str):
            words.add(known)
        elif known is None:
            is_of_a_crowd = True
        else:
            words.update(known)
    return words, is_of_a_crowd


def _rests(word: str) -> Iterable[str]:
    """The word, and what is left of it when one letter is taken out."""
    return chain([word], map("".join, combinations(word, len(word) - 1)))


def _rests_of_two(word: str) -> Iterable[str]:
    """What is left of the head of a long word when two letters are taken out; of a shorter word when it is made as
    short. Each of two edits takes at most one letter from what both heads have in common, so six are left."""
    return map("".join, combinations(word[:_TWO_FROM], _TWO_FROM - _MOST_EDITS))
