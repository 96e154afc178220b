"""The ways in which a rule can hold: `any` of three phrases holds in three ways, each with something that the message
then says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Literal, TypeAlias

from rules.book import Book, Rule
from rules.circumstances import During, FirstMessage, Tagged
from rules.conditions import AllHold, Condition, Either, Media, Not
from rules.index import Need
from rules.media import KINDS
from rules.phrase_conditions import AllOf, AnyOf, Exact, NoneOf, Starts
from rules.phrases import Phrase, Word
from rules.warnings.asking import CIRCUMSTANCES, said

_MOST_WAYS = 1_000  # of one rule; of one with more nothing is said
At: TypeAlias = Literal["somewhere", "start", "whole", "kept"]


@dataclass(frozen=True, slots=True)
class Said:
    """Words that a message has, one after the other."""

    phrase: Phrase
    words: tuple[Word, ...]
    at: At = "somewhere"  # `whole`: the message is no more; `kept`: it is no more but for skip words, also between
    kept: tuple[Word, ...] = ()  # of a `whole`, where it is known: the words that are no skip words


Part: TypeAlias = Said | Condition
Parts: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True)
class Way:
    """One way in which a rule holds: what is said, and the other conditions that hold then."""

    rule: Rule
    parts: Parts

    @cached_property
    def said(self) -> list[Said]:
        """What the message says."""
        return [part for part in self.parts if isinstance(part, Said)]

    @cached_property
    def conditions(self) -> list[Condition]:
        """What else holds."""
        return [part for part in self.parts if not isinstance(part, Said)]

    @cached_property
    def media(self) -> str | None:
        """What a message of this way may be; None where it may be text alone, or nothing at all."""
        asked = [each for each in self.conditions if isinstance(each, Media)]
        return next((kind for kind in KINDS if all(each.accepts(kind) for each in asked)), None) if asked else None

    @property
    def is_plain(self) -> bool:
        """Whether the rule matches `text` for certain: nothing else is asked of what the message says."""
        return len(self.said) == 1 and all(isinstance(each, CIRCUMSTANCES) for each in self.conditions)

    @property
    def text(self) -> str:
        """A message of this way, if nothing else that it says forbids it."""
        return " ".join(said(part.phrase) for part in self.said)


def ways(book: Book, rule: Rule) -> Iterator[Way]:
    """All of them; none where they are too many."""
    choices = [_choices(book, plain(condition)) for condition in rule.when.conditions]
    if prod(map(len, choices)) <= _MOST_WAYS:
        for chosen in product(*choices):
            yield Way(rule, tuple(part for parts in chosen for part in parts))


def plain(condition: Condition) -> Condition:
    """The same without `not`, where that is easily said."""
    match condition:
        case Not(AllHold((AnyOf(phrases),))):
            return NoneOf(phrases)
        case Not(AllHold((NoneOf(phrases),))):
            return AnyOf(phrases)
        case Not(AllHold((During(hours, inside),))):
            return During(hours, not inside)
        case Not(AllHold((FirstMessage(wanted),))):
            return FirstMessage(not wanted)
        case Not(AllHold((Tagged((tag,), wanted),))):
            return Tagged((tag,), not wanted)
        case _:
            return condition


def needs(book: Book, way: Way) -> Iterator[Need]:
    """What rules that hold whenever this way does may be filed under."""
    for part in way.said:
        yield from (("phrase", key) for key in book.vocabulary.find([word.text for word in part.words]))
        for words in (part.words, part.kept) if part.at in ("whole", "kept") else ():
            yield "message", " ".join(word.text for word in words)
    for condition in way.conditions:
        if (written := getattr(condition, "written", None)) is not None:
            yield "pattern", written


def _choices(book: Book, condition: Condition) -> list[Parts]:
    match condition:
        case AnyOf(phrases):
            return [(Said(phrase, phrase.words),) for phrase in _different(phrases.all)]
        case Starts(phrases):
            return [(Said(phrase, phrase.words, "start"),) for phrase in _different(phrases.all)]
        case AllOf(several):
            return [tuple(Said(one.all[0], one.all[0].words) for one in several)]
        case Exact(both):
            return [(whole,) for phrase, kept in both for whole in _whole(book, phrase, kept)]
        case Either(alternatives):
            return [parts for alternative in alternatives for parts in _together(book, alternative)]
        case AllHold():
            return _together(book, condition)
        case _:
            return [(condition,)]


def _together(book: Book, conditions: AllHold) -> list[Parts]:
    choices = [_choices(book, plain(condition)) for condition in conditions.conditions]
    if prod(map(len, choices)) > _MOST_WAYS:
        return [(conditions,)]
    return [tuple(part for parts in chosen for part in parts) for chosen in product(*choices)]


def _whole(book: Book, phrase: Phrase, kept: tuple[Word, ...]) -> Iterator[Said]:
    """The message as it stands; and with skip words anywhere in it, which that is a case of unless there is a star."""
    has_star = any(word.prefix for word in phrase.words)
    if not book.skipped:
        yield Said(phrase, phrase.words, "whole", kept)
        return
    if has_star or not kept:
        yield Said(phrase, phrase.words, "whole")
    if kept:
        yield Said(phrase, kept, "kept")


def _different(phrases: tuple[Phrase, ...]) -> list[Phrase]:
    return list({phrase.key: phrase for phrase in reversed(phrases)}.values())[::-1]
