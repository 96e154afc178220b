"""The conditions that look for phrases, one small class a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rules.faults import quoted
from rules.model import Lazy, Matched
from rules.phrases import Phrase, Word
from rules.question import Answer, Question
from rules.words import Words

Hit: TypeAlias = tuple[Phrase, Sequence[int]]  # a phrase and the places of its words in the message


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
        order = self._order
        for ends in words.readings:
            here = ends if len(ends) < len(order) else ends.keys() & order.keys()  # mostly one occurs or two
            for number in sorted([order[key] for key in here if key in order]):
                phrase = self.all[number]
                end = ends[phrase.key] + 1
                start = end - len(phrase.words)
                if (start == 0 or not only_at_start) and (ends is words.said or phrase.forgives):
                    return phrase, range(start, end)
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
                return _yes("exact", [(phrase, whole)], words)
            if kept and _is_all(kept, words.kept, words):
                return _yes("exact", [(phrase, words.kept)], words)
        return Answer(holds=False, reason="exact: the message is none of the phrases")


@dataclass(frozen=True, slots=True)
class Starts:
    """The message begins with one of the phrases."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words, only_at_start=True)
        if hit is None:
            return Answer(holds=False, reason="starts: the message begins with none of the phrases")
        return _yes("starts", [hit], question.words)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the phrases occurs."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words)
        if hit is None:
            return Answer(holds=False, reason="any: none of the phrases occurs")
        return _yes("any", [hit], question.words)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every phrase occurs; reported are the first phrase and the words of all."""

    phrases: tuple[Phrases, ...]  # each of one phrase

    def ask(self, question: Question) -> Answer:
        words = question.words
        hits: list[Hit] = []
        for one in self.phrases:
            hit = one.find(words)
            if hit is None:
                return Answer(holds=False, reason=f"all: {quoted(one.all[0].written)} does not occur")
            hits.append(hit)
        return _yes("all", hits, words)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of the phrases occurs."""

    phrases: Phrases

    def ask(self, question: Question) -> Answer:
        hit = self.phrases.find(question.words)
        if hit is None:
            return Answer(holds=True, reason="none: none of the phrases occurs")
        words, found = question.words, hit
        return Answer(holds=False, reason=lambda: f"none: {_told(found, words)} occurs")


def _is_all(wanted: tuple[Word, ...], places: Sequence[int], words: Words) -> bool:
    if len(wanted) != len(places):
        return False
    said = (words.tokens[place] for place in places)
    return all(
        token.startswith(word.text) if word.prefix else token == word.text
        for word, token in zip(wanted, said, strict=True)
    )


def _yes(kind: str, hits: Sequence[Hit], words: Words) -> Answer:
    """It holds by these; reported are the first phrase and the words of all."""
    said = Lazy(lambda: (word for _, places in hits for word in words.as_written(places)))
    return Answer(
        holds=True,
        reason=lambda: f"{kind}: {', '.join(_told(hit, words) for hit in hits)}",
        matched=Matched(hits[0][0].written, said),
    )


def _told(hit: Hit, words: Words) -> str:
    """The phrase and, where a typing error was forgiven, the words it was read from."""
    phrase, places = hit
    said = [words.tokens[place] for place in places]
    exact = len(said) != len(phrase.words) or all(
        word.prefix or word.text == token for word, token in zip(phrase.words, said, strict=True)
    )
    if exact:
        return quoted(phrase.written)
    return f"{quoted(phrase.written)} from {quoted(' '.join(words.as_written(places)))}"
