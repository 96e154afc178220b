"""What a book may say and this version does not carry out yet.

To delete: this file, its line in `__init__`, `_warn` in shelf.py, and the line that names it in bot/commands/check.py.
"""

from __future__ import annotations

from rules import Book


def not_carried_out(book: Book) -> list[str]:
    """The keys that stand in this book, are understood, and have no effect in the world."""
    stand = {
        "notify": any(rule.does("notify") for rule in book.rules),
    }
    return [key for key, stands in stand.items() if stands]
