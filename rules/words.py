"""One message made ready for the rules: its words, where they are, and how they were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rules.phrases import Word, without
from rules.text import changes_looks_only, is_mark, normalise, raw_tokens, tokens, written
from rules.typos import Spellings, Vocabulary

LONGEST = 4096  # characters of a message that are looked at: WhatsApp's own limit
_NOWHERE: frozenset[int] = frozenset()


class Words:
    """A message as the conditions ask about it. Answers are kept: many rules ask for the same word."""

    def __init__(
        self, text: str, skipped: Sequence[tuple[str, ...]] = (), vocabulary: Vocabulary | None = None
    ) -> None:
        self.text = written(text[:LONGEST])
        self.tokens = tokens(normalise(self.text))
        self._skipped = skipped
        self._vocabulary = vocabulary
        self._near: dict[str, list[str]] = {}  # typing errors by the word that was meant

    def places(self, word: Word) -> frozenset[int]:
        """Where the message has the word itself, or for `track*` one that begins so."""
        if not word.prefix:
            return self._index.get(word.text, _NOWHERE)
        return _NOWHERE.union(*(at for said, at in self._index.items() if said.startswith(word.text)))

    def places_nearly(self, word: Word, rule: str) -> frozenset[int]:
        """Where the message has the word or, as far as it forgives, a typing error of it."""
        exact = self.places(word)
        if not word.edits:
            return exact
        errors = self._near.get(word.text)
        if errors is None:
            errors = self._near[word.text] = self._spellings.near(word.text, word.edits)
        if not errors:
            return exact
        return exact.union(*(self._index[said] for said in errors if not self._taken(said, rule)))

    @cached_property
    def kept(self) -> list[int]:
        """The places of the words that are left without the skip words."""
        return without(self._skipped, self.tokens)

    def as_written(self, places: Iterable[int]) -> tuple[str, ...]:
        """These words as the message has them; of scripts without spaces, neighbours make one.

        Where folding changed the text across the borders of characters, so that no place can be told, the folded
        words stand in.
        """
        if self._spans is None:
            return tuple(self.tokens[place] for place in places)
        spans: list[tuple[int, int]] = []
        for place in places:
            start, end = self._spans[place]
            if spans and spans[-1][1] >= start:
                start = spans.pop()[0]
            spans.append((start, end))
        return tuple(self.text[start:end] for start, end in spans)

    @cached_property
    def _index(self) -> dict[str, frozenset[int]]:
        index: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            index.setdefault(token, []).append(place)
        return {token: frozenset(places) for token, places in index.items()}

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self._index)

    @cached_property
    def _spans(self) -> list[tuple[int, int]] | None:
        return spans(self.text, self.tokens)

    def _taken(self, said: str, rule: str) -> bool:
        return self._vocabulary is not None and self._vocabulary.belongs_to_another(said, rule)


def spans(text: str, expected: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where in a text its tokens begin and end, or None where folding it character by character gives others."""
    folded, origins = _folded(text)
    found: list[tuple[int, int]] = []
    at = 0
    for raw in raw_tokens(folded):
        at = folded.index(raw, at)
        found.append((origins[at][0], origins[at + len(raw) - 1][1]))
        at += len(raw)
    return found if tokens(folded) == list(expected) else None


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text folded character by character, and for each character of it the span that it came from."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end in _characters(text):
        piece = normalise(text[start:end])
        pieces.append(piece)
        origins += [(start, end)] * len(piece)
    return "".join(pieces), origins


def _characters(text: str) -> list[tuple[int, int]]:
    """Spans of what a reader takes for one character: a base with its marks and modifiers."""
    starts = [
        place
        for place, character in enumerate(text)
        if character.isascii() or not (is_mark(character) or changes_looks_only(character))
    ]
    if text and (not starts or starts[0]):
        starts.insert(0, 0)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
