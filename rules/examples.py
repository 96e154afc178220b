"""The examples of a book, run against the whole of it: a rule is right only among the others."""

from __future__ import annotations

from rules.book import Book, Example, Rule
from rules.conditions import Answer
from rules.decision import first_that_holds
from rules.faults import Findings, Place, quoted
from rules.model import Step


def run_examples(book: Book, findings: Findings) -> None:
    """Note every example that does not come out as its rule says; `known_misses` may come out either way."""
    for rule in book.rules:
        notes = findings.of_rule(rule.name)
        for example in rule.examples.matches:
            _run_match(book, rule, example, notes)
        for example in rule.examples.ignores:
            _run_ignore(book, rule, example, notes)


def _run_match(book: Book, rule: Rule, example: Example, findings: Findings) -> None:
    winner, answer, trace = first_that_holds(book, example.text, hush=None)
    if winner is rule:
        return
    if winner is None:
        reason = f"no rule answers; here {_why_not(rule, trace)}"
        advice = "add a phrase, or move the example to `known_misses`"
    else:
        reason = f"rule {quoted(winner.name)} takes it{_by(answer)}"
        advice = "change the phrases or the order of the rules, or move the example to `known_misses`"
    findings.add(_place(example), f"this rule should answer {quoted(example.text)}, but {reason}", advice)


def _run_ignore(book: Book, rule: Rule, example: Example, findings: Findings) -> None:
    winner, answer, _ = first_that_holds(book, example.text, hush=None)
    if winner is rule:
        problem = f"this rule should ignore {quoted(example.text)}, but answers it{_by(answer)}"
        findings.add(_place(example), problem, "change the phrases, or add one to `none`")


def _by(answer: Answer) -> str:
    return f" by {answer.because}"


def _why_not(rule: Rule, trace: tuple[Step, ...]) -> str:
    return next(step.because for step in trace if step.rule == rule.name)


def _place(example: Example) -> Place:
    return Place(example.line, example.column)
