"""Every word and phrase of a book in one place: which of them a message has, however many there are."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from rules.automaton import Automaton
from rules.memo import Memo
from rules.phrases import Phrase
from rules.typos import Spellings, may_be_mistyped

Ends: TypeAlias = Mapping[str, int]  # of each phrase that occurs, by its key: the place of its last word, at its first
Symbols: TypeAlias = tuple[int, ...]

_NOWHERE: Ends = MappingProxyType({})


class Vocabulary:
    """The words of a book's phrases, and the phrases themselves."""

    def __init__(self, phrases: Iterable[Phrase] = ()) -> None:
        """`phrases`: every phrase of every rule."""
        different: dict[str, Phrase] = {}
        forgiving: set[str] = set()
        self._symbols: dict[str, int] = {}  # of each word's key
        for phrase in phrases:
            different.setdefault(phrase.key, phrase)
            for word in phrase.words:
                self._symbols.setdefault(word.key, len(self._symbols))
                if word.edits:
                    forgiving.add(word.text)
        self._prefix_lengths = sorted({len(key) - 1 for key in self._symbols if _is_prefix(key)})
        self._keys = tuple(different)
        self._automaton = Automaton([self._symbols[word.key] for word in each.words] for each in different.values())
        self._spellings = Spellings(forgiving)
        self._said = Memo(self._symbols_of)
        self._meanings = Memo(self._meaning)

    def __contains__(self, word: str) -> bool:
        """Whether a phrase has this word, or one with a star that it begins with."""
        return bool(self._said[word])

    def find(self, words: Iterable[str]) -> Ends:
        """Where phrases occur in words in sequence, letter by letter."""
        return self._ends([self._said[word] for word in words])

    def find_meant(self, words: Sequence[str], corrected: Container[str] | None) -> tuple[Ends, Ends]:
        """The same; and where they would occur if typing errors were forgiven in the words that are `corrected`, None
        being all of them."""
        known, literal = self._meanings, self._said
        if corrected is None:
            meant = [known[word][1] for word in words]
        else:
            meant = [known[word][1] if word in corrected else literal[word] for word in words]
        ends = self._ends(meant)
        if not ends:
            return _NOWHERE, _NOWHERE
        said = [known[word][0] for word in words] if corrected is None else [literal[word] for word in words]
        return ends if said == meant else self._ends(said), ends

    def _ends(self, symbols: Sequence[Sequence[int]]) -> Ends:
        keys = self._keys
        return {keys[number]: end for number, end in self._automaton.find(symbols).items()}

    def _symbols_of(self, said: str) -> Symbols:
        """What a word of a message is, letter by letter: itself, and the words with a star that it begins with."""
        keys = [said, *[said[:length] + "*" for length in self._prefix_lengths if length <= len(said)]]
        return tuple([self._symbols[key] for key in keys if key in self._symbols])

    def _meaning(self, said: str) -> tuple[Symbols, Symbols]:
        """What a word is; and what it may be a typing error of, unless the book has it as it is."""
        literal = self._symbols_of(said)
        if literal or not may_be_mistyped(said):
            return literal, literal
        return literal, tuple([self._symbols[word] for word in self._spellings.near(said)])


def _is_prefix(key: str) -> bool:
    return key.endswith("*")
