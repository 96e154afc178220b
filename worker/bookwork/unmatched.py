"""What no rule answered, or only one that answers anything: grouped by what was said, to see what a book lacks.

Messages that the book in force would answer by now are left out: what was added for them has helped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rules import Book, decide
from rules.masking import anonymous, hidden, words_in
from rules.text import normalise, tokens
from rules.warnings.asking import is_unconditional
from worker.bookwork.loading import Faults, loaded
from worker.ledger import Record, Unreadable
from worker.replay.questions import question_of

SEVERAL: Final = 3  # people who write a word: it tells nothing about one of them
MOST_GROUPS: Final = 200
LONGEST: Final = 400  # characters of a text that are shown
TELL_EVERY: Final = 250
_FIGURES: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Heap:
    """Messages that say the same, but for their figures."""

    text: str  # the latest; for those who may read it
    hidden: str  # the same for those who may not
    example: str  # the same for a book
    media: str | None  # what the messages are besides
    messages: int  # how many there are
    people: int  # who wrote them
    last: datetime  # when the latest was decided
    rule: str | None  # that answers anything; None: nothing was said


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What a look at so many messages found."""

    version: str  # of the book that was asked
    looked_at: int  # messages
    messages: int  # of these, that nothing answered and nothing would
    helped: int  # that nothing answered then, and a rule would now
    since: datetime | None  # the oldest that was looked at
    heaps: tuple[Heap, ...]  # those that most wrote, first
    more_heaps: int = 0  # that are left out


@dataclass(slots=True)
class _Gathered:
    latest: Record
    messages: int = 0
    people: set[str] = field(default_factory=set)


def gather_unmatched(
    data: bytes, name: str, records: Sequence[Record | Unreadable], tell: Callable[[int], None]
) -> Unmatched | Faults:
    """Tells how many it has looked at."""
    book = loaded(data, name)
    if not isinstance(book, Book):
        return book
    takers = {rule.name for rule in book.rules if is_unconditional(rule)}
    readable = [record for record in records if isinstance(record, Record)]
    heaps: dict[tuple[str, str | None], _Gathered] = {}
    helped = 0
    for number, record in enumerate(readable, 1):
        if number % TELL_EVERY == 0:
            tell(number)
        if not _was_unmatched(record, takers):
            continue
        if not _is_unmatched(book, record, takers):
            helped += 1
            continue
        message = record.message
        heap = heaps.setdefault((_said(message.text), message.media), _Gathered(record))
        heap.messages += 1
        heap.people.add(message.sender)
        heap.latest = max(heap.latest, record, key=_when)
    largest = sorted(heaps.values(), key=lambda heap: (heap.messages, _when(heap.latest)), reverse=True)
    known = _Known(book, readable)
    return Unmatched(
        version=book.version,
        looked_at=len(readable),
        messages=sum(heap.messages for heap in largest),
        helped=helped,
        since=min(map(_when, readable), default=None),
        heaps=tuple(_shown(heap, known, takers) for heap in largest[:MOST_GROUPS]),
        more_heaps=max(0, len(largest) - MOST_GROUPS),
    )


class _Known:
    """Words that tell nothing about one person: the book has them, or several people wrote them."""

    def __init__(self, book: Book, records: Sequence[Record]) -> None:
        self._vocabulary = book.vocabulary
        people: defaultdict[str, set[str]] = defaultdict(set)
        for record in records:
            for word in words_in(record.message.text[:LONGEST]):
                if len(people[word]) < SEVERAL:
                    people[word].add(record.message.sender)
        self._common = {word for word, writers in people.items() if len(writers) >= SEVERAL}

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or not word:
            return False
        return word in self._common or all(part in self._vocabulary for part in word.split())


def _was_unmatched(record: Record, takers: Container[str]) -> bool:
    if not (record.message.text.strip() or record.message.media):
        return False
    return record.silence == "no_rule" if record.rule is None else record.rule in takers


def _is_unmatched(book: Book, record: Record, takers: Container[str]) -> bool:
    """Whether the book says so by now; but for what the state of its conversation forbids."""
    question = question_of(record)
    decision = decide(book, question.message, question.conversation, question.now)
    return decision.silence in ("no_rule", "shadow") if decision.rule is None else decision.rule in takers


def _said(text: str) -> str:
    """Equal where two texts say the same, whatever the figures, and however long."""
    return " ".join(tokens(_FIGURES.sub("0", normalise(text[:LONGEST]))))


def _shown(heap: _Gathered, known: Container[str], takers: Container[str]) -> Heap:
    message = heap.latest.message
    text = message.text[:LONGEST]
    return Heap(
        text=text,
        hidden=hidden(text, known),
        example=anonymous(text, known),
        media=message.media,
        messages=heap.messages,
        people=len(heap.people),
        last=_when(heap.latest),
        rule=heap.latest.rule if heap.latest.rule in takers else None,
    )


def _when(record: Record) -> datetime:
    return record.decided_at or record.received_at
