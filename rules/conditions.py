"""The conditions of a `when`, one small class a kind: each looks at one message and says yes or no, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from rules.faults import quoted
from rules.model import Matched
from rules.phrases import Phrase, Word
from rules.words import Words

Hit: TypeAlias = tuple[Phrase, range]  # a phrase and the places of its words in the message


@dataclass(frozen=True, slots=True)
class Answer:
    """What one condition says."""

    holds: bool
    because: str
    matched: Matched = field(default_factory=Matched)
    groups: Mapping[str, str] = field(default_factory=dict)  # named groups of a pattern


class Condition(Protocol):
    """One key of a `when`."""

    def ask(self, words: Words, rule: str) -> Answer:
        """Whether it holds for a message; `rule` is the rule that asks."""
        ...


@dataclass(frozen=True, slots=True)
class Exact:
    """The whole message is one of the phrases, as it stands or with the skip words dropped on both sides."""

    phrases: tuple[tuple[Phrase, tuple[Word, ...]], ...]  # each with its words that are no skip words

    def ask(self, words: Words, rule: str) -> Answer:
        whole = list(range(len(words.tokens)))
        for phrase, kept in self.phrases:
            if _is_all(phrase.words, whole, words):
                return _yes("exact", phrase, words, whole)
            if kept and _is_all(kept, words.kept, words):
                return _yes("exact", phrase, words, words.kept)
        return Answer(holds=False, because="exact: the message is none of the phrases")


@dataclass(frozen=True, slots=True)
class Starts:
    """The message begins with one of the phrases."""

    phrases: tuple[Phrase, ...]

    def ask(self, words: Words, rule: str) -> Answer:
        hit = _find(self.phrases, words, rule, only_at_start=True)
        if hit is None:
            return Answer(holds=False, because="starts: the message begins with none of the phrases")
        return _yes("starts", hit[0], words, hit[1])


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the phrases occurs."""

    phrases: tuple[Phrase, ...]

    def ask(self, words: Words, rule: str) -> Answer:
        hit = _find(self.phrases, words, rule)
        if hit is None:
            return Answer(holds=False, because="any: none of the phrases occurs")
        return _yes("any", hit[0], words, hit[1])


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every phrase occurs; reported are the first phrase and the words of all."""

    phrases: tuple[Phrase, ...]

    def ask(self, words: Words, rule: str) -> Answer:
        told: list[str] = []
        said: list[str] = []
        for phrase in self.phrases:
            hit = _find((phrase,), words, rule)
            if hit is None:
                return Answer(holds=False, because=f"all: {quoted(phrase.written)} does not occur")
            told.append(_told(phrase, words, hit[1]))
            said += words.as_written(hit[1])
        return Answer(
            holds=True, because=f"all: {', '.join(told)}", matched=Matched(self.phrases[0].written, tuple(said))
        )


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of the phrases occurs."""

    phrases: tuple[Phrase, ...]

    def ask(self, words: Words, rule: str) -> Answer:
        hit = _find(self.phrases, words, rule)
        if hit is None:
            return Answer(holds=True, because="none: none of the phrases occurs")
        return Answer(holds=False, because=f"none: {_told(hit[0], words, hit[1])} occurs")


@dataclass(frozen=True, slots=True)
class Pattern:
    """The regular expression is found in the message as it was written."""

    written: str
    compiled: Any  # google-re2 ships no types

    def ask(self, words: Words, rule: str) -> Answer:
        match = self.compiled.search(words.text)
        if match is None:
            return Answer(holds=False, because="pattern: it is not found")
        groups = {name: value or "" for name, value in match.groupdict().items()}
        found: str = match.group(0)
        return Answer(
            holds=True,
            because=f"pattern: found {quoted(found)}",
            matched=Matched(self.written, (found,)),
            groups=groups,
        )


@dataclass(frozen=True, slots=True)
class Anything:
    """Always."""

    def ask(self, words: Words, rule: str) -> Answer:
        return Answer(holds=True, because="anything")


def ask_all(conditions: tuple[Condition, ...], words: Words, rule: str) -> Answer:
    """Whether all conditions hold. Reported is the first one that does not; or else all that matched something, with
    what the first of them matched."""
    answers: list[Answer] = []
    for condition in conditions:
        answer = condition.ask(words, rule)
        if not answer.holds:
            return answer
        answers.append(answer)
    telling = [answer for answer in answers if answer.matched.phrase is not None] or answers
    groups = {name: value for answer in answers for name, value in answer.groups.items()}
    because = "; ".join(answer.because for answer in telling)
    return Answer(holds=True, because=because, matched=telling[0].matched, groups=groups)


def _find(phrases: tuple[Phrase, ...], words: Words, rule: str, *, only_at_start: bool = False) -> Hit | None:
    """The first phrase that occurs, and its places. One that is there letter by letter goes before any typing error."""
    for forgiving in (False, True):
        for phrase in phrases:
            if forgiving and not phrase.forgives:
                continue
            start = _first_start(phrase, words, rule if forgiving else None)
            if start is not None and (start == 0 or not only_at_start):
                return phrase, range(start, start + len(phrase.words))
    return None


def _first_start(phrase: Phrase, words: Words, forgiving_for: str | None) -> int | None:
    """Where the phrase first occurs: the places of its words, each moved back to where the phrase would begin."""
    starts: frozenset[int] = frozenset()
    for offset, word in enumerate(phrase.words):
        places = words.places(word) if forgiving_for is None else words.places_nearly(word, forgiving_for)
        starts = starts & {place - offset for place in places} if offset else places
        if not starts:
            return None
    return min(starts)


def _is_all(wanted: tuple[Word, ...], places: list[int], words: Words) -> bool:
    if len(wanted) != len(places):
        return False
    said = (words.tokens[place] for place in places)
    return all(
        token.startswith(word.text) if word.prefix else token == word.text
        for word, token in zip(wanted, said, strict=True)
    )


def _yes(kind: str, phrase: Phrase, words: Words, places: range | list[int]) -> Answer:
    matched = Matched(phrase.written, words.as_written(places))
    return Answer(holds=True, because=f"{kind}: {_told(phrase, words, places)}", matched=matched)


def _told(phrase: Phrase, words: Words, places: range | list[int]) -> str:
    """The phrase and, where a typing error was forgiven, the words it was read from."""
    said = [words.tokens[place] for place in places]
    exact = len(said) != len(phrase.words) or all(
        word.prefix or word.text == token for word, token in zip(phrase.words, said, strict=True)
    )
    if exact:
        return quoted(phrase.written)
    return f"{quoted(phrase.written)} from {quoted(' '.join(words.as_written(places)))}"
