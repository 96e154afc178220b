"""Patterns that are found wherever a phrase is written as the book writes it.

A phrase also stands for what folds to the same: a pattern forgives neither accents nor spaces. So this says nothing of
every message that a phrase is in, but of those in which it is written so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from rules.book import Book
from rules.conditions import Pattern
from rules.index import Need
from rules.patterns import PatternSet
from rules.text import written
from rules.warnings.asking import conditions_of, said
from rules.warnings.ways import Said, Way

# What may stand around a phrase. A pattern that is bound to the beginning or the end of the message, or to spaces, is
# not found in one of them.
_AROUND = {
    "somewhere": (("", ""), ("Well, ", " please!"), ("(", ")"), ("x ", ""), ("", " x")),
    "start": (("", ""), ("", " please!"), ("(", ")")),
    "whole": (("", ""), ("", "!"), ("(", ")")),
}
# What hangs on the text around it, or on case. A pattern without any is found wherever the phrase is.
_BOUND = re.compile(r"[\^$]|\\[AbBzZ]|\(\?[a-zA-Z]*-")
_ENDINGS = ("", "s")  # of a word with a star


class Found:
    """The patterns of one book."""

    def __init__(self, book: Book) -> None:
        rules = (rule for rule in book.rules if rule.mode != "off")
        conditions = (condition for rule in rules for condition in conditions_of(rule.when))
        self._patterns = list(dict.fromkeys(each.written for each in conditions if isinstance(each, Pattern)))

    @cached_property
    def _set(self) -> PatternSet:
        return PatternSet([written(pattern) for pattern in self._patterns])

    def needs(self, way: Way) -> list[Need]:
        """What rules with a pattern may be filed under that is found in each message of this way, so written."""
        if not self._patterns:
            return []
        texts = (_plain(part) for part in way.said)
        return [("pattern", self._patterns[place]) for text in texts for place in self._set.find(text)]

    def is_found(self, pattern: Pattern, way: Way) -> bool:
        """Whether the pattern is found in each message of this way, so written."""
        everywhere = _BOUND.search(pattern.written) is None
        return any(
            all(pattern.search(text) for text in ([_plain(part)] if everywhere else _texts(part))) for part in way.said
        )


def _plain(part: Said) -> str:
    return written(said(part.phrase))


def _texts(part: Said) -> Iterator[str]:
    """Messages that say it, as different as can be."""
    for ending in _ENDINGS if "*" in part.phrase.written else ("",):
        text = written(part.phrase.written.replace("*", ending))
        yield from (text, text.upper(), text.lower())
        for before, after in _AROUND["somewhere" if part.at == "kept" else part.at]:
            yield f"{before}{text}{after}"
