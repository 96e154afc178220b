"""One message decided by a book, with its trace: the same loader and the same `decide` as when it really comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rules import Book, Decision, Step, decision_json
from rules.as_json import DecisionJson
from rules.examples import question_about
from worker.bookwork.loading import Faults, loaded
from worker.bookwork.trial import Trial, read_time

MOST_STEPS: Final = 100  # of a trace; of a longer one those that the message comes near


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that somebody makes up, and its circumstances."""

    text: str
    at: str = ""  # as `read_time` reads it, in the book's zone; empty is now
    sender: str = "try"
    tags: tuple[str, ...] = ()
    first_message: bool = True
    media: str | None = None

    @property
    def special(self) -> bool:
        """Whether its circumstances are not the usual ones."""
        return self != Asked(self.text)


@dataclass(frozen=True, slots=True)
class Tried:
    """What the book says; or why it cannot be asked."""

    faults: Faults = ()  # of the book, which cannot be asked then
    wrong_time: str | None = None  # what to write instead
    decision: DecisionJson | None = None  # what it says, the trace shortened
    left_out: int = 0  # steps of the trace: rules of which nothing occurs
    told: str = ""  # the circumstances, for a person
    book: str | None = None  # its version


def try_message(data: bytes, name: str, asked: Asked) -> Tried:
    book = loaded(data, name)
    if not isinstance(book, Book):
        return Tried(faults=book)
    try:
        now = read_time(asked.at, book.zone) if asked.at.strip() else None
    except ValueError as error:
        return Tried(wrong_time=str(error), book=book.version)
    trial = Trial(now, asked.sender or "try", frozenset(asked.tags), asked.first_message, asked.media)
    decision = trial.decide(book, asked.text)
    steps = shown_steps(book, asked.text, asked.media, decision, MOST_STEPS)
    told = decision_json(decision._replace(trace=steps))
    return Tried(
        decision=told,
        left_out=len(decision.trace) - len(steps),
        told=trial.told(book),
        book=book.version,
    )


def shown_steps(book: Book, text: str, media: str | None, decision: Decision, most: int) -> Sequence[Step]:
    """The trace; where it is longer than `most`, what the message comes near, up to the rule that answers."""
    if len(decision.trace) <= most:
        return decision.trace
    question = question_about(book, text, media)
    near = {book.rules[place].name for place in book.index.candidates(question)}
    steps = [step for step in decision.trace if step.verdict in ("answers", "shadow") or _is_near(step, near)]
    answers = next((place for place, step in enumerate(steps) if step.verdict == "answers"), len(steps))
    return steps[max(0, answers - most + 1) : answers + 1][:most]


def _is_near(step: Step, near: set[str]) -> bool:
    return step.verdict == "no" and step.rule in near
