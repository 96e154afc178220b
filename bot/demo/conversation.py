"""What the demo's customers write, and what they are to hear."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from rules import Book


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
    """Of any other book: the first example of each rule, each from a customer of its own."""
    with_examples = [rule for rule in book.rules if rule.replies and rule.examples.matches]
    return [Line(_customer(), rule.examples.matches[0].text, rule.name) for rule in with_examples]


def _customer() -> str:
    return f"+1555{secrets.randbelow(10**7):07}"
