"""`hours`: from the tree to named opening hours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from rules.faults import Findings, Place, quoted
from rules.hours import Hours, Span
from rules.keys import closest, listed
from rules.read_spans import Written, check_overlaps, in_order, is_date, read_dates, read_spans
from rules.reading import read_texts, wrong_kind
from rules.torn import Entry, rejoined
from rules.tree import Map, Node, Text

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {word: number for number, day in enumerate(_DAYS) for word in (day, day[:3])}
_SHORT_DAYS = tuple(day[:3] for day in _DAYS)
_MEANT = {
    **dict.fromkeys(("weekday", "weekdays", "workdays"), "mon-fri"),
    **dict.fromkeys(("weekend", "weekends"), "sat-sun"),
    **dict.fromkeys(("daily", "everyday", "always", "all"), "mon-sun"),
    **dict.fromkeys(("holiday", "holidays", "vacation"), "closed"),
    **dict.fromkeys(("special", "exception", "exceptions"), "open"),
}
_ELSEWHERE = (  # in French, Spanish, Portuguese and German, from Monday on, without accents
    "lun lundi lunes seg segunda mo montag",
    "mar mardi martes ter terca di dienstag",
    "mer mercredi mie miercoles qua quarta mi mittwoch",
    "jeu jeudi jue jueves qui quinta do donnerstag",
    "ven vendredi vie viernes sex sexta fr freitag",
    "sam samedi sab sabado sa samstag sonnabend",
    "dim dimanche dom domingo so sonntag",
)
_MEANT |= {word: day for day, words in zip(_SHORT_DAYS, _ELSEWHERE, strict=True) for word in words.split()}
_OWN = (*_WEEKDAYS, "closed", "open")  # keys that are no rest of a line before
_DASH = re.compile(r"\s*[-–—]\s*(?!feira)")
_ACCENTS = str.maketrans("éáç", "eac")
_MOST_HOURS = 200  # of a book
_MOST_DATES = 1_000  # of one hours, in `closed` and `open`


@dataclass(slots=True)
class _Calendar:
    """What was read of one named hours, and where each day was first given."""

    week: dict[int, list[Written]] = field(default_factory=dict)
    days: dict[date, tuple[Span, ...]] = field(default_factory=dict)
    lines: dict[int | date, int] = field(default_factory=dict)


def read_hours(node: Node, zone: ZoneInfo | None, findings: Findings, *, zone_given: bool) -> dict[str, Hours]:
    """The book's `hours` by name. Where there was a fault they are there all the same, so that what uses them is no
    fault as well; `zone_given` says that the book has a `timezone`, right or wrong."""
    if not isinstance(node, Map):
        wrong_kind(node, "`hours`", "a name and under it its days: `support: {mon-fri: 09:00-17:00}`", findings)
        return {}
    if not node.entries:
        findings.add(node.place, "`hours` is empty", "write `support: {mon-fri: 09:00-17:00}`, or remove the key")
    if not zone_given:
        findings.add(node.place, "`hours` needs `timezone`", "add `timezone: Europe/Paris` at the top of the book")
    if len(node.entries) > _MOST_HOURS:
        problem = f"more than {_MOST_HOURS} named hours"
        findings.stop(node.entries[_MOST_HOURS][0].place, problem, "let rules share hours, or split the book")
    zone = zone or ZoneInfo("UTC")
    return {name.value: _hours(name, days, zone, findings) for name, days in node.entries}


def _hours(name: Text, node: Node, zone: ZoneInfo, findings: Findings) -> Hours:
    before = len(findings.found)
    calendar = _Calendar()
    for key, value in _lines(name, node, findings):
        _read_line(key, value, calendar, findings)
    check_overlaps(calendar.week, findings)
    week = tuple(in_order(calendar.week.get(day, ())) for day in range(7))
    if len(findings.found) == before and not any((*week, *calendar.days.values())):
        findings.add(name.place, f"`{name.value}` is never open", "add a day, such as `mon-fri: 09:00-17:00`")
    return Hours(name.value, zone, week, calendar.days)


def _lines(name: Text, node: Node, findings: Findings) -> list[Entry]:
    """What stands under the name of hours, if it is a name and days are under it."""
    first = re.split("[^a-z]", name.value.lower())[0]
    if first in _OWN and not isinstance(node, Map):
        findings.add(name.place, f"`{name.value}` has no name above it", f"write `support: {{{name.value}: ...}}`")
        return []
    if not _NAME.fullmatch(name.value):
        findings.add(name.place, f"{quoted(name.value)} is no name for hours", "write one word, such as `support`")
    if not isinstance(node, Map):
        wrong_kind(node, f"`{name.value}`", "a map of days, such as `mon-fri: 09:00-17:00`", findings)
        return []
    return rejoined(node, findings, own=_OWN)[0]


def _read_line(key: Text, value: Node, calendar: _Calendar, findings: Findings) -> None:
    """One line of the hours: weekdays, `closed` or `open`."""
    match key.value.strip().lower():
        case "closed":
            for text in read_texts(value, "`closed`", findings):
                _set_dates(text, (), calendar, findings)
        case "open":
            _read_open(value, calendar, findings)
        case word if _day_meant(word) in ("closed", "open"):  # what stands under it is not spans
            findings.add(key.place, f"unknown day `{key.value}`", _day_instead(word))
        case _:
            written = read_spans(value, key, findings)
            for day in _weekdays(key, findings):
                if _is_first(day, _SHORT_DAYS[day], key.place, calendar, findings):
                    calendar.week[day] = written


def _read_open(node: Node, calendar: _Calendar, findings: Findings) -> None:
    if not isinstance(node, Map) or not node.entries:
        wanted = "write each date with its spans: `{2026-12-24: 09:00-12:00}`"
        findings.add(node.place, "`open` has no dates with spans", wanted)
        return
    for days, spans in rejoined(node, findings)[0]:
        written = read_spans(spans, days, findings)
        check_overlaps({0: written}, findings)
        _set_dates(days, in_order(written), calendar, findings)


def _set_dates(text: Text, spans: tuple[Span, ...], calendar: _Calendar, findings: Findings) -> None:
    for day in read_dates(text, findings):
        if not _is_first(day, str(day), text.place, calendar, findings):
            return  # the rest of a range would say the same
        calendar.days[day] = spans
        if len(calendar.days) > _MOST_DATES:
            problem = f"more than {_MOST_DATES:,} dates"
            findings.stop(text.place, problem, "remove those that have passed; a weekday without spans is closed")


def _is_first(day: int | date, name: str, place: Place, calendar: _Calendar, findings: Findings) -> bool:
    if day in calendar.lines:
        findings.add(place, f"{name} is given twice, first in line {calendar.lines[day]}", "remove one of them")
        return False
    calendar.lines[day] = place.line
    return True


def _weekdays(key: Text, findings: Findings) -> list[int]:
    """The days of a key such as `mon`, `fri-mon` or `mon, wed-fri`, from 0 for Monday."""
    if is_date(key.value):
        findings.add(key.place, f"the date `{key.value}` is no weekday", "write it under `closed` or `open`")
        return []
    days: list[int] = []
    for part in key.value.split(","):
        first, *last = _DASH.split(part.strip().lower(), maxsplit=1)
        wrong = [name for name in (first, *last) if name not in _WEEKDAYS]
        for name in wrong:
            findings.add(key.place, f"unknown day `{name}`", _day_instead(name))
        if not wrong:
            begin, end = _WEEKDAYS[first], _WEEKDAYS[last[0] if last else first]
            days += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
    return days


def _day_meant(name: str) -> str | None:
    plain = name.translate(_ACCENTS).rstrip(".").removesuffix("-feira")
    return _MEANT.get(plain) or closest(name, _OWN)


def _day_instead(name: str) -> str:
    if guess := _day_meant(name):
        return f"did you mean `{guess}`?"
    return f"write {listed(_SHORT_DAYS)}, a range such as `mon-fri`, `closed` or `open`"
