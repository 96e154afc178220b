"""Every word and phrase of a book in one place: which of them a message has, however many there are."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache

from rules.automaton import Automaton
from rules.phrases import Phrase
from rules.typos import Spellings, may_be_mistyped

_NOTHING: frozenset[str] = frozenset()
_REMEMBERED = 32_768  # words of messages: a language has not many more in daily use


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
        self._meanings = lru_cache(_REMEMBERED)(self._with_errors)
        self._literal = lru_cache(_REMEMBERED)(self._as_symbols)
        self._spellings = Spellings(forgiving)
        self._near = lru_cache(_REMEMBERED)(self._spellings.near)

    def find(self, said: Sequence[str], corrected: Container[str] | None) -> frozenset[str]:
        """The keys of the phrases that words in sequence have, or would have if typing errors in those that are
        `corrected` were forgiven; None is all of them. No phrase that occurs is missing."""
        symbols = [
            self._meanings(word) if corrected is None or word in corrected else self._literal(word) for word in said
        ]
        if not any(symbols):
            return _NOTHING
        keys = self._keys
        return frozenset([keys[number] for number in self._automaton.find(symbols)])

    def near(self, said: str) -> tuple[str, ...]:
        """The words that one may be a typing error of; none where the book has it as it is."""
        if said in self._symbols or not may_be_mistyped(said) or self.prefixes(said):
            return ()
        return self._near(said)

    def prefixes(self, said: str) -> list[str]:
        """The words with a star that this one begins with, without their stars."""
        beginnings = (said[:length] for length in self._prefix_lengths if length <= len(said))
        return [beginning for beginning in beginnings if beginning + "*" in self._symbols]

    def _with_errors(self, said: str) -> tuple[int, ...]:
        """What a word of a message is, or may have been meant as."""
        return (*self._literal(said), *[self._symbols[word] for word in self.near(said)])

    def _as_symbols(self, said: str) -> tuple[int, ...]:
        """What a word of a message is, letter by letter."""
        keys = [said, *[prefix + "*" for prefix in self.prefixes(said)]] if self._prefix_lengths else [said]
        return tuple([self._symbols[key] for key in keys if key in self._symbols])


def _is_prefix(key: str) -> bool:
    return key.endswith("*")
