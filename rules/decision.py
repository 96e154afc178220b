"""The decision about one message: the rules are asked in order, and the first that holds answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rules.book import Book, Rule
from rules.conditions import Answer, ask_all
from rules.model import Conversation, Decision, Message, Step
from rules.replies import Reply, choose
from rules.words import Words

_OPTED_OUT = "the sender has opted out"


def decide(book: Book, message: Message, conversation: Conversation, now: datetime) -> Decision:
    """What the book says about the message. Pure: the same arguments always give the same decision.

    `now` is aware; only a hand-off is compared with it yet. Raises nothing, whatever the text.
    """
    if not conversation.opted_out and _is_handed_off(conversation, now):
        reason = f"a person answers until {conversation.handed_off_until:%Y-%m-%d %H:%M %Z}"
        return Decision(silence="handed_off", trace=_not_reached(book.rules, reason))
    winner, answer, trace = first_that_holds(book, message.text, opted_out=conversation.opted_out)
    if winner is None:
        return Decision(silence="opted_out" if conversation.opted_out else "no_rule", trace=trace)
    variant = choose(winner.replies, message.id)
    values = _values(book, variant, answer.groups)
    reply = _sendable(variant, values)
    return Decision(
        rule=winner.name,
        reply=reply,
        silence="no_reply" if reply is None else None,
        matched=answer.matched,
        actions=winner.actions,
        placeholders=values,
        trace=trace,
    )


def first_that_holds(book: Book, text: str, *, opted_out: bool) -> tuple[Rule | None, Answer, tuple[Step, ...]]:
    """The rule that answers the text, or None, with its answer and the trace of every rule in order."""
    words = Words(text, book.skipped, book.vocabulary)
    steps: list[Step] = []
    for place, rule in enumerate(book.rules):
        if opted_out and not rule.opts_in:
            steps.append(Step(rule.name, "no", _OPTED_OUT))
            continue
        answer = ask_all(rule.when, words, rule.name)
        steps.append(Step(rule.name, "answers" if answer.holds else "no", answer.because))
        if answer.holds:
            rest = _not_reached(book.rules[place + 1 :], f'"{rule.name}" above it answers')
            return rule, answer, (*steps, *rest)
    return None, Answer(holds=False, because="no rule holds"), tuple(steps)


def _is_handed_off(conversation: Conversation, now: datetime) -> bool:
    return conversation.handed_off_until is not None and conversation.handed_off_until > now


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
