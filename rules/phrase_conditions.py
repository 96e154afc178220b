"""The conditions that look for phrases, one small class a kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rules.faults import quoted
from rules.model import Matched
from rules.phrases import Phrase, Word
from rules.question import Answer, Question
from rules.words import Words

Hit: TypeAlias = tuple[Phrase, range]  # a phrase and the places of its words in the message


class Phrases:
    """The phrases of one condition, in order; those that may occur in a message are found at once."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        """`phrases`: of two that compare alike the first is the one that is told."""
        self.all = tuple(phrases)
        self._order: dict[str, int] = {}
        for place, phrase in enumerate(self.all):
            self._order.setdefault(phrase.key, place)

    @property
    def keys(self) -> Sequence[str]:
        """The different keys, in order."""
        return tuple(self._order)

    def find(self, words: Words, *, only_at_start: bool = False) -> Hit | None:
        """The first phrase that occurs, and its places. One that is there letter by letter goes before any typing
        error."""
        candidates = [self.all[place] for place in sorted(self._order[key] for key in self._order.keys() & words.found)]
        for forgiving in (False, True):
            for phrase in candidates:
                if forgiving and not phrase.forgives:
                    continue
                start = _first_start(phrase, words, forgiving=forgiving)
                if start is not None and (start == 0 or not only_at_start):
                    return phrase, range(start, start + len(phrase.words))
        return None


@dataclass(frozen=True, slots=True)
class Exact:
    """The whole message is one of the phrases, as it stands or with the skip words dropped on both sides."""

    phrases: tuple[tuple[Phrase, tuple[Word, ...]], ...]  # each with its words that are no skip words

    def ask(self, question: Question) -> Answer:
        words = question.words
        whole = range(len(words.tokens))
        for phrase, kept in self.phrases:
            if _is_all(phrase.words, whole, words):
                return _yes("exact", phrase, words, whole)
            if kept and _is_all(kept, words.kept, words):
                return _yes("exact", phrase, words, words.kept)
        return Answer(holds=False, because="exact: the message is none of the phrases")


@dataclass(frozen=True, slots=True)
class Starts:
    """The message begins with one of the phrases."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words, only_at_start=True)
        if hit is None:
            return Answer(holds=False, because="starts: the message begins with none of the phrases")
        return _yes("starts", hit[0], question.words, hit[1])


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the phrases occurs."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words)
        if hit is None:
            return Answer(holds=False, because="any: none of the phrases occurs")
        return _yes("any", hit[0], question.words, hit[1])


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every phrase occurs; reported are the first phrase and the words of all."""

    phrases: tuple[Phrases, ...]  # each of one phrase

    def ask(self, question: Question) -> Answer:
        words = question.words
        told: list[str] = []
        said: list[str] = []
        for one in self.phrases:
            hit = one.find(words)
            if hit is None:
                return Answer(holds=False, because=f"all: {quoted(one.all[0].written)} does not occur")
            told.append(_told(hit[0], words, hit[1]))
            said += words.as_written(hit[1])
        matched = Matched(self.phrases[0].all[0].written, tuple(said))
        return Answer(holds=True, because=f"all: {', '.join(told)}", matched=matched)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of the phrases occurs."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words)
        if hit is None:
            return Answer(holds=True, because="none: none of the phrases occurs")
        return Answer(holds=False, because=f"none: {_told(hit[0], question.words, hit[1])} occurs")


def _first_start(phrase: Phrase, words: Words, *, forgiving: bool) -> int | None:
    """Where the phrase first occurs: the places of its words, each moved back to where the phrase would begin."""
    starts: Collection[int] = ()
    for offset, word in enumerate(phrase.words):
        places = words.places_nearly(word) if forgiving else words.places(word)
        starts = {place - offset for place in places}.intersection(starts) if offset else places
        if not starts:
            return None
    return min(starts)


def _is_all(wanted: tuple[Word, ...], places: Sequence[int], words: Words) -> bool:
    if len(wanted) != len(places):
        return False
    said = (words.tokens[place] for place in places)
    return all(
        token.startswith(word.text) if word.prefix else token == word.text
        for word, token in zip(wanted, said, strict=True)
    )


def _yes(kind: str, phrase: Phrase, words: Words, places: Sequence[int]) -> Answer:
    matched = Matched(phrase.written, words.as_written(places))
    return Answer(holds=True, because=f"{kind}: {_told(phrase, words, places)}", matched=matched)


def _told(phrase: Phrase, words: Words, places: Sequence[int]) -> str:
    """The phrase and, where a typing error was forgiven, the words it was read from."""
    said = [words.tokens[place] for place in places]
    exact = len(said) != len(phrase.words) or all(
        word.prefix or word.text == token for word, token in zip(phrase.words, said, strict=True)
    )
    if exact:
        return quoted(phrase.written)
    return f"{quoted(phrase.written)} from {quoted(' '.join(words.as_written(places)))}"
