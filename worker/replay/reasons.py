"""Why a book says now what it says: worked out for the changes that are shown, and of one rule alone.

The trace of a decision asks every rule, which in a book of 10,000 takes 10 ms and more; a report may show thousands of
messages.
"""

from __future__ import annotations

from dataclasses import replace

from rules import Book, Step, decide
from rules.index import Index
from worker.replay.comparing import Change
from worker.replay.questions import Question
from worker.replay.shadows import ShadowChange


class Reasons:
    """The reasons of one book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._alone: dict[str, Book] = {}  # each rule that was asked for, in a book of its own with the same words
        self._rules = {rule.name: rule for rule in book.rules}

    def of(self, change: Change) -> str:
        """What the rule that answers found, or else what the rule of then misses."""
        if change.now.rule is not None and (step := self._step(change.now.rule, change.question)) is not None:
            return step.because
        if change.then.rule is None:
            return "no rule holds"
        step = self._step(change.then.rule, change.question)
        return f"the book has no rule {change.then.rule}" if step is None else f"{step.rule}: {step.because}"

    def of_shadow(self, change: ShadowChange) -> str:
        """The same of the first rule that makes it a change."""
        rule = change.rules[0]
        step = self._step(rule, change.question)
        if step is None:
            return f"the book has no rule {rule}"
        if change.kind != "loses_shadow":
            return step.because
        if step.verdict == "answers":
            return f"{rule}: it is in shadow no more"
        if step.verdict == "shadow":  # it would say so again, but is not reached
            question = change.question
            winner = decide(self._book, question.message, question.conversation, question.now).rule
            return f'{rule}: "{winner}" above it answers' if winner else f"{rule}: a rule above it holds"
        return f"{rule}: {step.because}"

    def _step(self, name: str, question: Question) -> Step | None:
        """What the rule says if it is the only one. Whether it holds does not depend on the others."""
        if name not in self._rules:
            return None
        if name not in self._alone:
            rule = self._rules[name]
            self._alone[name] = replace(self._book, rules=(rule,), index=Index([rule.when]))
        return decide(self._alone[name], question.message, question.conversation, question.now).trace[0]
