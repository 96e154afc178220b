"""Signs that an author wrote for the reader of the book, and that customers get."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.book import Book, Rule
from rules.conditions import Pattern
from rules.curved import unquoted
from rules.faults import quoted
from rules.keys import PLACEHOLDERS, listed
from rules.warnings.asking import conditions_of, text_of
from rules.warnings.doubt import Doubt, about

_IN_BRACES = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")  # as it is sent: what the book has in two


def doubts_about_replies(book: Book) -> Iterator[Doubt]:
    """Replies that have braces where a value was meant; curved quotes around replies and patterns."""
    for rule in book.rules:
        if rule.mode != "off":
            texts = [text_of(reply) for reply in (*rule.replies, *rule.late_replies)]
            yield from _braces(book, rule, texts)
            yield from _curved(rule, texts)


def _braces(book: Book, rule: Rule, texts: list[str]) -> Iterator[Doubt]:
    filled = {name for name in PLACEHOLDERS if _is_filled(book, rule, name)} | set(rule.groups)
    found = dict.fromkeys(name.strip() for text in texts if "{" in text for name in _IN_BRACES.findall(text))
    if names := [name for name in found if name in filled]:
        doubled = listed(f"{{{{{name}}}}}" for name in names)
        single = listed(f"{{{name}}}" for name in names)
        problem = f"double braces send the braces themselves, and its reply has {doubled}; write {single}"
        yield about(rule, "double-braces", problem, f'customers read "{{{names[0]}}}"', None)


def _is_filled(book: Book, rule: Rule, name: str) -> bool:
    match name:
        case "date" | "time":
            return book.zone is not None
        case "hours" | "next_open":
            return rule.hours is not None
        case _:
            return True


def _curved(rule: Rule, texts: list[str]) -> Iterator[Doubt]:
    text = next((text for text in texts if unquoted(text) is not None), None)
    if text is not None:
        problem = "its reply is in curved quotes, which are sent, too; use straight ones, \" or ', or none"
        yield about(rule, "curved-quotes", problem, f"customers read {' '.join(text.split())}", None)
    for condition in conditions_of(rule.when):
        inside = unquoted(condition.written) if isinstance(condition, Pattern) else None
        if isinstance(condition, Pattern) and inside is not None and not condition.search(inside):
            problem = "its `pattern` is in curved quotes, which it looks for, too; use straight ones, '"
            yield about(rule, "curved-quotes", problem, f"it is not found in {quoted(inside)}", inside)
