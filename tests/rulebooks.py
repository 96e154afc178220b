"""Small books and messages for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rules import Book, BookError, Conversation, Decision, Message, decide, parse

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NEW = Conversation()


def book(rules: str, *, top: str = "") -> Book:
    """A book of these rules, each `- ...` at the left margin."""
    return parse(f"version: 1\n{top}\nrules:\n{rules}\n".encode(), "test.yaml")


def phrase_book(phrase: str, kind: str = "any") -> Book:
    """A book of one rule with one phrase."""
    return book(f"- name: only\n  when: {{{kind}: ['{phrase}']}}\n  reply: yes")


def message(text: str, *, wamid: str = "wamid.1", media: str | None = None) -> Message:
    """A message with this text."""
    return Message("acme", "evt", wamid, "sender", "recipient", text, NOON, NOON + timedelta(hours=24), media)


def answer(of: Book, text: str, conversation: Conversation = NEW, *, media: str | None = None) -> Decision:
    """What the book says to the text."""
    return decide(of, message(text, media=media), conversation, NOON)


def faults(data: str | bytes) -> list[str]:
    """The faults of a book, as they are printed."""
    try:
        parse(data if isinstance(data, bytes) else data.encode(), "test.yaml")
    except BookError as error:
        return [str(fault) for fault in error.faults]
    return []
