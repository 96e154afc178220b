"""Whether a condition of one rule holds whenever another rule does: reasoning that may fail to see it, and is never
wrong where it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rapidfuzz.distance import OSA

from rules.book import Book, Rule
from rules.circumstances import During, FirstMessage, From, Tagged
from rules.conditions import AllHold, Anything, Condition, Either, Pattern
from rules.examples import question_about
from rules.phrase_conditions import AllOf, AnyOf, Exact, NoneOf, Starts
from rules.phrases import Phrase, Word
from rules.warnings.asking import phrases_of
from rules.warnings.ways import Said, Way, plain

_AboutText: TypeAlias = AnyOf | AllOf | Starts | Exact | NoneOf


@dataclass(frozen=True, slots=True)
class Reasoner:
    """Reasons about one book."""

    book: Book
    typos: bool = True  # False: as if typing errors were never made

    def follows(self, condition: Condition, way: Way, upper: Rule) -> bool:
        """Whether the condition of the rule `upper` holds for every message of this way."""
        match plain(condition):
            case AnyOf() | AllOf() | Starts() | Exact() | NoneOf() as text:
                return self._is_known(text, way, upper) or self._follows_text(text, way, upper)
            case Anything():
                return True
            case Either(alternatives):
                return any(self.follows(alternative, way, upper) for alternative in alternatives)
            case AllHold(conditions):
                return all(self.follows(each, way, upper) for each in conditions)
            case other:
                return any(_is_same_or_weaker(other, each) for each in way.conditions)

    def _follows_text(self, condition: _AboutText, way: Way, upper: Rule) -> bool:
        match condition:
            case AnyOf(phrases) | Starts(phrases):
                at_start = isinstance(condition, Starts)
                return any(self._is_said(phrase, way, upper, at_start=at_start) for phrase in phrases.all)
            case AllOf(several):
                return all(self._is_said(one.all[0], way, upper) for one in several)
            case NoneOf(phrases):
                return all(self._is_unsaid(phrase, way, upper) for phrase in phrases.all)
            case Exact(both):
                return any(self._is_all(phrase, kept, way, upper) for phrase, kept in both)

    def refuses_itself(self, way: Way) -> bool:
        """Whether the rule's own `none` has a phrase that this way says."""
        refused = [each for each in way.conditions if isinstance(each, NoneOf)]
        return any(self._is_said(phrase, way, way.rule) for none in refused for phrase in none.phrases.all)

    def _is_known(self, condition: Condition, way: Way, upper: Rule) -> bool:
        """Whether the way leaves only one message, but for punctuation, for which the condition holds."""
        whole = next((part for part in way.said if part.at == "whole"), None)
        if whole is None or any(word.prefix for word in whole.words):
            return False
        question = question_about(self.book, whole.phrase.written)
        is_the_message = question.words.tokens == [word.text for word in whole.words]
        return is_the_message and condition.ask(question, upper.name).holds

    def _is_said(self, phrase: Phrase, way: Way, upper: Rule, *, at_start: bool = False) -> bool:
        return any(self._has(part, phrase, way.rule, upper, at_start=at_start) for part in way.said)

    def _is_unsaid(self, phrase: Phrase, way: Way, upper: Rule) -> bool:
        """If the phrase were there for the upper rule, the lower rule's own `none` would have one, too."""
        there = Said(phrase, phrase.words)
        refused = [each for each in way.conditions if isinstance(each, NoneOf)]
        return any(self._has(there, each, upper, way.rule) for none in refused for each in none.phrases.all)

    def _has(self, part: Said, phrase: Phrase, lower: Rule, upper: Rule, *, at_start: bool = False) -> bool:
        if at_start and part.at not in ("start", "whole"):
            return False
        if part.at == "kept" and len(phrase.words) > 1:  # skip words may stand between
            return False
        size = len(phrase.words)
        starts = range(1 if at_start and size <= len(part.words) else len(part.words) - size + 1)
        return any(self._are(part.words[start : start + size], phrase.words, lower, upper) for start in starts)

    def _is_all(self, phrase: Phrase, kept: tuple[Word, ...], way: Way, upper: Rule) -> bool:
        for part in way.said:
            if part.at == "whole" and self._are(part.words, phrase.words, way.rule, upper):
                return True
            rest = part.words if part.at == "kept" else part.kept
            if kept and rest and self._are(rest, kept, way.rule, upper):
                return True
        return False

    def _are(self, words: tuple[Word, ...], wanted: tuple[Word, ...], lower: Rule, upper: Rule) -> bool:
        if len(words) != len(wanted):
            return False
        return all(self._is(word, other, lower, upper) for word, other in zip(words, wanted, strict=True))

    def _is(self, word: Word, wanted: Word, lower: Rule, upper: Rule) -> bool:
        """Whether all that is read as a word of the lower rule is read as this one of the upper."""
        forgives = word.edits if self.typos else 0
        if wanted.prefix:
            return word.text.startswith(wanted.text) and not forgives
        if word.prefix or word.text != wanted.text:
            return False
        if not forgives:
            return True
        return wanted.edits >= forgives and (lower is upper or not self._reads_more(lower, word))

    def _reads_more(self, lower: Rule, word: Word) -> bool:
        """Whether this rule may read as the word what no other does: a word of its own that is nearly the same. To
        every other rule that is another's keyword, and no typing error."""
        for phrase in phrases_of(lower.when):
            for own in phrase.words:
                is_anothers = not own.prefix and self.book.vocabulary.belongs_to_another(own.text, lower.name)
                if not is_anothers and _may_be(own, word):
                    return True
        return False


def _may_be(own: Word, word: Word) -> bool:
    """Whether what begins as `own`, or is it, can be a typing error of the word."""
    if not own.prefix:
        return own.text != word.text and OSA.distance(own.text, word.text, score_cutoff=word.edits) <= word.edits
    beginnings = (word.text[:length] for length in range(len(word.text) + 1))
    return any(OSA.distance(own.text, each, score_cutoff=word.edits) <= word.edits for each in beginnings)


def _is_same_or_weaker(wanted: Condition, given: Condition) -> bool:
    match wanted, given:
        case Pattern(), Pattern():
            return wanted.written == given.written
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
