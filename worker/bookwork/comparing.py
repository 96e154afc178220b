"""What a changed book would have answered to messages that came: `worker.replay`, cut to what a page can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rules import Book
from rules.model import Shadow
from worker.bookwork.loading import Faults, loaded
from worker.ledger import Record, Unreadable
from worker.replay import Change, Kind, Reasons, Replay, Report, Said, ShadowChange, ShadowKind, Standing

MOST_GROUPS: Final = 100  # the largest
SAMPLES: Final = 5  # messages of each
TELL_EVERY: Final = 250  # messages


@dataclass(frozen=True, slots=True)
class Sample:
    """A message to which the book says something else."""

    key: str  # of the message
    text: str  # what the person wrote
    media: str | None  # what the message is besides
    at: datetime  # when it was decided
    then: str | None  # what it was answered; None is silence
    now: str | None  # what it would be answered; None is silence
    why: str  # what the book finds in it, or misses
    silence: str | None  # why nothing is said now


@dataclass(frozen=True, slots=True)
class Group:
    """Messages with the same change between the same rules."""

    kind: Kind | ShadowKind  # of change
    then: str | None  # the rule; None: no rule
    now: str | None  # the rule that would answer; None: no rule
    messages: int  # how many they are
    samples: tuple[Sample, ...]  # the first of them


@dataclass(frozen=True, slots=True)
class Compared:
    """What would change."""

    version: str  # of the changed book
    messages: int  # that it was asked about
    changed: int  # to how many it says something else
    kinds: dict[Kind, int]  # how many of each kind of change
    standings: tuple[Standing, ...]  # each rule's messages, then and now
    groups: tuple[Group, ...]  # the largest first
    more_groups: int  # that are left out
    shadow: tuple[Group, ...]  # what rules in shadow would have said, which nobody hears; rules that say so now
    guessed: int  # messages whose circumstances are not recorded
    unreadable: int  # messages whose records cannot be read


def compare_book(
    data: bytes, name: str, records: Sequence[Record | Unreadable], tell: Callable[[int], None]
) -> Compared | Faults:
    """Tells how many messages it has asked about."""
    book = loaded(data, name)
    if not isinstance(book, Book):
        return book
    replay = Replay(book)
    for number, record in enumerate(records, 1):
        replay.take(record)
        if number % TELL_EVERY == 0:
            tell(number)
    return _cut(book, replay.report())


def _cut(book: Book, report: Report) -> Compared:
    reasons, groups = Reasons(book), report.groups
    return Compared(
        version=book.version,
        messages=report.messages,
        changed=len(report.changes),
        kinds={kind: number for kind, number in report.kinds.items() if number},
        standings=report.standings,
        groups=tuple(_group(reasons, group) for group in groups[:MOST_GROUPS]),
        more_groups=max(0, len(groups) - MOST_GROUPS),
        shadow=tuple(_shadow_group(reasons, group) for group in report.shadows.groups[:MOST_GROUPS]),
        guessed=report.guessed,
        unreadable=report.unreadable,
    )


def _group(reasons: Reasons, changes: Sequence[Change]) -> Group:
    first = changes[0]
    samples = tuple(
        _sample(each, _text(each.then), _text(each.now), reasons.of(each), each.now.silence)
        for each in changes[:SAMPLES]
    )
    return Group(first.kind, first.then.rule, first.now.rule, len(changes), samples)


def _shadow_group(reasons: Reasons, changes: Sequence[ShadowChange]) -> Group:
    first = changes[0]
    rules = ", ".join(first.rules)
    samples = tuple(
        _sample(each, _shadows(each.then), _shadows(each.now), reasons.of_shadow(each), None)
        for each in changes[:SAMPLES]
    )
    then, now = (None if first.kind == "gains_shadow" else rules), (None if first.kind == "loses_shadow" else rules)
    return Group(first.kind, then, now, len(changes), samples)


def _sample(change: Change | ShadowChange, then: str | None, now: str | None, why: str, silence: str | None) -> Sample:
    message = change.question.message
    return Sample(change.key, message.text, message.media, change.question.now, then, now, why, silence)


def _text(said: Said) -> str | None:
    """The reply, and what is done besides."""
    actions = ", ".join(map(_action, said.actions or ()))
    return f"{said.reply or ''} [{actions}]".strip() if actions else said.reply


def _action(action: str | dict[str, str]) -> str:
    return action if isinstance(action, str) else ", ".join(f"{name}: {value}" for name, value in action.items())


def _shadows(shadows: Sequence[Shadow]) -> str | None:
    return "; ".join(f"{shadow.rule}: {shadow.reply or '(no reply)'}" for shadow in shadows) or None
