"""The decision about one message: the rules are asked in order, and the first live one that holds answers.

Rules that cannot hold for the message's text are not asked at all (`index.py`); the trace asks them, if it is looked
at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from rules.book import Book, Rule
from rules.hours import local_time
from rules.model import Conversation, Decision, Lazy, Message, Shadow, Silence, Step
from rules.question import Answer, Question
from rules.replies import Reply, choose
from rules.sayings import say_date, say_hours, say_next_open, say_time
from rules.senders import plain
from rules.words import Words


@dataclass(frozen=True, slots=True)
class Hush:
    """Why a conversation is silent, and which rules act all the same."""

    silence: Literal["opted_out", "handed_off"]
    because: str  # for the trace
    but_for: str  # the action that a rule must have to act
    asks_others: bool  # whether another rule that holds ends the search, as if it answered
    speaks: bool  # whether a rule that acts replies, too


# What one rule says. The last two would have answered, but: one did so a short while ago, and one must not in this
# conversation, nor must those below it.
Opinion: TypeAlias = Literal["answers", "shadow", "no", "cools", "is hushed"]


def decide(book: Book, message: Message, conversation: Conversation, now: datetime) -> Decision:
    """What the book says about the message. Pure: the same arguments always give the same decision.

    `now` is aware. Raises nothing, whatever the text.
    """
    question = Question(Words(message.text, book.vocabulary, book.skipped), message, conversation, now)
    hush = _hush(conversation, now)
    shadows: list[Shadow] = []
    cooling = False
    trace = Lazy(lambda: explain(book, question))
    for place in book.index.candidates(question):
        rule = book.rules[place]
        opinion, answer = ask(rule, question, hush)
        if opinion == "answers":
            return _decision(book, rule, question, answer, hush, tuple(shadows), trace)
        if opinion == "is hushed":
            break
        if opinion == "shadow":
            shadows.append(Shadow(rule.name, _reply(book, rule, question, answer)[0]))
        cooling = cooling or opinion == "cools"
    silence = hush.silence if hush else "cooldown" if cooling else "shadow" if shadows else "no_rule"
    return Decision(silence=silence, shadows=tuple(shadows), trace=trace)


def explain(book: Book, question: Question) -> Iterator[Step]:
    """The trace: every rule in order, each asked, up to the one that answers."""
    hush = _hush(question.conversation, question.now)
    winner = None
    for rule in book.rules:
        if winner is not None:
            yield Step(rule.name, "not reached", f'"{winner}" above it answers')
            continue
        opinion, answer = ask(rule, question, hush)
        yield Step(rule.name, "no" if opinion == "cools" or opinion == "is hushed" else opinion, answer.because)
        if opinion in ("answers", "is hushed"):
            winner = rule.name


def ask(rule: Rule, question: Question, hush: Hush | None = None) -> tuple[Opinion, Answer]:
    """What a rule says to the message: its mode, the state of the conversation, its `when`, its cooldown."""
    if rule.mode == "off":
        return _no("mode: it is off")
    may_act = hush is None or rule.does(hush.but_for)
    if hush and not may_act and not hush.asks_others:
        return _no(hush.because)
    is_listed = bool(rule.only_for) and plain(question.message.sender) in rule.only_for
    if rule.only_for and not is_listed and rule.mode == "live":
        return _no("only_for: the sender is not in the list")
    answer = rule.when.ask(question)
    if not answer.holds:
        return "no", answer
    if (until := _cools_until(rule, question)) is not None:
        because = f"once_per: it has answered, and does not again until {until:%Y-%m-%d %H:%M} UTC; {answer.because}"
        return "cools", Answer(holds=False, reason=because)
    if hush and not may_act:
        return "is hushed", Answer(holds=False, reason=hush.because)
    return "shadow" if rule.mode == "shadow" and not is_listed else "answers", answer


def _no(because: str) -> tuple[Opinion, Answer]:
    return "no", Answer(holds=False, reason=because)


def _cools_until(rule: Rule, question: Question) -> datetime | None:
    """When the rule may answer again in this conversation; None where it may now."""
    if rule.once_per is None:
        return None
    last = question.conversation.fired.get(rule.name)
    if last is None or question.now - last >= rule.once_per:
        return None
    return last.astimezone(UTC) + rule.once_per


def _hush(conversation: Conversation, now: datetime) -> Hush | None:
    until = conversation.handed_off_until
    is_handed_off = until is not None and until > now
    if conversation.opted_out:
        because = "the sender has opted out"
        return Hush("opted_out", because, but_for="opt_in", asks_others=False, speaks=not is_handed_off)
    if is_handed_off:
        because = f"a person answers until {until:%Y-%m-%d %H:%M %Z}"
        return Hush("handed_off", because, but_for="opt_out", asks_others=True, speaks=False)
    return None


def _decision(
    book: Book,
    rule: Rule,
    question: Question,
    answer: Answer,
    hush: Hush | None,
    shadows: tuple[Shadow, ...],
    trace: Sequence[Step],
) -> Decision:
    """The decision where this rule has won: it acts in any case, and speaks where it may."""
    reply, values = _reply(book, rule, question, answer)
    silence: Silence | None = None
    if hush and not hush.speaks:
        silence = "handed_off"
    elif reply is None:
        silence = "no_reply"
    elif _is_over_limit(book, question):
        silence = "reply_limit"
    return Decision(  # by their names it would take twice as long
        rule.name,
        None if silence else reply,
        silence,
        answer.matched,
        rule.actions,
        values,
        shadows,
        trace,
        rule.at_once,
    )


def _is_over_limit(book: Book, question: Question) -> bool:
    limit = book.reply_limit
    if limit is None:
        return False
    recent = sum(question.now - replied < limit.per for replied in question.conversation.replied)
    return recent >= limit.replies


def _reply(book: Book, rule: Rule, question: Question, answer: Answer) -> tuple[str | None, dict[str, str]]:
    """The text to send, and what its placeholders stand for. No text where there is none, or where placeholders have
    left it blank: no provider sends that."""
    variants = rule.late_replies if rule.late_replies and _is_late(book, question) else rule.replies
    variant = choose(variants, question.message.id)
    values = dict.fromkeys(rule.groups, "") | answer.groups
    if variant is None:
        return None, values
    if variant.names:
        values |= _said(book, rule, variant, question.now)
    return variant.fill(values), values


def _is_late(book: Book, question: Question) -> bool:
    return book.late_after is not None and question.now - question.message.sent_at > book.late_after


def _said(book: Book, rule: Rule, variant: Reply, now: datetime) -> Mapping[str, str]:
    """The values of those placeholders of the reply that are not the pattern's."""
    values: dict[str, str] = {}
    for name in variant.names:
        match name:
            case "book":
                values[name] = book.name
            case "date" | "time" if book.zone is not None:
                say = say_date if name == "date" else say_time
                values[name] = say(local_time(now, book.zone), book.language)
            case "hours" if rule.hours is not None:
                values[name] = say_hours(rule.hours, book.language)
            case "next_open" if rule.hours is not None:
                values[name] = say_next_open(rule.hours, now, book.language)
    return values
