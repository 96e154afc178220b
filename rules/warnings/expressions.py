"""Phrases that were meant as regular expressions, or as several phrases: their signs are words, too, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.book import Book, Rule
from rules.faults import quoted
from rules.keys import as_list, shown
from rules.phrase_conditions import AllOf, AnyOf, Exact, Starts
from rules.warnings.asking import conditions_of, holds, phrases_of, winner
from rules.warnings.doubt import Doubt, about, answered_by

_BETWEEN = re.compile(r"\s*[|;；、]\s*")
# Not `US$`, `C++` or `[sic]`, which people write.
_SIGNS = re.compile(
    r"\\[bBdDsSwWAz]|\.[*+]|^\^[^\W_]|\w{4}\$$|\w\[\w[\w-]*\]|\[\w[\w-]*\]\w|\w[?]\w|\(\?|\w\s*\|\s*\(?\w|\w\)?[+*]\w"
)
_LISTED = re.compile(r"\w\s*[;；、|]\s*\w")
_NEEDS_PATTERN = re.compile(r"\\[dDsSwW]|\.[*+]|\[|\w[?+*]\w|\(.*\|")
_SPACE = re.compile(r"\\[sW][+*]?|\.[*+]")
_DIGIT = re.compile(r"\\d[+*]?")
_CLASS = re.compile(r"\[\^?(\w)[^\]]*\][+*?]?")
_NO_TEXT = re.compile(r"\\[bBAzZ]|\(\?(?:P?<\w+>|[a-zA-Z-]*:|[a-zA-Z-]+\))|\\(?=[^\w\s])|[\^$()?*+]")


def alternatives(expression: str) -> Iterator[str]:
    """Words that a regular expression is perhaps found in: what is between its `|`, without its other signs."""
    for alternative in _BETWEEN.split(expression):
        words = " ".join(_NO_TEXT.sub("", _CLASS.sub(r"\1", _DIGIT.sub("5", _SPACE.sub(" ", alternative)))).split())
        if words:
            yield words


def doubts_about_expressions(book: Book) -> Iterator[Doubt]:
    """Phrases that are not found in what they were meant for."""
    for rule in book.rules:
        if rule.mode != "off":
            yield from _of_rule(book, rule)


def _of_rule(book: Book, rule: Rule) -> Iterator[Doubt]:
    for condition in conditions_of(rule.when):
        written = phrases_of(condition) if isinstance(condition, AllOf | AnyOf | Exact | Starts) else ()
        for phrase in dict.fromkeys(each.written for each in written):
            if not _SIGNS.search(phrase) and not _LISTED.search(phrase):
                continue
            words = [*alternatives(phrase)]
            message = next((each for each in words if not holds(book, rule, each)), None)
            if message is not None:
                problem = f"its phrase {quoted(phrase)} is not found in {quoted(message)}; {_instead(phrase, words)}"
                proof = answered_by(book, message, winner(book, message))
                yield about(rule, "expression-in-phrase", problem, proof, message)


def _instead(phrase: str, words: list[str]) -> str:
    if _NEEDS_PATTERN.search(phrase):
        return f"a regular expression stands under `pattern`, such as `pattern: '{shown(phrase)}'`"
    return f"phrases are found wherever they stand, and several are a list: {as_list(words)}"
