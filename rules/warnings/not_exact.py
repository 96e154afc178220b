"""Rules that opt out whoever has a word of theirs in a sentence, which may be about anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.book import Book, Rule
from rules.conditions import Pattern
from rules.phrase_conditions import AllOf
from rules.warnings.asking import asks_for_text, conditions_of, loose_phrases, said, winner
from rules.warnings.doubt import Doubt, about, answered_by, some
from rules.warnings.expressions import alternatives

_LONGEST = 2  # words: a longer phrase says what it means also in a sentence
# Messages of people who did not ask to hear no more. Several, since other rules may have a word of one.
_AT_START = ("{} is what the bus driver said", "{} was printed on the label", "{} they shouted, and we laughed")
_ANYWHERE = ("is it far to the {} sign?", "a friend of mine wrote {} on the box", "what does {} mean in your shop?")
_ANYWHERE_ALONE = ("they told me: {}, and I did", "the label says: {}, as you know", "what is: {}, in your shop?")
_OF_ANYBODY = ("is it far to your shop?", "my label is torn", "thank you so much")


def doubt_about_sentences(book: Book, rule: Rule) -> Iterator[Doubt]:
    """What is said of a rule that opts out, with a sentence in which nobody asked it to."""
    if not asks_for_text(rule):
        mention = _first_answered(book, rule, _OF_ANYBODY)
        if mention is not None:
            problem = "it opts out whoever writes anything at all; use `exact`, such as `exact: [stop, unsubscribe]`"
            yield about(rule, "opt-out-not-exact", problem, answered_by(book, mention, rule), mention)
        return
    found: dict[str, str] = {}
    for words, sentences in _mentioned(rule):
        if words not in found and not any(each.casefold() in words.casefold() for each in found):
            mention = _first_answered(book, rule, [sentence.format(words) for sentence in sentences])
            if mention is not None:
                found[words] = mention
    if found:
        mention = next(iter(found.values()))
        problem = f"it opts out whoever writes {some([*found])} in a sentence, whatever it is about; use `exact`"
        yield about(rule, "opt-out-not-exact", problem, answered_by(book, mention, rule), mention)


def _first_answered(book: Book, rule: Rule, messages: Sequence[str]) -> str | None:
    return next((message for message in messages if winner(book, message, {rule.name}) is rule), None)


def _mentioned(rule: Rule) -> Iterator[tuple[str, Sequence[str]]]:
    """What its conditions may be found in, and sentences for it."""
    for phrase, at_start in loose_phrases(rule):
        if len(phrase.words) <= _LONGEST:
            yield said(phrase), _AT_START if at_start else _ANYWHERE
    for condition in conditions_of(rule.when):
        if isinstance(condition, AllOf):
            phrases = [each.all[0] for each in condition.phrases]
            if sum(len(phrase.words) for phrase in phrases) <= _LONGEST:
                yield " ".join(map(said, phrases)), _ANYWHERE
    patterns = [each for each in conditions_of(rule.when) if isinstance(each, Pattern)]
    if patterns:
        yield from ((each.text, _ANYWHERE_ALONE) for each in rule.examples.matches if each.media is None)
    for pattern in patterns:
        yield from ((words, _ANYWHERE_ALONE) for words in _words(pattern) if len(words.split()) <= _LONGEST)


def _words(pattern: Pattern) -> Iterator[str]:
    """Words that the pattern is found in."""
    return (words for words in alternatives(pattern.written) if pattern.search(words) is not None)
