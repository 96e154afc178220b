"""Which replies of a book are longer than an account's provider takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules import Book, Fault, Rule


@dataclass(frozen=True, slots=True)
class Longest:
    """What one text of an account may be."""

    provider: str
    characters: int


def replies_of(book: Book) -> Iterator[tuple[Rule, str]]:
    """All that it may reply, without what fills the placeholders."""
    for rule in book.rules:
        for reply in (*rule.replies, *rule.late_replies):
            yield rule, "".join(part for part in reply.parts if isinstance(part, str))


def too_long(path: Path, book: Book, longest: Longest) -> tuple[Fault, ...]:
    """A fault for each reply that would go out in parts. What placeholders add is not known."""
    advice = "make it shorter; it would go out in parts"
    problem = "reply of {} characters is longer than the {} that {} takes"
    return tuple(
        Fault(
            str(path), rule.line, 1, rule.name, problem.format(len(reply), longest.characters, longest.provider), advice
        )
        for rule, reply in replies_of(book)
        if len(reply) > longest.characters
    )
