"""The examples of a book, run against the whole of it: a rule is right only among the others.

An example is a message alone: a text, media, or both. Its own rule is asked as if the hours, the sender and all that
the message does not tell were such that it can answer; every other rule as if they were such that it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from rules.book import Book, Example, Examples, Rule
from rules.faults import Findings, Place, quoted
from rules.model import Conversation, Message
from rules.question import Answer, Question
from rules.words import Words

Kind = Literal["matches", "ignores", "known_misses"]

_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # no condition looks at it


@dataclass(frozen=True, slots=True)
class Result:
    """How one example came out."""

    rule: Rule
    kind: Kind
    example: Example
    winner: Rule | None
    answer: Answer  # the winner's; without one, the rule's own

    @property
    def good(self) -> bool:
        """Whether it is as the rule says; a known miss always is."""
        return self.kind == "known_misses" or (self.winner is self.rule) is (self.kind == "matches")


def run_examples(book: Book) -> Iterator[Result]:
    """Every example of the book, rule by rule."""
    for rule in book.rules:
        examples = Examples() if rule.mode == "off" else rule.examples
        kinds: dict[Kind, tuple[Example, ...]] = {
            "matches": examples.matches,
            "ignores": examples.ignores,
            "known_misses": examples.known_misses,
        }
        for kind, of_kind in kinds.items():
            for example in of_kind:
                yield run_example(book, rule, kind, example)


def run_example(book: Book, rule: Rule, kind: Kind, example: Example) -> Result:
    """One example."""
    question = question_about(book, example.text, example.media)
    for place in book.index.candidates(question):
        other = book.rules[place]
        answer = answer_to_example(other, question, is_own=other is rule)
        if answer.holds:
            return Result(rule, kind, example, other, answer)
    return Result(rule, kind, example, None, answer_to_example(rule, question, is_own=True))


def question_about(book: Book, text: str, media: str | None = None) -> Question:
    """A message without circumstances."""
    message = Message("example", "example", "example", "example", "example", text, _SOME_TIME, _SOME_TIME, media)
    words = Words(text, book.vocabulary, book.skipped)
    return Question(words, message, Conversation(), _SOME_TIME, assumed=False)


def answer_to_example(rule: Rule, question: Question, *, is_own: bool) -> Answer:
    """What a rule says to an example: of itself, or of another rule."""
    if not is_own and (rule.mode != "live" or rule.only_for):
        return Answer(holds=False, reason="it does not answer everybody")
    return rule.when.ask(question.assuming(is_own))


def note_failures(book: Book, findings: Findings) -> None:
    """Note every example that does not come out as its rule says."""
    for result in run_examples(book):
        if not result.good:
            problem, advice = failure(result)
            place = Place(result.example.line, result.example.column)
            findings.of_rule(result.rule.name).add(place, problem, advice)


def failure(result: Result) -> tuple[str, str]:
    """What is wrong with an example that is not good, and what to do."""
    text, answer, winner = result.example.told, result.answer, result.winner
    if result.kind == "ignores":
        problem = f"this rule should ignore {text}, but answers it by {answer.because}"
        return problem, "change the phrases, or add one to `none`"
    if winner is None:
        problem = f"this rule should answer {text}, but no rule answers; here {answer.because}"
        return problem, "add a phrase, or move the example to `known_misses`"
    problem = f"this rule should answer {text}, but rule {quoted(winner.name)} takes it by {answer.because}"
    return problem, "change the phrases or the order of the rules, or move the example to `known_misses`"
