"""Single rules: keywords that are too short, and rules of which no example shows what they do."""

from __future__ import annotations

from collections.abc import Iterator

from rules.book import Book, Rule
from rules.faults import quoted
from rules.phrases import Phrase
from rules.typos import is_wordlike, scripts
from rules.warnings.asking import holds, loose_phrases, said, winner
from rules.warnings.doubt import Doubt, about, answered_by, some
from rules.warnings.ways import ways

_SHORT = 2  # letters or digits
# Scripts that spell a word letter by letter. Two signs of another are often a whole word: 환불, 退款, घर.
_ALPHABETS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC"})


def doubts_about_keywords(book: Book) -> Iterator[Doubt]:
    """Keywords that are too short, and rules without examples."""
    for rule in book.rules:
        if rule.mode != "off":
            yield from _short(book, rule)
            yield from _no_examples(book, rule)


def _short(book: Book, rule: Rule) -> Iterator[Doubt]:
    """Keywords that may stand in messages about something else; those that do are told."""
    mentions = {
        said(phrase): f"{said(phrase)} something else" if at_start else f"something about {said(phrase)}, maybe"
        for phrase, at_start in loose_phrases(rule)
        if _is_short(phrase)
    }
    short = [keyword for keyword, mention in mentions.items() if winner(book, mention, {rule.name}) is rule]
    if short:
        which = f"keyword {some(short)} is" if len(short) == 1 else f"keywords {some(short)} are"
        problem = f"the {which} so short that many messages have {'it' if len(short) == 1 else 'them'}; use `exact`"
        mention = mentions[short[0]]
        yield about(rule, "short-keyword", problem, answered_by(book, mention, rule), mention)


def _is_short(phrase: Phrase) -> bool:
    word = phrase.words[0]
    if len(phrase.words) > 1 or len(word.text) > _SHORT:
        return False
    return word.text.isdecimal() or (is_wordlike(word.text) and scripts(word.text) <= _ALPHABETS)


def _no_examples(book: Book, rule: Rule) -> Iterator[Doubt]:
    if rule.examples:
        return
    way = next(ways(book, rule), None)
    text = way.text if way is not None and way.said and (way.is_plain or holds(book, rule, way.text)) else None
    proof = "nothing shows what it is for" if text is None else f"nothing says whether it should answer {quoted(text)}"
    yield about(rule, "no-examples", "it has no examples", proof, text)
