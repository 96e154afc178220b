"""Opting out: the words that people send to hear no more, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from types import UnionType

from rules.book import Book, Rule
from rules.conditions import Condition
from rules.faults import quoted
from rules.phrase_conditions import AllOf, AnyOf, Exact, Starts
from rules.phrases import Phrase, compile_phrase
from rules.warnings.asking import conditions_of, holds, is_live, phrases_of, said, winner
from rules.warnings.doubt import Doubt, about, answered_by, some
from rules.warnings.not_exact import doubt_about_sentences
from rules.warnings.ways import ways

# The seven of the FCC's rule of 2025, Twilio's defaults, and those of its Proxy for French.
_UNMISTAKABLE = ("stop", "stopall", "stop all", "unsubscribe", "opt out", "optout", "revoke", "arret", "arrete")
_ORDINARY_TOO = ("cancel", "end", "quit")  # in support people say them of orders and contracts


def doubts_about_opting_out(book: Book) -> Iterator[Doubt]:
    """A rule that takes opt-out words from those that opt out, words that opt out where they should not, or no way at
    all."""
    leaving = [rule for rule in book.rules if rule.does("opt_out") and rule.mode == "live"]
    if not any(is_live(rule) for rule in leaving):
        problem = "no rule opts out: who wants to hear no more cannot say so; add one with `then: opt_out`"
        yield about(None, "no-opt-out", problem, answered_by(book, "stop", winner(book, "stop")), "stop")
        return
    taken = [*_taken(book, leaving)]
    yield from taken
    yield from _claimed(book, leaving)
    yield from _in_sentences(book, leaving, {doubt.rule for doubt in taken})
    for rule in leaving:
        yield from doubt_about_sentences(book, rule)


def _taken(book: Book, leaving: list[Rule]) -> Iterator[Doubt]:
    """Words of a rule that opts out which another rule answers before it."""
    taken: dict[str, tuple[Rule, Rule, list[str]]] = {}
    for rule in leaving:
        for way in ways(book, rule):
            first = _first_before(book, rule, way.text) if way.said else None
            if first is not None:
                taken.setdefault(first.name, (first, rule, []))[2].append(way.text)
    for first, rule, texts in taken.values():
        problem = f"it answers {some(texts)} before rule {quoted(rule.name)} (line {rule.line}) can opt out"
        yield about(first, "opt-out-taken", problem, answered_by(book, texts[0], first), texts[0])


def _first_before(book: Book, leaving: Rule, text: str) -> Rule | None:
    """A live rule above that answers the text, at some hour at least."""
    if not holds(book, leaving, text):
        return None
    for rule in book.rules[: book.rules.index(leaving)]:
        if is_live(rule) and holds(book, rule, text):
            return None if rule.does("opt_out") else rule
    return None


def _claimed(book: Book, leaving: list[Rule]) -> Iterator[Doubt]:
    """Known words that no rule opts out by, and that another rule has for a keyword."""
    taken: dict[str, tuple[Rule, list[str]]] = {}
    for word in (*_UNMISTAKABLE, *_ORDINARY_TOO):
        if not any(holds(book, rule, word) for rule in leaving):
            first = winner(book, word)
            if first is not None and not first.does("opt_in") and _has(first, word):
                taken.setdefault(first.name, (first, []))[1].append(word)
    for rule, words in taken.values():
        problem = (
            f"it answers {some(words)}, which people send to hear no more; add it to rule {quoted(leaving[0].name)} "
            f"(line {leaving[0].line}), under `exact`"
        )
        yield about(rule, "opt-out-taken", problem, answered_by(book, words[0], rule), words[0])


def _has(rule: Rule, word: str) -> bool:
    """Whether the word is one of its phrases; one that is ordinary too has to be the whole message there."""
    kinds = Exact if word in _ORDINARY_TOO else Exact | AnyOf | Starts
    key = compile_phrase(word, typos=False).key
    return any(phrase.key == key for phrase in _phrases(rule, kinds))


def _in_sentences(book: Book, leaving: list[Rule], told: Set[str | None]) -> Iterator[Doubt]:
    """Opt-out words of the book that are keywords of other rules, too, also of those below; but for those `told` of."""
    owners = {phrase.key: rule for rule in reversed(leaving) for phrase in _phrases(rule, AnyOf | Exact | Starts)}
    for rule in book.rules:
        if rule.does("opt_out") or rule.does("opt_in") or not is_live(rule) or rule.name in told:
            continue
        found: dict[str, tuple[Rule, str, list[str]]] = {}  # of each rule that opts out: a sentence, and its words
        for phrase in {each.key: each for each in _phrases(rule, AllOf | AnyOf | Starts)}.values():
            owner = owners.get(phrase.key)
            sentence = None if owner is None else _sentence(book, rule, phrase, leaving)
            if owner is not None and sentence is not None:
                found.setdefault(owner.name, (owner, sentence, []))[2].append(said(phrase))
        for owner, sentence, words in found.values():
            which = f"keyword {some(words)} is" if len(words) == 1 else f"keywords {some(words)} are"
            problem = (
                f"its {which} for opting out, by rule {quoted(owner.name)} (line {owner.line}), and here nobody is "
                "opted out; use a longer phrase"
            )
            yield about(rule, "opt-out-keyword", problem, answered_by(book, sentence, rule), sentence)


def _sentence(book: Book, rule: Rule, phrase: Phrase, leaving: Sequence[Rule]) -> str | None:
    """A message with the phrase that the rule answers and that opts nobody out."""
    for way in ways(book, rule):
        if any(part.phrase.key == phrase.key for part in way.said):
            for text in (f"please {way.text}", f"{way.text} please", f"{way.text} this at once"):
                if winner(book, text, {rule.name}) is rule and not any(holds(book, each, text) for each in leaving):
                    return text
    return None


def _phrases(rule: Rule, kinds: type[Condition] | UnionType) -> Iterator[Phrase]:
    """Its phrases in conditions of these kinds."""
    for condition in conditions_of(rule.when):
        if isinstance(condition, kinds):
            yield from phrases_of(condition)
