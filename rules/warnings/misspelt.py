"""Keywords of two rules that are one edit apart: a typing error of the one is taken for the other.

Not all pairs are compared: two words that are one edit apart have the same rest when a letter is taken out of one of
them, or of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain, islice

from rapidfuzz.distance import OSA

from rules.book import Book, Rule
from rules.faults import quoted
from rules.phrases import Phrase
from rules.typos import allowed_edits, is_wordlike, scripts
from rules.warnings.asking import is_live, loose_phrases, who_answers, winner
from rules.warnings.doubt import Doubt, about, answered_by

_MOST_TRIED = 20  # misspelt messages of one keyword

Owners = Mapping[str, Set[str]]  # of each word: the names of its rules


def doubts_about_spelling(book: Book) -> Iterator[Doubt]:
    """One for each pair of rules, at the one whose typing errors the other takes."""
    keywords = [(rule, phrase) for rule in book.rules if is_live(rule) for phrase, _ in loose_phrases(rule)]
    owners: dict[str, set[str]] = {}
    for rule, phrase in keywords:
        for word in phrase.words:
            owners.setdefault(word.text, set()).add(rule.name)
    near = _one_edit_apart([word for word in owners if is_wordlike(word)])
    told: dict[str, set[str]] = {}  # of each rule: its rivals
    for rule, phrase in keywords:
        for place, word in enumerate(phrase.words):
            for other in near.get(word.text, ()) if not word.prefix else ():
                rivals = told.setdefault(rule.name, set())
                if rule.name not in owners[other] and not owners[other] <= rivals:
                    found = _misread(book, rule, phrase, place, other)
                    if found is not None and found[1].name not in rivals:
                        rivals.add(found[1].name)
                        yield _doubt(book, rule, word.text, other, found[1], found[0])


def _doubt(book: Book, rule: Rule, word: str, other: str, rival: Rule, text: str) -> Doubt:
    problem = (
        f"its {quoted(word)} is one edit from {quoted(other)} of rule {quoted(rival.name)} (line {rival.line}), which "
        "takes typing errors of it"
    )
    return about(rule, "near-keywords", problem, answered_by(book, text, rival), text)


def _misread(book: Book, rule: Rule, phrase: Phrase, place: int, other: str) -> tuple[str, Rule] | None:
    """The phrase with a typing error in this word that another rule answers, reading the other word; and that rule."""
    words = [word.text for word in phrase.words]
    if not _completes(book, words, place, other) or winner(book, " ".join(words), {rule.name}) is not rule:
        return None
    for error in islice(_errors(words[place], other), _MOST_TRIED):
        text = " ".join([*words[:place], error, *words[place + 1 :]])
        answered = who_answers(book, text, {rule.name})
        if answered is not None and answered[0] is not rule and error in answered[1].matched.words:
            return text, answered[0]
    return None


def _completes(book: Book, words: Sequence[str], place: int, other: str) -> bool:
    """Whether some phrase would occur by this word: a cheap question before the dear ones."""
    found = book.vocabulary.find([*words[:place], other, *words[place + 1 :]])
    return any(other in key.split(" ") for key in found)


def _errors(word: str, other: str) -> Iterator[str]:
    """Words that are one edit from the first, and may be a typing error of the other."""
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    dropped = (word[:at] + word[at + 1 :] for at in range(len(word)))
    doubled = (word[:at] + word[at] + word[at:] for at in range(len(word)))
    edits = allowed_edits(other)
    for error in dict.fromkeys(chain(swapped, dropped, doubled)):
        if error not in (word, other) and OSA.distance(error, other, score_cutoff=edits) <= edits:
            yield error


def _one_edit_apart(words: Sequence[str]) -> dict[str, list[str]]:
    """Of each word those, in order, that are one edit from it and forgive typing errors."""
    by_rest: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for word in words:
        rests = {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
        for other in dict.fromkeys(other for rest in rests for other in by_rest.get(rest, ())):
            if OSA.distance(word, other, score_cutoff=1) == 1 and scripts(word) == scripts(other):
                if allowed_edits(other):
                    near.setdefault(word, []).append(other)
                if allowed_edits(word):
                    near.setdefault(other, []).append(word)
        for rest in rests:
            by_rest.setdefault(rest, []).append(word)
    return near
