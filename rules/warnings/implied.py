"""Whether a condition of one rule holds whenever another rule does: reasoning that may fail to see it, and is never
wrong where it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from rules.book import Book, Rule
from rules.circumstances import During, FirstMessage, From, Tagged
from rules.conditions import AllHold, Anything, Condition, Either, Media, Pattern
from rules.examples import question_about
from rules.phrase_conditions import AllOf, AnyOf, Exact, NoneOf, Starts
from rules.phrases import Phrase, Word
from rules.warnings.found import Found
from rules.warnings.ways import Said, Way, needs, plain

_AboutText: TypeAlias = AnyOf | AllOf | Starts | Exact | NoneOf


@dataclass(frozen=True, slots=True)
class Reasoner:
    """Reasons about one book."""

    book: Book
    typos: bool = True  # False: as if typing errors were never made
    found: Found | None = None  # with it: as if phrases were always written so, and about what patterns take alone

    def follows(self, condition: Condition, way: Way, upper: Rule) -> bool:
        """Whether the condition of the rule `upper` holds for every message of this way."""
        match plain(condition):
            case AnyOf() | AllOf() | Starts() | Exact() | NoneOf() as text:
                return self._is_known(text, way, upper) or self._follows_text(text, way)
            case Anything():
                return True
            case Either(alternatives):
                return any(self.follows(alternative, way, upper) for alternative in alternatives)
            case AllHold(conditions):
                return all(self.follows(each, way, upper) for each in conditions)
            case Pattern() as pattern if self.found is not None and self.found.is_found(pattern, way):
                return True
            case other:
                return any(_is_same_or_weaker(other, each) for each in way.conditions)

    def above(self, way: Way) -> Iterable[int]:
        """The places of the rules of which the conditions may follow, in order."""
        if self.found is None:
            return self.book.index.filed(needs(self.book, way))
        found = self.found.needs(way)
        return self.book.index.filed(dict.fromkeys((*found, *needs(self.book, way)))) if found else ()

    def _follows_text(self, condition: _AboutText, way: Way) -> bool:
        match condition:
            case AnyOf(phrases) | Starts(phrases):
                at_start = isinstance(condition, Starts)
                return any(self._is_said(phrase, way, at_start=at_start) for phrase in phrases.all)
            case AllOf(several):
                return all(self._is_said(one.all[0], way) for one in several)
            case NoneOf(phrases):
                return all(self._is_unsaid(phrase, way) for phrase in phrases.all)
            case Exact(both):
                return any(self._is_all(phrase, kept, way) for phrase, kept in both)

    def refuses_itself(self, way: Way) -> bool:
        """Whether the rule's own `none` has a phrase that this way says."""
        refused = [each for each in way.conditions if isinstance(each, NoneOf)]
        return any(self._is_said(phrase, way) for none in refused for phrase in none.phrases.all)

    def _is_known(self, condition: Condition, way: Way, upper: Rule) -> bool:
        """Whether the way leaves only one message, but for punctuation, for which the condition holds."""
        whole = next((part for part in way.said if part.at == "whole"), None)
        if whole is None or any(word.prefix for word in whole.words):
            return False
        question = question_about(self.book, whole.phrase.written)
        is_the_message = question.words.tokens == [word.text for word in whole.words]
        return is_the_message and condition.ask(question).holds

    def _is_said(self, phrase: Phrase, way: Way, *, at_start: bool = False) -> bool:
        return any(self._has(part, phrase, at_start=at_start) for part in way.said)

    def _is_unsaid(self, phrase: Phrase, way: Way) -> bool:
        """If the phrase were there for the upper rule, the lower rule's own `none` would have one, too."""
        there = Said(phrase, phrase.words)
        refused = [each for each in way.conditions if isinstance(each, NoneOf)]
        return any(self._has(there, each) for none in refused for each in none.phrases.all)

    def _has(self, part: Said, phrase: Phrase, *, at_start: bool = False) -> bool:
        if at_start and part.at not in ("start", "whole"):
            return False
        if part.at == "kept" and len(phrase.words) > 1:  # skip words may stand between
            return False
        size = len(phrase.words)
        starts = range(1 if at_start and size <= len(part.words) else len(part.words) - size + 1)
        return any(self._are(part.words[start : start + size], phrase.words) for start in starts)

    def _is_all(self, phrase: Phrase, kept: tuple[Word, ...], way: Way) -> bool:
        for part in way.said:
            if part.at == "whole" and self._are(part.words, phrase.words):
                return True
            rest = part.words if part.at == "kept" else part.kept
            if kept and rest and self._are(rest, kept):
                return True
        return False

    def _are(self, words: tuple[Word, ...], wanted: tuple[Word, ...]) -> bool:
        if len(words) != len(wanted):
            return False
        return all(self._is(word, other) for word, other in zip(words, wanted, strict=True))

    def _is(self, word: Word, wanted: Word) -> bool:
        """Whether all that is read as a word of the lower rule is read as this one of the upper. A word of the
        book is a typing error in no rule."""
        forgives = word.edits if self.typos else 0
        if wanted.prefix:
            return word.text.startswith(wanted.text) and not forgives
        if word.prefix or word.text != wanted.text:
            return False
        return wanted.edits >= forgives


def _is_same_or_weaker(wanted: Condition, given: Condition) -> bool:
    match wanted, given:
        case Pattern(), Pattern():
            return wanted.written == given.written
        case Media(), Media():
            return wanted.kinds is None or (given.kinds is not None and set(given.kinds) <= set(wanted.kinds))
        case During(), During():
            return wanted.hours.name == given.hours.name and wanted.inside == given.inside
        case FirstMessage(), FirstMessage():
            return wanted == given
        case Tagged(), Tagged():
            return wanted.wanted == given.wanted and set(wanted.tags) <= set(given.tags)
        case From(), From():
            return all(each.startswith(wanted.prefixes) for each in given.prefixes)
        case _:
            return False
