"""Every word and phrase of a book in one place: which of them a message has, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, islice
from typing import TypeAlias

from rules.automaton import Automaton
from rules.memo import Memo
from rules.phrases import Phrase
from rules.typos import SHORTEST_MISTYPED, Spellings, is_wordlike, may_be_mistyped

Ends: TypeAlias = Mapping[str, int]  # of each phrase that occurs, by its key: the place of its last word, at its first
Symbols: TypeAlias = tuple[int, ...]
Meaning: TypeAlias = Callable[[str], Symbols | None]

MOST_CORRECTED = 128  # different words of a message in which typing errors are looked for


class Vocabulary:
    """The words of a book's phrases, and the phrases themselves."""

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        """`phrases`: every phrase of every rule."""
        different: dict[str, Phrase] = {}
        forgiving: dict[str, None] = {}
        self._symbols: dict[str, int] = {}  # of each word's key
        for phrase in phrases:
            different.setdefault(phrase.key, phrase)
            for word in phrase.words:
                self._symbols.setdefault(word.key, len(self._symbols))
                if word.edits:
                    forgiving[word.text] = None
        self._prefix_lengths = sorted({len(key) - 1 for key in self._symbols if _is_prefix(key)})
        self._automaton = Automaton(
            (key, [self._symbols[word.key] for word in phrase.words]) for key, phrase in different.items()
        )
        self._spellings = Spellings(forgiving)
        self._said = Memo(self._symbols_of)
        self._meant = Memo(self._meaning)
        self._of_few = self._said.__getitem__, self._meant.__getitem__

    def __contains__(self, word: str) -> bool:
        """Whether a phrase has this word, or one with a star that it begins with."""
        return bool(self._said[word])

    def find(self, words: Iterable[str]) -> Ends:
        """Where phrases occur in words in sequence, letter by letter."""
        return self._automaton.find([self._said[word] for word in words])

    def find_meant(self, words: Sequence[str]) -> tuple[Ends, Ends]:
        """The same; and where they would occur if typing errors were forgiven."""
        said, meant = self._of_few if len(words) <= MOST_CORRECTED else self._of_many(words)
        searched = list(map(meant, words))
        ends = self._automaton.find(searched)
        if all(map(self._symbols.__contains__, compress(words, searched))):  # none that was found is a typing error
            return ends, ends
        return self._automaton.find(list(map(said, words))), ends

    def _of_many(self, words: Iterable[str]) -> tuple[Meaning, Meaning]:
        """What each of the words is, as said and as meant. Those that the book cannot have are not even looked up."""
        different = dict.fromkeys(words)
        here = different.keys() & self._symbols.keys()
        if self._prefix_lengths:
            here |= {word for word in different if len(word) >= self._prefix_lengths[0]}
        said = {word: self._said[word] for word in here}
        long_enough = (word for word in different if len(word) >= SHORTEST_MISTYPED)
        corrected = islice(filter(is_wordlike, long_enough), MOST_CORRECTED)
        meant = said | {word: self._meant[word] for word in corrected}
        return said.get, meant.get

    def _symbols_of(self, said: str) -> Symbols:
        """What a word of a message is, letter by letter: itself, and the words with a star that it begins with."""
        keys = [said, *[said[:length] + "*" for length in self._prefix_lengths if length <= len(said)]]
        return tuple([self._symbols[key] for key in keys if key in self._symbols])

    def _meaning(self, said: str) -> Symbols:
        """What a word is; or else what it may be a typing error of: never of what the book has as it is."""
        literal = self._symbols_of(said)
        if literal or not may_be_mistyped(said):
            return literal
        return tuple([self._symbols[word] for word in self._spellings.near(said)])


def _is_prefix(key: str) -> bool:
    return key.endswith("*")
