"""One message made ready for the rules: its words, where they are, and how they were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from itertools import islice

from rules.phrases import SkipWords, Word
from rules.spans import Spans
from rules.text import fold, tokens, written
from rules.typos import SHORTEST_MISTYPED, is_wordlike
from rules.vocabulary import Vocabulary

LONGEST = 4096  # characters of a message that are looked at: WhatsApp's own limit
MOST_CORRECTED = 256  # different words of a message in which typing errors are looked for
_NOWHERE: tuple[int, ...] = ()


class Words:
    """A message as the conditions ask about it. Answers are kept: many rules ask for the same word."""

    def __init__(self, text: str, vocabulary: Vocabulary, skipped: SkipWords) -> None:
        self.text = written(text[:LONGEST])
        self.tokens = tokens(fold(self.text))
        self._skipped = skipped
        self._vocabulary = vocabulary

    @cached_property
    def found(self) -> frozenset[str]:
        """The keys of the book's phrases that may occur; no other does."""
        return self._vocabulary.find(self.tokens, self._corrected)

    def places(self, word: Word) -> Sequence[int]:
        """Where the message has the word itself, or for `track*` one that begins so."""
        return self._begun.get(word.text, _NOWHERE) if word.prefix else self._index.get(word.text, _NOWHERE)

    def places_nearly(self, word: Word) -> Sequence[int]:
        """Where the message has the word or, as far as it forgives, a typing error of it."""
        exact = self.places(word)
        errors = self._errors.get(word.text, ()) if word.edits else ()
        if not errors:
            return exact
        return [*exact, *(place for said in errors for place in self._index[said])]

    @cached_property
    def kept(self) -> Sequence[int]:
        """The places of the words that are left without the skip words."""
        return self._skipped.drop(self.tokens)

    def as_written(self, places: Iterable[int]) -> tuple[str, ...]:
        """These words as the message has them; of scripts without spaces, neighbours make one.

        Where folding changed the text across the borders of characters, so that no place can be told, the folded
        words stand in.
        """
        places = list(places)
        found = [span for span in map(self._spans.of, places) if span is not None]
        if len(found) < len(places):
            return tuple(self.tokens[place] for place in places)
        spans: list[tuple[int, int]] = []
        for start, end in found:
            if spans and spans[-1][1] >= start:
                start = spans.pop()[0]
            spans.append((start, end))
        return tuple(self.text[start:end] for start, end in spans)

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        """The places of each different word."""
        index: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            index.setdefault(token, []).append(place)
        return index

    @cached_property
    def _begun(self) -> dict[str, list[int]]:
        """The places of what begins as a word with a star."""
        begun: dict[str, list[int]] = {}
        for said, places in self._index.items():
            for prefix in self._vocabulary.prefixes(said):
                begun.setdefault(prefix, []).extend(places)
        return begun

    @cached_property
    def _corrected(self) -> Set[str] | None:
        """The words in which typing errors are looked for; None is all of them."""
        if len(self.tokens) <= MOST_CORRECTED:
            return None
        long_enough = (said for said in dict.fromkeys(self.tokens) if len(said) >= SHORTEST_MISTYPED)
        return set(islice(filter(is_wordlike, long_enough), MOST_CORRECTED))

    @cached_property
    def _errors(self) -> dict[str, list[str]]:
        """The typing errors of each word that was meant."""
        errors: dict[str, list[str]] = {}
        for said in self._index if self._corrected is None else self._corrected:
            for word in self._vocabulary.near(said):
                errors.setdefault(word, []).append(said)
        return errors

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.text, self.tokens)
