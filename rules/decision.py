"""The decision about one message: the rules are asked in order, and the first that holds answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.book import Book, Rule
from rules.conditions import Answer, ask_all
from rules.model import Conversation, Decision, Message, Step
from rules.replies import Reply, choose
from rules.words import Words


@dataclass(frozen=True, slots=True)
class Hush:
    """Why a conversation is silent, and which rules are asked all the same."""

    silence: Literal["opted_out", "handed_off"]
    because: str  # for the trace
    but_for: str  # the action that a rule must have to be asked
    speaks: bool  # whether such a rule replies, too


def decide(book: Book, message: Message, conversation: Conversation, now: datetime) -> Decision:
    """What the book says about the message. Pure: the same arguments always give the same decision.

    `now` is aware; only a hand-off is compared with it yet. Raises nothing, whatever the text.
    """
    hush = _hush(conversation, now)
    winner, answer, trace = first_that_holds(book, message.text, hush)
    if winner is None:
        return Decision(silence=hush.silence if hush else "no_rule", trace=trace)
    variant = choose(winner.replies, message.id)
    values = _values(book, variant, answer.groups)
    reply = _sendable(variant, values) if not hush or hush.speaks else None
    return Decision(
        rule=winner.name,
        reply=reply,
        silence=None if reply is not None else hush.silence if hush else "no_reply",
        matched=answer.matched,
        actions=winner.actions,
        placeholders=values,
        trace=trace,
    )


def first_that_holds(book: Book, text: str, hush: Hush | None) -> tuple[Rule | None, Answer, tuple[Step, ...]]:
    """The rule that answers the text, or None, with its answer and the trace of every rule in order."""
    words = Words(text, book.skipped, book.vocabulary)
    steps: list[Step] = []
    for place, rule in enumerate(book.rules):
        if hush and not rule.does(hush.but_for):
            steps.append(Step(rule.name, "no", hush.because))
            continue
        answer = ask_all(rule.when, words, rule.name)
        steps.append(Step(rule.name, "answers" if answer.holds else "no", answer.because))
        if answer.holds:
            rest = _not_reached(book.rules[place + 1 :], f'"{rule.name}" above it answers')
            return rule, answer, (*steps, *rest)
    return None, Answer(holds=False, because="no rule holds"), tuple(steps)


def _hush(conversation: Conversation, now: datetime) -> Hush | None:
    if conversation.opted_out:
        return Hush("opted_out", "the sender has opted out", but_for="opt_in", speaks=True)
    until = conversation.handed_off_until
    if until is not None and until > now:
        return Hush("handed_off", f"a person answers until {until:%Y-%m-%d %H:%M %Z}", but_for="opt_out", speaks=False)
    return None


def _not_reached(rules: tuple[Rule, ...], because: str) -> tuple[Step, ...]:
    return tuple(Step(rule.name, "not reached", because) for rule in rules)


def _values(book: Book, variant: Reply | None, groups: Mapping[str, str]) -> dict[str, str]:
    """The named groups of the pattern, and `book` where the reply asks for it."""
    uses_book = variant is not None and "book" in variant.names
    return {**groups, "book": book.name} if uses_book else dict(groups)


def _sendable(variant: Reply | None, values: Mapping[str, str]) -> str | None:
    """The reply's text; None where there is none, or placeholders have left it blank: no provider sends that."""
    text = "" if variant is None else variant.fill(values)
    return text if text.strip() else None
