"""Spans of a day and dates, as hours have them: from the tree to values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from rules.faults import Findings, Place, quoted
from rules.hours import DAY, Span
from rules.reading import read_texts
from rules.tree import Node, Text

_LONGEST_RANGE = 366  # days
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–—]\s*([0-9]{1,2}:[0-9]{2})")
_WEEKDAY = re.compile(r"(?i)(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?")


@dataclass(frozen=True, slots=True)
class Written:
    """A span and where it is written."""

    span: Span
    text: Text

    def on(self, day: int) -> _Placed:
        """It, where it begins on this day of the week."""
        return day * DAY + self.span.opens, day * DAY + self.span.ends, self


# The minutes of the week from which and to which; Sunday nights go over.
_Placed: TypeAlias = tuple[int, int, Written]


def is_date(word: str) -> bool:
    """Whether a text begins as a date does."""
    return _DATE.match(word) is not None


def is_span(word: str) -> bool:
    """Whether a text is a span of time, such as `09:00-17:00`."""
    return _SPAN.fullmatch(word.strip()) is not None


def read_spans(node: Node, key: Text, findings: Findings) -> list[Written]:
    """The spans of one day; `closed` is none."""
    if isinstance(node, Text) and node.value.strip().lower() == "closed":
        return []
    spans = ((text, _span(text, findings)) for text in read_texts(node, f"`{key.value}`", findings))
    return [Written(span, text) for text, span in spans if span is not None]


def _span(text: Text, findings: Findings) -> Span | None:
    match = _SPAN.fullmatch(text.value.strip())
    if match is None:
        findings.add(text.place, f"{quoted(text.value)} is no span of time", _span_instead(text.value))
        return None
    (opens, closes), written = map(_minute, match.groups()), match.groups()
    for minute, time in zip((opens, closes), written, strict=True):
        if minute is None:
            findings.add(text.place, f"`{time}` is no time of day", "write a time from `00:00` to `24:00`")
    if opens is None or closes is None:
        return None
    if opens == DAY:
        findings.add(text.place, "nothing begins at `24:00`", "write `00:00`, under the next day")
    elif opens == closes:
        findings.add(text.place, f"{quoted(text.value)} has no length", "write `00:00-24:00` for the whole day")
    else:
        return Span(opens, closes or DAY)
    return None


def _minute(time: str) -> int | None:
    hour, minute = map(int, time.split(":"))
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= DAY else None


def _span_instead(word: str) -> str:
    if word.strip().lower() in ("24/7", "24h", "always", "all day", "open"):
        return "write `00:00-24:00` for the whole day"
    if "," in word or ";" in word or " and " in word:
        return 'write a list: `["09:00-12:30", "13:30-18:00"]`'
    return "write `09:00-17:00`, with hours and minutes from 00:00 to 24:00"


def check_overlaps(week: Mapping[int, Sequence[Written]], findings: Findings) -> None:
    """Note spans that overlap on one day, or where a night runs into the next day; each pair once."""
    placed = sorted((each.on(day) for day, spans in week.items() for each in spans), key=lambda each: each[0])
    again = [(begin + 7 * DAY, end + 7 * DAY, each) for begin, end, each in placed if begin < DAY]
    told: set[tuple[Place, Place]] = set()
    last = None  # the one that ends last of those before
    for each in (*placed, *again):
        if last is not None and each[0] < last[1]:
            _note_overlap(last, each, told, findings)
        last = each if last is None or each[1] > last[1] else last


def _note_overlap(one: _Placed, other: _Placed, told: set[tuple[Place, Place]], findings: Findings) -> None:
    (begin, _, first), (next_begin, _, second) = one, other
    if (pair := (first.text.place, second.text.place)) not in told:
        told.add(pair)
        night = "" if begin // DAY == next_begin // DAY else " of the night before"
        problem = f"{quoted(second.text.value)} overlaps {quoted(first.text.value)}{night}"
        findings.add(second.text.place, problem, "let one begin where the other ends")


def in_order(written: Iterable[Written]) -> tuple[Span, ...]:
    """The spans alone, by when they begin."""
    return tuple(sorted((each.span for each in written), key=lambda span: span.opens))


def read_dates(text: Text, findings: Findings) -> list[date]:
    """One date or, from one to another, a range."""
    ends = [_date(word.strip(), text.place, findings) for word in text.value.split("..", maxsplit=1)]
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        return []
    if not 0 <= (length := (last - first).days) < _LONGEST_RANGE:
        problem = f"{quoted(text.value)} ends before it begins" if length < 0 else f"{quoted(text.value)} is too long"
        findings.add(text.place, problem, f"write a range of 1 to {_LONGEST_RANGE} days, the first day first")
        return []
    return [first + timedelta(days=number) for number in range(length + 1)]


def _date(word: str, place: Place, findings: Findings) -> date | None:
    if _DATE.fullmatch(word) is None:
        is_day = _WEEKDAY.fullmatch(word) is not None
        advice = "leave it out: a weekday without spans is closed" if is_day else "write it as `2026-12-25`"
        findings.add(place, f"{quoted(word)} is no date", advice)
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        findings.add(place, f"the calendar has no `{word}`", "check the month and the day")
        return None
