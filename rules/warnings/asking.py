"""The book asked what becomes of a message, as its examples are asked: for some rules the hours, the sender and all
that a message does not tell are said to be such that they can answer, for all others such that they cannot."""

from __future__ import annotations

from collections.abc import Container, Iterator

from rules.book import Book, Rule
from rules.circumstances import During, FirstMessage, From, Tagged
from rules.conditions import AllHold, Anything, Condition, Either, Not
from rules.examples import answer_to_example, question_about
from rules.phrase_conditions import AllOf, AnyOf, Exact, NoneOf, Starts
from rules.phrases import Phrase
from rules.question import Answer, Question
from rules.replies import Reply

CIRCUMSTANCES = (During, FirstMessage, From, Tagged)


def who_answers(book: Book, about: str | Question, assumed: Container[str] = ()) -> tuple[Rule, Answer] | None:
    """The rule that answers the text, and by what; `assumed` are the names of the rules that are in luck."""
    question = question_about(book, about) if isinstance(about, str) else about
    for place in book.index.candidates(question):
        rule = book.rules[place]
        answer = answer_to_example(rule, question, is_own=rule.name in assumed)
        if answer.holds:
            return rule, answer
    return None


def winner(book: Book, about: str | Question, assumed: Container[str] = ()) -> Rule | None:
    """The rule that answers the text."""
    answered = who_answers(book, about, assumed)
    return answered[0] if answered else None


def holds(book: Book, rule: Rule, about: str | Question) -> bool:
    """Whether the rule could answer the text if it were asked."""
    question = question_about(book, about) if isinstance(about, str) else about
    return answer_to_example(rule, question, is_own=True).holds


def rival_above(book: Book, about: str | Question, rule: Rule | None) -> Rule | None:
    """The first above the rule that answers somebody, and could answer the text; None stands for the book's end."""
    question = question_about(book, about) if isinstance(about, str) else about
    for place in book.index.candidates(question):
        other = book.rules[place]
        if other is rule:
            return None
        if (other.mode == "live" or (other.mode == "shadow" and other.only_for)) and holds(book, other, question):
            return other
    return None


def is_live(rule: Rule) -> bool:
    """Whether it answers everybody."""
    return rule.mode == "live" and not rule.only_for


def is_unconditional(rule: Rule) -> bool:
    """Whether it is `when: anything`."""
    return all(isinstance(condition, Anything) for condition in rule.when.conditions)


def asks_for_text(rule: Rule) -> bool:
    """Whether its `when` looks at what the message says, or at what it is."""
    return not all(isinstance(condition, (Anything, *CIRCUMSTANCES)) for condition in rule.when.conditions)


def conditions_of(condition: Condition) -> Iterator[Condition]:
    """The condition and all inside it, but for what is inside a `not`."""
    yield condition
    inside = condition.conditions if isinstance(condition, AllHold) else ()
    for each in condition.alternatives if isinstance(condition, Either) else inside:
        yield from conditions_of(each)


def phrases_of(condition: Condition) -> Iterator[Phrase]:
    """Every phrase in a condition, wanted or not."""
    match condition:
        case AnyOf(phrases) | Starts(phrases) | NoneOf(phrases):
            yield from phrases.all
        case AllOf(several):
            yield from (phrase for phrases in several for phrase in phrases.all)
        case Exact(both):
            yield from (phrase for phrase, _ in both)
        case AllHold(inside) | Either(inside):
            for each in inside:
                yield from phrases_of(each)
        case Not(inside):
            yield from phrases_of(inside)
        case _:
            return


def loose_phrases(rule: Rule) -> Iterator[tuple[Phrase, bool]]:
    """Its phrases that are found in a longer message, by `any` or `starts`; and whether they have to begin it."""
    for condition in conditions_of(rule.when):
        if isinstance(condition, AnyOf | Starts):
            yield from ((phrase, isinstance(condition, Starts)) for phrase in condition.phrases.all)


def said(phrase: Phrase) -> str:
    """A phrase as a customer would write it."""
    return phrase.written.replace("*", "")


def text_of(reply: Reply) -> str:
    """The text of a reply, with a space for each placeholder."""
    return "".join(part if isinstance(part, str) else " " for part in reply.parts)
