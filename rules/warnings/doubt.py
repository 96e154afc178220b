"""One thing that is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rules.book import Book, Rule
from rules.examples import question_about
from rules.faults import cut, quoted
from rules.media import told
from rules.warnings.asking import rival_above

Kind = Literal[
    "never-fires",
    "after-anything",
    "only-typos",
    "phrase-taken",
    "tag-never-given",
    "double-braces",
    "placeholder-signs",
    "curved-quotes",
    "expression-in-phrase",
    "short-keyword",
    "opt-out-taken",
    "opt-out-keyword",
    "opt-out-not-exact",
    "no-examples",
    "near-keywords",
    "no-human",
    "no-way-to-human",
    "no-opt-out",
    "no-fallback",
    "open-all-night",
]

_SHOWN = 3  # phrases or rules of a list
_LONGEST_MESSAGE = 200  # characters: WhatsApp's test of bots has fewer, and can be tried as it is printed


@dataclass(frozen=True, slots=True)
class Doubt:
    """A warning: what may not be as its author thinks, and a message that shows it."""

    line: int  # where the rule stands in the file; 1 for the whole book
    rule: str | None  # None: the whole book
    kind: Kind  # what is doubtful
    problem: str  # the same, for a person
    proof: str  # a sentence about the message
    message: str | None  # that shows it; None where no text is known that the rule matches
    media: str | None = None  # what that message is besides

    def __str__(self) -> str:
        rule = "" if self.rule is None else f"rule {quoted(self.rule)}: "
        return f"{rule}{self.problem}; {self.proof}"


def about(
    rule: Rule | None, kind: Kind, problem: str, proof: str, message: str | None, media: str | None = None
) -> Doubt:
    """A doubt about a rule, or about the book."""
    return Doubt(rule.line if rule else 1, rule.name if rule else None, kind, problem, proof, message, media)


def answered_by(book: Book, message: str, rule: Rule | None, media: str | None = None) -> str:
    """The sentence that says what becomes of a message, and in what circumstances something else does."""
    text = told_of(message, media)
    if rule is None:
        said = f"{text} is answered by no rule"
    elif rule.mode == "shadow" and not rule.only_for:
        said = f"{text} would be answered by rule {quoted(rule.name)}, which is in shadow"
    else:
        said = f"{text} is answered by rule {quoted(rule.name)}"
    rival = rival_above(book, question_about(book, message, media), rule)
    return f"{said}, unless hours, tags or the sender let rule {quoted(rival.name)} answer" if rival else said


def told_of(message: str, media: str | None) -> str:
    """A message in a sentence, whole where it can be: so it is tried."""
    return told(f'"{cut(" ".join(message.split()), _LONGEST_MESSAGE)}"' if message or media is None else "", media)


def some(texts: Sequence[str]) -> str:
    """The first few of several texts, quoted."""
    shown = ", ".join(quoted(text) for text in texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown} and {len(texts) - _SHOWN:,} more"


def named(rules: Sequence[Rule]) -> str:
    """Rules in a sentence, as its subject: rule "a" (line 3), rules "a" (line 3) and "b" (line 9)."""
    shown = [f"{quoted(rule.name)} (line {rule.line})" for rule in rules[:_SHOWN]]
    if len(rules) > _SHOWN:
        shown.append(f"{len(rules) - _SHOWN:,} more")
    if len(shown) == 1:
        return f"rule {shown[0]}"
    return f"rules {', '.join(shown[:-1])} and {shown[-1]}"
