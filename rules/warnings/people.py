"""The way to a person: WhatsApp wants one in every automatic answer, and sends messages to see whether it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rules.book import Book, Rule
from rules.examples import question_about
from rules.faults import quoted
from rules.phrase_conditions import AllOf, AnyOf, Exact, Starts
from rules.phrases import Phrase
from rules.replies import Reply
from rules.warnings.asking import asks_for_text, conditions_of, is_live, is_unconditional, phrases_of, text_of, winner
from rules.warnings.doubt import Doubt, about, answered_by
from rules.warnings.tags import given_tags, may_hold

# Sinch: "How WhatsApp tests the quality of bots", the words with which such a test begins.
PROBE = (
    "Hello, this message is from WhatsApp - we are initiating this conversation to understand the quality of your bot "
    "experience"
)
_NONSENSE = ("Hm, and what about the other thing?", PROBE, "xyzzy", "?!", "0")
_QUOTES = re.compile(
    r"\"([^\"]{1,40})\"|“([^”]{1,40})”|„([^“”]{1,40})[“”]|«([^»]{1,40})»|「([^」]{1,40})」|\*([^*\n]{1,40})\*"
)
_ADDRESS = re.compile(r"\S@\S+\.\S|https?://|\bwww\.|\+?\d[\d ()./-]{5,}\d")  # of mail, a page, or a telephone number


def doubts_about_people(book: Book) -> Iterator[Doubt]:
    """No rule that hands off, or replies where nothing fits that do not say how to reach it."""
    given = given_tags(book)
    people = [rule for rule in book.rules if _hands_off(rule) and may_hold(rule.when, given)]
    fallback = next((rule for rule in book.rules if is_live(rule) and is_unconditional(rule)), None)
    if not people:
        which = "no rule that can fire" if any(map(_hands_off, book.rules)) else "no rule"
        advice = "add one with `then: {hand_off: 4h}`"
        problem = f"{which} hands off to a person, and WhatsApp wants a way to one; {advice}"
        yield about(None, "no-human", problem, answered_by(book, "human", winner(book, "human")), "human")
    elif fallback is not None:
        yield from _tells_no_way(book, fallback, people, fallback)
    first = winner(book, PROBE)
    if people and first is not None and first is not fallback:
        yield from _tells_no_way(book, first, people, fallback)
    if fallback is None:
        yield from _no_fallback(book)


def _hands_off(rule: Rule) -> bool:
    return rule.does("hand_off") and is_live(rule)


def _tells_no_way(book: Book, rule: Rule, people: Sequence[Rule], fallback: Rule | None) -> Iterator[Doubt]:
    """A rule that answers what nobody has thought of, and says nothing with which one gets to a person."""
    lost = next((reply for reply in rule.replies if not _tells_a_way(book, reply, people)), None)
    if rule.does("hand_off") or rule.does("opt_out") or (lost is None and rule.replies):
        return
    advised = [] if lost is None else _quoted(lost)
    what = "everything that no other rule does" if rule is fallback else "WhatsApp's test of bots"
    if advised:
        problem = f"it answers {what}, and nothing that its reply advises to write reaches a person"
        proof = answered_by(book, advised[0], winner(book, advised[0]))
        yield about(rule, "no-way-to-human", problem, proof, advised[0])
        return
    problem = f"it answers {what}, and tells no way to a person; name {_a_word(people)}"
    text = next((each for each in (PROBE, *_NONSENSE) if winner(book, each) is rule), None)
    proof = answered_by(book, text, rule) if text is not None else "other rules answer what was tried"
    yield about(rule, "no-way-to-human", problem, proof, text)


def _tells_a_way(book: Book, reply: Reply, people: Sequence[Rule]) -> bool:
    """Whether something that it advises to write is handed off, or is said in it; or it has an address."""
    text = text_of(reply)
    if _ADDRESS.search(text) or any(_reaches(book, advised) for advised in _quoted(reply)):
        return True
    found = book.vocabulary.find(question_about(book, text).words.tokens)
    return any(phrase.key in found for rule in people for phrase in _wanted(rule))


def _reaches(book: Book, text: str) -> bool:
    first = winner(book, text)
    return first is not None and first.does("hand_off")


def _quoted(reply: Reply) -> list[str]:
    """What stands in quotation marks in a reply, or in bold."""
    return [next(filter(None, match.groups())) for match in _QUOTES.finditer(text_of(reply))]


def _wanted(rule: Rule) -> Iterator[Phrase]:
    for condition in conditions_of(rule.when):
        if isinstance(condition, AllOf | AnyOf | Exact | Starts):
            yield from phrases_of(condition)


def _a_word(people: Sequence[Rule]) -> str:
    written = next((phrase.written for rule in people for phrase in _wanted(rule)), None)
    return "one" if written is None else f"one, such as {quoted(written)}"


def _no_fallback(book: Book) -> Iterator[Doubt]:
    if any(is_live(rule) and not asks_for_text(rule) for rule in book.rules):
        return
    live = {rule.name for rule in book.rules if is_live(rule)}
    text = next((each for each in _NONSENSE if winner(book, each, live) is None), None)
    if text is not None:
        problem = "no rule answers what no other does; add a last one with `when: anything`"
        yield about(None, "no-fallback", problem, answered_by(book, text, None), text)
