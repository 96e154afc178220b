"""Signs that an author wrote for the reader of the book, and that customers get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from rules.book import Book, Rule
from rules.conditions import Pattern
from rules.curved import unquoted
from rules.faults import quoted
from rules.keys import PLACEHOLDERS, listed
from rules.replies import Placeholder, Reply
from rules.warnings.asking import conditions_of, text_of
from rules.warnings.doubt import Doubt, about

_NAME = re.compile(r"[^\W\d]\w*")
_OTHER_SIGNS = re.compile(r"%\w+%|\[\w+\]|<\w+>")
_IN_BRACES = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")  # as it is sent: what the book has in two


def doubts_about_replies(book: Book) -> Iterator[Doubt]:
    """Replies that have signs where a value was meant; curved quotes around replies and patterns."""
    for rule in book.rules:
        if rule.mode != "off":
            replies = (*rule.replies, *rule.late_replies)
            texts = [text_of(reply) for reply in replies]
            filled = {name for name in PLACEHOLDERS if _is_filled(book, rule, name)} | set(rule.groups)
            yield from _braces(rule, texts, filled)
            yield from _other_signs(rule, replies, filled)
            yield from _curved(rule, texts)


def _braces(rule: Rule, texts: list[str], filled: Set[str]) -> Iterator[Doubt]:
    found = dict.fromkeys(name.strip() for text in texts if "{" in text for name in _IN_BRACES.findall(text))
    if names := [name for name in found if name in filled]:
        doubled = listed(f"{{{{{name}}}}}" for name in names)
        single = listed(f"{{{name}}}" for name in names)
        problem = f"double braces send the braces themselves, and its reply has {doubled}; write {single}"
        yield about(rule, "double-braces", problem, f'customers read "{{{names[0]}}}"', None)
    elif names := [name for name in found if _NAME.fullmatch(name)]:
        there = listed(f"{{{name}}}" for name in (*rule.groups, *(each for each in PLACEHOLDERS if each in filled)))
        problem = f"its reply has `{{{{{names[0]}}}}}`, which nothing fills; it may have {there or 'no placeholder'}"
        yield about(rule, "double-braces", problem, f'customers read "{{{names[0]}}}"', None)


def _other_signs(rule: Rule, replies: Sequence[Reply], filled: Set[str]) -> Iterator[Doubt]:
    """What other programs have for `{book}`: `%book%`, `[book]`, `<book>`, `${book}`."""
    for reply in replies:
        for sign, name in _signs(reply):
            if name in filled:
                problem = f"its reply has `{sign}`; write `{{{name}}}`"
                yield about(rule, "placeholder-signs", problem, f"customers read {_read(sign, name)}", None)
                return


def _signs(reply: Reply) -> Iterator[tuple[str, str]]:
    for match in _OTHER_SIGNS.finditer(text_of(reply)):
        yield match[0], match[0].strip("%[]<>")
    for before, part in pairwise(reply.parts):
        of_book = part.name if isinstance(part, Placeholder) and part.name in PLACEHOLDERS else None
        if of_book is not None and isinstance(before, str) and before.endswith("$"):  # `${price}` may be dollars
            yield f"${{{of_book}}}", of_book


def _read(sign: str, name: str) -> str:
    return f"a dollar sign before the {name}" if sign[0] == "$" else f'"{sign}"'


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
