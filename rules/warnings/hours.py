"""Hours that are open all night where an afternoon was probably meant: 9:00-5:00."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rules.book import Book
from rules.faults import quoted
from rules.hours import DAY, Span
from rules.warnings.doubt import Doubt, about

_NOON = DAY // 2
_MORNING = 3 * 60  # a bar may close before


def doubts_about_hours(book: Book) -> Iterator[Doubt]:
    """Of each named hours the first such span."""
    for hours in book.hours.values():
        spans = chain(chain.from_iterable(hours.week), chain.from_iterable(hours.days.values()))
        span = next((span for span in spans if _was_meant_for_the_afternoon(span)), None)
        if span is not None:
            meant = f"{_clock(span.opens)}-{_clock(span.closes + _NOON)}"
            problem = (
                f"the hours {quoted(hours.name)} go on overnight, until {_clock(span.closes)}; did you mean {meant}?"
            )
            yield about(
                None, "open-all-night", problem, f"at {_clock(span.closes - 1)} in the morning they are open", None
            )


def _was_meant_for_the_afternoon(span: Span) -> bool:
    return _MORNING <= span.closes < span.opens < _NOON


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
