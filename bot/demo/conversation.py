"""What the demo's customers write, and what they are to hear."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rules import Book, Conversation, Message, decide
from worker.settings import ACCOUNT


@dataclass(frozen=True, slots=True)
class Line:
    """One message, and what the book makes of it."""

    customer: str  # E.164
    text: str
    rule: str | None  # the one that answers; None where the bot is silent


# With the starter book: a customer who gets answers, one who opts out and in again, one who asks for a person.
STORY: Final = (
    (0, "Hi there!", "greeting"),
    (0, "Where is my order #48213?", "order-number"),
    (0, "I'd like a refnud please", "refund"),
    (0, "Thank you!!", "thanks"),
    (1, "STOP", "opt-out"),
    (1, "hello?", None),
    (1, "Start", "opt-in"),
    (2, "can I talk to a real person?", "human"),
    (2, "are you there?", None),
    (3, "¿?", "fallback"),
)


def story() -> list[Line]:
    """The starter book's, with customers that nobody remembers from an earlier run."""
    customers = [_customer() for _ in range(4)]
    return [Line(customers[index], text, rule) for index, text, rule in STORY]


def examples(book: Book) -> list[Line]:
    """Of any other book: the first example that is a text of each rule that answers a new customer now, each from one
    of its own."""
    now = datetime.now(UTC)
    texts = [(rule.name, [each.text for each in rule.examples.matches if each.media is None]) for rule in book.rules]
    lines = [Line(_customer(), of_rule[0], rule) for rule, of_rule in texts if of_rule]
    return [line for line in lines if _reply(book, line, now) is not None]


def _reply(book: Book, line: Line, now: datetime) -> str | None:
    """What the line's rule says to it; None where it is another rule's, at this hour or of a new customer."""
    message = Message(ACCOUNT, "demo", "demo", line.customer, "demo", line.text, now, now + timedelta(hours=24))
    decision = decide(book, message, Conversation(), now)
    return decision.reply if decision.rule == line.rule else None


def _customer() -> str:
    return f"+1555{secrets.randbelow(10**7):07}"
