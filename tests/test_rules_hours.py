"""When somebody is there: as the author writes it, as the clock on the wall shows it, and through each clock change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.document import read_document
from rules.faults import Findings, Place
from rules.hours import Hours, Span, local_time
from rules.read_hours import read_hours
from rules.read_zone import read_language, read_zone
from rules.tree import List, Map, Node, Text

T = TypeVar("T")
PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour of summer time
APIA = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
SITKA = ZoneInfo("America/Sitka")  # lived a day twice in 1867
MINUTE = timedelta(minutes=1)


def top(text: str, key: str, read: Callable[[Node, Findings], T]) -> tuple[T, list[str]]:
    """What is read under one key of a book, and the faults as they are printed, in the order of the file."""
    findings = Findings("test.yaml")
    root = read_document(text.encode(), findings)
    assert isinstance(root, Map)
    value = read({name.value: node for name, node in root.entries}[key], findings)
    found = sorted(findings.found, key=lambda fault: (fault.line, fault.column))
    return value, [str(fault) for fault in found]


def read(text: str, zone: ZoneInfo | None = PARIS, *, zone_given: bool = True) -> tuple[dict[str, Hours], list[str]]:
    return top(text, "hours", lambda node, findings: read_hours(node, zone, findings, zone_given=zone_given))


def hours(days: str, zone: ZoneInfo = PARIS) -> Hours:
    """Hours of these lines."""
    lines = "".join(f"    {line.strip()}\n" for line in days.split("\n"))
    named, faults = read(f"hours:\n  support:\n{lines}", zone)
    assert faults == []
    return named["support"]


def at(wall: str, zone: ZoneInfo = PARIS, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=zone, fold=fold)


SUPPORT = """mon-fri: ["09:00-12:30", "13:30-18:00"]
sat: 10:00-14:00
closed: [2026-12-25]
open: {2026-12-24: 09:00-12:00}"""

OPEN = [
    ("2026-03-02 08:59:59.999999", False, "a moment before it opens"),
    ("2026-03-02 09:00", True, "the moment it opens"),
    ("2026-03-02 12:29:59.999999", True, "a moment before it closes"),
    ("2026-03-02 12:30", False, "the moment it closes"),
    ("2026-03-02 13:30", True, "after the break"),
    ("2026-03-07 11:00", True, "on Saturday"),
    ("2026-03-07 09:30", False, "on Saturday it opens later"),
    ("2026-03-08 11:00", False, "on Sunday"),
    ("2026-12-25 11:00", False, "a closed Friday"),
    ("2026-12-24 11:59", True, "a Thursday with hours of its own"),
    ("2026-12-24 14:00", False, "whose own hours replace the weekday's"),
]


@pytest.mark.parametrize(("wall", "is_open", "why"), OPEN, ids=[why for _, _, why in OPEN])
def test_the_hours_of_the_specification(wall: str, is_open: bool, why: str) -> None:
    assert hours(SUPPORT).is_open(at(wall)) is is_open, why


def test_now_may_be_of_any_zone() -> None:
    support = hours(SUPPORT)
    for zone in (UTC, NEW_YORK, APIA, timezone(timedelta(hours=-11, minutes=-30))):
        assert support.is_open(at("2026-03-02 09:00").astimezone(zone))
        assert not support.is_open(at("2026-03-02 08:59").astimezone(zone))
        assert support.next_open(at("2026-03-02 08:59").astimezone(zone)) == at("2026-03-02 09:00")


NIGHT = [
    ("fri: 22:00-06:00", "2026-03-06 21:59", False, "before the night"),
    ("fri: 22:00-06:00", "2026-03-06 22:00", True, "the night begins"),
    ("fri: 22:00-06:00", "2026-03-07 05:59", True, "the night ends on the next day"),
    ("fri: 22:00-06:00", "2026-03-07 06:00", False, "the morning after"),
    ("fri: 22:00-06:00", "2026-03-06 05:00", False, "the night before Friday is not Friday's"),
    ("sun: 22:00-06:00", "2026-03-09 05:00", True, "Sunday's night ends on Monday"),
    ("fri: 22:00-06:00\nclosed: 2026-03-07", "2026-03-07 05:00", True, "a closed day has the end of the night before"),
    ("fri: 22:00-06:00\nclosed: 2026-03-06", "2026-03-07 05:00", False, "a closed day's night is closed to its end"),
    ("open: {2026-03-06: 22:00-06:00}", "2026-03-07 05:00", True, "a date's own night"),
    ("fri: 22:00-00:00", "2026-03-06 23:59", True, "until midnight"),
    ("fri: 22:00-00:00", "2026-03-07 00:00", False, "and no longer"),
    ("fri: 00:00-24:00", "2026-03-06 00:00", True, "the whole day from its first minute"),
    ("fri: 00:00-24:00", "2026-03-06 23:59", True, "to its last"),
    ("fri: 00:00-24:00", "2026-03-07 00:00", False, "and not the next"),
]


@pytest.mark.parametrize(("days", "wall", "is_open", "why"), NIGHT, ids=[why for *_, why in NIGHT])
def test_a_span_belongs_to_the_day_on_which_it_begins(days: str, wall: str, is_open: bool, why: str) -> None:
    assert hours(days).is_open(at(wall)) is is_open, why


NEXT = [
    (SUPPORT, "2026-03-02 07:00", "2026-03-02 09:00", "later today"),
    (SUPPORT, "2026-03-02 09:00", "2026-03-02 13:30", "it opens now: the next one"),
    (SUPPORT, "2026-03-02 08:59:59.999999", "2026-03-02 09:00", "in a microsecond"),
    (SUPPORT, "2026-03-02 12:45", "2026-03-02 13:30", "after the break"),
    (SUPPORT, "2026-03-02 20:00", "2026-03-03 09:00", "tomorrow"),
    (SUPPORT, "2026-03-07 14:00", "2026-03-09 09:00", "after the weekend"),
    (SUPPORT, "2026-12-24 12:00", "2026-12-26 10:00", "after a closed day"),
    ("mon: [09:00-12:00, 12:00-18:00]", "2026-03-02 10:00", "2026-03-09 09:00", "spans that touch at noon are one"),
    ("mon: 18:00-24:00\ntue: 00:00-02:00", "2026-03-02 19:00", "2026-03-09 18:00", "spans that touch at midnight"),
    ("mon: 18:00-02:00\ntue: 02:00-03:00", "2026-03-02 19:00", "2026-03-09 18:00", "spans that touch in the night"),
    ("mon: 22:00-24:00\nwed: 00:00-02:00", "2026-03-02 23:00", "2026-03-04 00:00", "midnight after a closed day"),
    ("open: {2027-04-05: 09:00-12:00}", "2026-03-02 12:00", "2027-04-05 09:00", "399 days ahead"),
    ("open: {2027-05-05: 09:00-12:00}", "2026-03-02 12:00", None, "farther than a year is not told"),
    ("open: {2026-03-01: 09:00-12:00}", "2026-03-02 12:00", None, "all of it is past"),
    ("mon-sun: 00:00-24:00", "2026-03-02 12:00", None, "it never closes"),
    ("mon-sun: [00:00-12:00, 12:00-00:00]", "2026-03-02 12:00", None, "nor where its days are in pieces"),
    ("mon-sun: 00:00-24:00\nclosed: 2026-03-05", "2026-03-02 12:00", "2026-03-06 00:00", "but for one day"),
]


@pytest.mark.parametrize(("days", "wall", "opens", "why"), NEXT, ids=[why for *_, why in NEXT])
def test_it_opens_next(days: str, wall: str, opens: str | None, why: str) -> None:
    moment = hours(days).next_open(at(wall))
    assert moment == (None if opens is None else at(opens)), why
    assert moment is None or moment.tzinfo is UTC


# The clock in Paris skips 02:00 to 03:00 on 29 March 2026 and has it twice on 25 October; New York so on 8 March and
# 1 November; Lord Howe skips 02:00 to 02:30 on 4 October and has 01:30 to 02:00 twice on 5 April; all of them Sundays.
CHANGES = [
    (PARIS, "sun: 09:00-12:00", "2026-03-28T20:00Z", "2026-03-29T07:00Z", "the morning after the clock went forward"),
    (PARIS, "sun: 09:00-12:00", "2026-10-24T20:00Z", "2026-10-25T08:00Z", "the morning after the clock went back"),
    (PARIS, "sun: 02:30-04:00", "2026-03-28T20:00Z", "2026-03-29T01:00Z", "its begin is skipped: when time goes on"),
    (PARIS, "sun: 02:15-02:45", "2026-03-28T20:00Z", "2026-04-05T00:15Z", "all of it is skipped: a week later"),
    (PARIS, "sun: 01:00-03:00", "2026-03-28T20:00Z", "2026-03-29T00:00Z", "its end is skipped"),
    (PARIS, "sun: [01:00-02:00, 03:00-04:00]", "2026-03-29T00:00Z", "2026-04-04T23:00Z", "the gap joins two spans"),
    (PARIS, "sun: 02:30-04:00", "2026-10-24T20:00Z", "2026-10-25T00:30Z", "it begins twice: the first"),
    (PARIS, "sun: 02:30-04:00", "2026-10-25T00:30Z", "2026-10-25T01:30Z", "it begins twice: the second"),
    (PARIS, "sun: 01:00-02:30", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "the clock goes back into it"),
    (PARIS, "sun: 01:00-04:00", "2026-10-25T00:30Z", "2026-10-31T23:59Z+1", "it holds the hour that is there twice"),
    (NEW_YORK, "sun: 02:30-04:00", "2026-03-08T01:00Z", "2026-03-08T07:00Z", "New York: forward"),
    (NEW_YORK, "sun: 01:30-04:00", "2026-11-01T05:30Z", "2026-11-01T06:30Z", "New York: back"),
    (LORD_HOWE, "sun: 02:15-04:00", "2026-10-03T10:00Z", "2026-10-03T15:30Z", "Lord Howe: forward by half an hour"),
    (LORD_HOWE, "sun: 01:45-04:00", "2026-04-04T14:45Z", "2026-04-04T15:15Z", "Lord Howe: back by half an hour"),
    (APIA, "fri-sat: 09:00-12:00", "2011-12-29T23:00Z", "2011-12-30T19:00Z", "Apia: a Friday that never was"),
    (APIA, "thu: 22:00-06:00", "2011-12-30T08:30Z", "2012-01-05T08:00Z", "Apia: nor the end of the night before it"),
    (APIA, "fri: 22:00-06:00", "2011-12-30T09:00Z", "2011-12-30T10:00Z", "Apia: the calendar has that Friday's night"),
    (SITKA, "fri: 16:00-17:00", "1867-10-18T20:00Z", "1867-10-19T01:01:13Z", "Sitka: yesterday comes again"),
    (
        SITKA,
        "fri: 16:00-17:00\nsat: 09:00-10:00",
        "1867-10-18T05:01Z",
        "1867-10-18T18:01:13Z",
        "Sitka: the day between",
    ),
    (SITKA, "fri-sat: 16:00-17:00", "1867-10-18T01:30Z", "1867-10-19T01:01:13Z", "Sitka: the day that was lived twice"),
]


def utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text.removesuffix("+1").replace("Z", "+00:00"))
    return moment + MINUTE if text.endswith("+1") else moment


@pytest.mark.parametrize(("zone", "days", "now", "opens", "why"), CHANGES, ids=[why for *_, why in CHANGES])
def test_clock_changes(zone: ZoneInfo, days: str, now: str, opens: str, why: str) -> None:
    of = hours(days, zone)
    assert of.next_open(utc(now)) == utc(opens), why
    assert of.is_open(utc(opens))


SKIPPED = "sun: 01:30-03:30"


def test_a_minute_of_the_clock_is_open_each_time_it_comes() -> None:
    wall = [at("2026-10-25 01:59"), at("2026-10-25 02:30"), at("2026-10-25 02:30", fold=1), at("2026-10-25 03:29")]
    assert [hours(SKIPPED).is_open(each) for each in wall] == [True] * 4
    assert not hours(SKIPPED).is_open(at("2026-10-25 03:30"))
    first = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    still = [hours(SKIPPED).is_open(first + each * MINUTE) for each in range(61)]
    assert still == [True] * 60 + [False]


def oracle(of: Hours, now: datetime) -> bool:
    """Is the clock on the wall in a span of a day or of the day before, as intervals of one long time line?"""
    wall = now.astimezone(of.zone).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        for span in of.days[day] if day in of.days else of.week[day.weekday()]:
            begin = datetime.combine(day, time())
            end = begin + timedelta(minutes=span.closes, days=1 if span.closes <= span.opens else 0)
            if begin + timedelta(minutes=span.opens) <= wall < end:
                return True
    return False


# Days around which the zones do something, and an ordinary one.
AROUND = [
    (PARIS, date(2026, 3, 29)),
    (PARIS, date(2026, 10, 25)),
    (NEW_YORK, date(2026, 11, 1)),
    (LORD_HOWE, date(2026, 4, 5)),
    (LORD_HOWE, date(2026, 10, 4)),
    (APIA, date(2011, 12, 30)),
    (ZoneInfo("Asia/Kolkata"), date(2026, 3, 2)),
]
minutes = st.integers(0, 1439) | st.sampled_from((0, 60, 90, 120, 150, 180, 1380))
spans = st.builds(Span, minutes, minutes | st.just(1440))
weeks = st.lists(st.lists(spans, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Hours, datetime]:
    zone, near = draw(st.sampled_from(AROUND))
    days = draw(
        st.dictionaries(
            st.integers(-2, 4).map(lambda ahead: near + timedelta(days=ahead)),
            st.lists(spans, max_size=2).map(tuple),
            max_size=2,
        )
    )
    begin = datetime.combine(near, time(), UTC) - timedelta(days=2)
    seconds = draw(st.integers(0, 3 * 86400) | st.integers(0, 3 * 1440).map(lambda minute: minute * 60))
    return Hours("any", zone, draw(weeks), days), begin + timedelta(seconds=seconds)


@given(situations())
def test_a_plain_oracle_agrees(situation: tuple[Hours, datetime]) -> None:
    of, now = situation
    for minute in range(0, 2880, 7):
        moment = now + minute * MINUTE
        assert of.is_open(moment) is oracle(of, moment), moment


@given(situations())
def test_it_opens_at_the_next_opening_and_nothing_opens_between(situation: tuple[Hours, datetime]) -> None:
    of, now = situation
    opens = of.next_open(now)
    if opens is not None:
        assert opens > now
        assert of.is_open(opens)
        assert not of.is_open(opens - timedelta.resolution)
    first = now.replace(second=0, microsecond=0)
    states = [(first + minute * MINUTE, of.is_open(first + minute * MINUTE)) for minute in range(3 * 1440)]
    openings = [late for (_, before), (late, after) in pairwise(states) if after and not before]
    assert opens == openings[0] if openings else opens is None or opens > states[-1][0]


EDGES = (datetime.min, datetime.max, datetime(1, 1, 2), datetime(9999, 12, 30), datetime(9998, 12, 1))  # noqa: DTZ001, DTZ901
OFFSETS = (UTC, PARIS, NEW_YORK, APIA, timezone(timedelta(hours=23)), timezone(timedelta(hours=-23)))


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, APIA, ZoneInfo("Etc/GMT+12")], ids=str)
@pytest.mark.parametrize("moment", EDGES, ids=str)
@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_the_ends_of_the_calendar_are_moments_like_others(zone: ZoneInfo, moment: datetime, offset: timezone) -> None:
    night = Hours("night", zone, ((Span(1320, 360),),) * 7, {})
    now = moment.replace(tzinfo=offset)
    assert night.is_open(now) in (True, False)
    opens = night.next_open(now)
    assert opens is None or night.is_open(opens)


@given(
    st.datetimes(timezones=st.timezones() | st.sampled_from(OFFSETS), allow_imaginary=True),
    st.timezones(),
    weeks,
)
def test_nothing_raises(now: datetime, zone: ZoneInfo, week: tuple[tuple[Span, ...], ...]) -> None:
    of = Hours("any", zone, week, {})
    assert of.is_open(now) in (True, False)
    opens = of.next_open(now)
    assert opens is None or (of.is_open(opens) and opens > local_time(now, UTC_ZONE))


UTC_ZONE = ZoneInfo("UTC")


# What the author writes.

DAYS = [
    ("mon", "0"),
    ("mon-fri", "01234"),
    ("fri-mon", "4560"),
    ("mon, wed, fri", "024"),
    ("mon,wed-fri", "0234"),
    ("sun-sat", "6012345"),
    ("mon-mon", "0"),
    ("Monday", "0"),
    ("MON - Fri", "01234"),
    ("tuesday–Thursday", "123"),
    (" sat ,sun ", "56"),
]


@pytest.mark.parametrize(("key", "days"), DAYS, ids=[key for key, _ in DAYS])
def test_days_may_be_written(key: str, days: str) -> None:
    week = hours(f'"{key}": 09:00-17:00').week
    assert [day for day in range(7) if week[day]] == sorted(map(int, days))


SPANS = [
    ("09:00-12:30", [(540, 750)]),
    ("9:00-12:30", [(540, 750)]),
    ("09:00–12:30", [(540, 750)]),
    ("09:00 - 12:30", [(540, 750)]),
    ("' 09:00-12:30 '", [(540, 750)]),
    ("[09:00-12:30]", [(540, 750)]),
    ("['13:30-18:00', 09:00-12:30]", [(540, 750), (810, 1080)]),
    ("22:00-06:00", [(1320, 360)]),
    ("22:00-00:00", [(1320, 1440)]),
    ("22:00-24:00", [(1320, 1440)]),
    ("00:00-24:00", [(0, 1440)]),
    ("[09:00-12:00, 12:00-13:00]", [(540, 720), (720, 780)]),
    ("23:59-0:01", [(1439, 1)]),
]


@pytest.mark.parametrize(("value", "expected"), SPANS, ids=[value for value, _ in SPANS])
def test_spans_may_be_written(value: str, expected: list[tuple[int, int]]) -> None:
    week = hours(f"mon: {value}").week
    assert [(span.opens, span.closes) for span in week[0]] == expected
    assert week[1:] == ((),) * 6


DATES = [
    ("closed: 2026-12-25", {"2026-12-25": 0}),
    ("closed: [2026-12-25, 2026-12-26]", {"2026-12-25": 0, "2026-12-26": 0}),
    ("closed: 2026-12-31..2027-01-01", {"2026-12-31": 0, "2027-01-01": 0}),
    ("closed: ['2026-12-24 .. 2026-12-24', 2028-02-29]", {"2026-12-24": 0, "2028-02-29": 0}),
    ("open: {2026-12-24: 09:00-12:00}", {"2026-12-24": 1}),
    ("open: {2026-12-24: [09:00-10:00, 11:00-12:00]}", {"2026-12-24": 2}),
    ("open: {2026-12-27..2026-12-28: 09:00-12:00}", {"2026-12-27": 1, "2026-12-28": 1}),
    ("open: {2026-12-24: closed}", {"2026-12-24": 0}),
]


@pytest.mark.parametrize(("line", "expected"), DATES, ids=[line for line, _ in DATES])
def test_dates_may_be_written(line: str, expected: Mapping[str, int]) -> None:
    days = hours(f"mon: 09:00-17:00\n{line}").days
    assert {str(day): len(spans) for day, spans in days.items()} == expected


def test_a_weekday_may_be_called_closed() -> None:
    assert hours("mon: 09:00-17:00\nsun: closed").week[6] == ()


def test_several_hours_have_names_and_the_book_s_zone() -> None:
    named, faults = read("hours:\n  support: {mon: 09:00-17:00}\n  sales-2: {tue: 09:00-17:00}")
    assert faults == []
    assert [(name, each.name, each.zone) for name, each in named.items()] == [
        ("support", "support", PARIS),
        ("sales-2", "sales-2", PARIS),
    ]


TIMES = "write `09:00-17:00`, with hours and minutes from 00:00 to 24:00"
DAY_NAMES = "`mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`"
UNIQUE = "remove one of them"
APART = "let one begin where the other ends"

# The lines begin in column 5 of line 3.
BROKEN = {
    "a misspelt day": ("mno: 09:00-17:00", "3:5: unknown day `mno`; did you mean `mon`?"),
    "a misspelt long day": ("wensday: 09:00-17:00", "3:5: unknown day `wensday`; did you mean `wednesday`?"),
    "a misspelt closed": ("close: 2026-12-25\nmon: 9:00-10:00", "3:5: unknown day `close`; did you mean `closed`?"),
    "holidays": ("holidays: closed\nmon: 9:00-10:00", "3:5: unknown day `holidays`; did you mean `closed`?"),
    "weekend": ("weekend: 09:00-17:00", "3:5: unknown day `weekend`; did you mean `sat-sun`?"),
    "a day in French": ("lun: 09:00-17:00", "3:5: unknown day `lun`; did you mean `mon`?"),
    "a range to a day in French": ("mon-ven: 09:00-17:00", "3:5: unknown day `ven`; did you mean `fri`?"),
    "a day in Spanish": ("Miércoles: 09:00-17:00", "3:5: unknown day `miércoles`; did you mean `wed`?"),
    "a day in Portuguese": ("segunda-feira: 09:00-17:00", "3:5: unknown day `segunda-feira`; did you mean `mon`?"),
    "a day in German": ("do: 09:00-17:00", "3:5: unknown day `do`; did you mean `thu`?"),
    "a word that is no day": (
        "xyzzy: 09:00-17:00",
        f"3:5: unknown day `xyzzy`; write {DAY_NAMES}, a range such as `mon-fri`, `closed` or `open`",
    ),
    "a day that is missing": (
        "'mon,': 09:00-17:00",
        f"3:5: unknown day ``; write {DAY_NAMES}, a range such as `mon-fri`, `closed` or `open`",
    ),
    "a misspelt end of a range": ("mon-fir: 09:00-17:00", "3:5: unknown day `fir`; did you mean `fri`?"),
    "a date among weekdays": (
        "2026-12-24: 09:00-12:00",
        "3:5: the date `2026-12-24` is no weekday; write it under `closed` or `open`",
    ),
    "a day twice in one key": ("'mon,mon': 09:00-10:00", f"3:5: mon is given twice, first in line 3; {UNIQUE}"),
    "a day in two ranges": (
        "mon-wed: 09:00-10:00\nwed-fri: 11:00-12:00",
        f"4:5: wed is given twice, first in line 3; {UNIQUE}",
    ),
    "a day by two names": (
        "mon: 09:00-10:00\nMonday: closed",
        f"4:5: mon is given twice, first in line 3; {UNIQUE}",
    ),
    "an hour that is none": (
        "mon: 09:00-25:00",
        "3:10: `25:00` is no time of day; write a time from `00:00` to `24:00`",
    ),
    "a minute that is none": (
        "mon: 09:00-12:60",
        "3:10: `12:60` is no time of day; write a time from `00:00` to `24:00`",
    ),
    "a minute after 24:00": (
        "mon: 09:00-24:01",
        "3:10: `24:01` is no time of day; write a time from `00:00` to `24:00`",
    ),
    "a begin at 24:00": ("mon: 24:00-06:00", "3:10: nothing begins at `24:00`; write `00:00`, under the next day"),
    "hours alone": ("mon: 9-5", f'3:10: "9-5" is no span of time; {TIMES}'),
    "one time": ("mon: 09:00", f'3:10: "09:00" is no span of time; {TIMES}'),
    "am and pm": ("mon: 9:00am-5:00pm", f'3:10: "9:00am-5:00pm" is no span of time; {TIMES}'),
    "digits of another script": ("mon: ٠٩:٠٠-١٧:٠٠", f'3:10: "٠٩:٠٠-١٧:٠٠" is no span of time; {TIMES}'),
    "round the clock in words": (
        "mon-sun: 24/7",
        '3:14: "24/7" is no span of time; write `00:00-24:00` for the whole day',
    ),
    "two spans in one text": (
        "mon: 09:00-12:00, 13:00-17:00",
        '3:10: "09:00-12:00, 13:00-17:00" is no span of time; write a list: `["09:00-12:30", "13:30-18:00"]`',
    ),
    "closed among spans": ("mon: [closed, 09:00-10:00]", f'3:11: "closed" is no span of time; {TIMES}'),
    "a span of no length": (
        "mon: 09:00-09:00",
        '3:10: "09:00-09:00" has no length; write `00:00-24:00` for the whole day',
    ),
    "a day of no length": (
        "mon: 00:00-00:00",
        '3:10: "00:00-00:00" has no length; write `00:00-24:00` for the whole day',
    ),
    "no span at all": (
        "mon:\ntue: 09:00-10:00",
        "3:9: `mon` is empty; write a text, in quotes if it begins with #, or remove the key",
    ),
    "an empty list of spans": (
        "mon: []",
        "3:10: `mon` is an empty list; write at least one text, or remove the key",
    ),
    "a map for a span": (
        "mon: {from: 9}",
        "3:10: `mon` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace",
    ),
    "spans that overlap": (
        "mon-fri: [09:00-14:00, 13:00-18:00]",
        f'3:28: "13:00-18:00" overlaps "09:00-14:00"; {APART}',
    ),
    "the same span twice": (
        "mon: [09:00-10:00, 09:00-10:00]",
        f'3:24: "09:00-10:00" overlaps "09:00-10:00"; {APART}',
    ),
    "a night that runs into the next day's spans": (
        "fri: 22:00-06:00\nsat: 05:00-10:00",
        f'4:10: "05:00-10:00" overlaps "22:00-06:00" of the night before; {APART}',
    ),
    "a Sunday's night that runs into Monday": (
        "mon: 05:00-10:00\nsun: 22:00-06:00",
        f'3:10: "05:00-10:00" overlaps "22:00-06:00" of the night before; {APART}',
    ),
    "every night into every day, told once": (
        "mon-sun: [22:00-06:00, 05:00-10:00]",
        f'3:28: "05:00-10:00" overlaps "22:00-06:00" of the night before; {APART}',
    ),
    "spans of a date that overlap": (
        "open: {2026-12-24: [09:00-14:00, 13:00-18:00]}",
        f'3:38: "13:00-18:00" overlaps "09:00-14:00"; {APART}',
    ),
    "a date that is none": (
        "mon: 09:00-10:00\nclosed: 2026-02-30",
        "4:13: the calendar has no `2026-02-30`; check the month and the day",
    ),
    "a date without dashes": (
        "mon: 09:00-10:00\nclosed: 20261225",
        '4:13: "20261225" is no date; write it as `2026-12-25`',
    ),
    "a date as people write it": (
        "mon: 09:00-10:00\nopen: {25.12.2026: 09:00-10:00}",
        '4:12: "25.12.2026" is no date; write it as `2026-12-25`',
    ),
    "a weekday for a date": (
        "mon: 09:00-10:00\nclosed: [sun, 2026-12-25]",
        '4:14: "sun" is no date; leave it out: a weekday without spans is closed',
    ),
    "a date twice": (
        "mon: 09:00-10:00\nclosed: [2026-12-25, 2026-12-25]",
        f"4:26: 2026-12-25 is given twice, first in line 4; {UNIQUE}",
    ),
    "a date in a range, told once": (
        "mon: 09:00-10:00\nclosed: [2026-12-24..2026-12-27, 2026-12-25..2026-12-26]",
        f"4:38: 2026-12-25 is given twice, first in line 4; {UNIQUE}",
    ),
    "a date both closed and open": (
        "mon: 09:00-10:00\nclosed: 2026-12-25\nopen: {2026-12-25: 09:00-10:00}",
        f"5:12: 2026-12-25 is given twice, first in line 4; {UNIQUE}",
    ),
    "a range backwards": (
        "mon: 09:00-10:00\nclosed: 2026-12-26..2026-12-24",
        '4:13: "2026-12-26..2026-12-24" ends before it begins; write a range of 1 to 366 days, the first day first',
    ),
    "a range without end": (
        "mon: 09:00-10:00\nclosed: 0001-01-01..9999-12-31",
        '4:13: "0001-01-01..9999-12-31" is too long; write a range of 1 to 366 days, the first day first',
    ),
    "half a range": (
        "mon: 09:00-10:00\nclosed: 2026-12-24..",
        '4:13: "" is no date; write it as `2026-12-25`',
    ),
    "open without dates": (
        "open: 09:00-17:00",
        "3:11: `open` has no dates with spans; write each date with its spans: `{2026-12-24: 09:00-12:00}`",
    ),
    "no open time": ("mon-sun: closed", "2:3: `support` is never open; add a day, such as `mon-fri: 09:00-17:00`"),
    "nothing but closed dates": (
        "closed: 2026-12-25",
        "2:3: `support` is never open; add a day, such as `mon-fri: 09:00-17:00`",
    ),
}


@pytest.mark.parametrize(("days", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_fault_in_the_days_names_its_place_and_what_to_write(days: str, fault: str) -> None:
    lines = "".join(f"    {line}\n" for line in days.split("\n"))
    named, faults = read(f"hours:\n  support:\n{lines}")
    assert faults == [f"test.yaml:{fault}"]
    assert list(named) == ["support"], "what uses the hours is no fault as well"


def test_all_that_overlap_a_long_span_are_told() -> None:
    _, faults = read("hours: {support: {mon: [09:00-18:00, 10:00-11:00, 12:00-13:00]}}")
    assert [fault.split(" ", 1)[1].partition(";")[0] for fault in faults] == [
        '"10:00-11:00" overlaps "09:00-18:00"',
        '"12:00-13:00" overlaps "09:00-18:00"',
    ]


def test_all_faults_are_told_at_once() -> None:
    _, faults = read("hours:\n  a b: {mno: 09:00-17:00, tue: 9-5}\n  b: {mon: 25:61-09:00}")
    assert [fault.split(": ")[0] for fault in faults] == [
        "test.yaml:2:3",
        "test.yaml:2:9",
        "test.yaml:2:32",
        "test.yaml:3:12",
    ]


WRONG = {
    "empty": ("hours: {}", "1:8: `hours` is empty; write `support: {mon-fri: 09:00-17:00}`, or remove the key"),
    "a text": (
        "hours: 9-5",
        "1:8: `hours` is one text; write a name and under it its days: `support: {mon-fri: 09:00-17:00}`",
    ),
    "a list": (
        "hours: [support]",
        "1:8: `hours` is a list; write a name and under it its days: `support: {mon-fri: 09:00-17:00}`",
    ),
    "days without a name": (
        "hours:\n  mon-fri: 09:00-17:00",
        "2:3: `mon-fri` has no name above it; write `support: {mon-fri: ...}`",
    ),
    "closed without a name": (
        "hours:\n  closed: [2026-12-25]",
        "2:3: `closed` has no name above it; write `support: {closed: ...}`",
    ),
    "a name without days": (
        "hours:\n  support: 09:00-17:00",
        "2:12: `support` is one text; write a map of days, such as `mon-fri: 09:00-17:00`",
    ),
    "a name of two words": (
        "hours:\n  our support: {mon: 09:00-17:00}",
        '2:3: "our support" is no name for hours; write one word, such as `support`',
    ),
    "a name with no days in it": (
        "hours:\n  support: {}",
        "2:3: `support` is never open; add a day, such as `mon-fri: 09:00-17:00`",
    ),
}


@pytest.mark.parametrize(("text", "fault"), WRONG.values(), ids=WRONG)
def test_a_fault_in_the_hours_names_its_place_and_what_to_write(text: str, fault: str) -> None:
    assert read(text)[1] == [f"test.yaml:{fault}"]


written = st.text(max_size=12) | st.text("0123456789:.-–, montuewdhfrisac", max_size=24)
lines = st.sampled_from(("mon", "fri-mon", "closed", "open", "sun, tue")) | written
values = written | st.sampled_from(("09:00-17:00", "22:00-06:00", "2026-12-25", "2026-12-24..2026-12-27", "closed"))


@given(st.dictionaries(lines, values | st.lists(values, max_size=3) | st.dictionaries(values, values, max_size=2)))
def test_whatever_is_written_is_hours_or_faults(days: dict[str, object]) -> None:
    findings = Findings("test.yaml")
    node = tree({"support": days})
    of = read_hours(node, PARIS, findings, zone_given=True)["support"]
    for each in (*of.week, *of.days.values()):
        assert all(0 <= span.opens < 1440 and 0 < span.closes <= 1440 and span.opens != span.closes for span in each)
    assert findings.found or any((*of.week, *of.days.values()))


def tree(value: object) -> Node:
    if isinstance(value, dict):
        return Map(Place(), tuple((Text(Place(), key), tree(node)) for key, node in value.items()))
    return List(Place(), tuple(map(tree, value))) if isinstance(value, list) else Text(Place(), str(value))


def test_hours_need_a_zone_but_a_faulty_one_is_told_only_as_such() -> None:
    text = "hours: {support: {mon: 09:00-17:00}}"
    needed = "test.yaml:1:8: `hours` needs `timezone`; add `timezone: Europe/Paris` at the top of the book"
    assert read(text, None, zone_given=False)[1] == [needed]
    named, faults = read(text, None, zone_given=True)
    assert (list(named), faults) == (["support"], [])


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+1", "Etc/UTC", "Japan", "US/Eastern"]
)
def test_zones_that_are_taken(name: str) -> None:
    zone, faults = top(f"timezone: {name}", "timezone", read_zone)
    assert (zone, faults) == (ZoneInfo(name), [])


YOURS = "write the zone of your city, such as `Europe/Paris` or `Asia/Kolkata`"
ZONES = {
    "Europe/Pari": "did you mean `Europe/Paris`?",
    "europe/paris": "did you mean `Europe/Paris`?",
    "Paris": "did you mean `Europe/Paris`?",
    "PARIS": "did you mean `Europe/Paris`?",
    "New York": "did you mean `America/New_York`?",
    "Asia/Calcuta": "did you mean `Asia/Calcutta`?",
    "utc": "did you mean `UTC`?",
    "CET+1": YOURS,
    "UTC+2": YOURS,
    "UTC+05:30": YOURS,
    "GMT+1": YOURS,
    "+02:00": YOURS,
    "GMT": "write the zone of a city, such as `Europe/London`",
    "IST": "write the zone of a city, such as `Asia/Kolkata`",
    "ist": "write the zone of a city, such as `Asia/Kolkata`",
    "EST": "write the zone of a city, such as `America/New_York`",
    "EST5EDT": "write the zone of a city, such as `America/New_York`",
    "CET": "write the zone of a city, such as `Europe/Paris`",
    "PKT": YOURS,
    "Spain": YOURS,
    "India": "did you mean `Asia/Kolkata`?",
    "Ireland": "did you mean `Europe/Dublin`?",
    "Europe": YOURS,
    "../x": YOURS,
    "/etc/passwd": YOURS,
    "localtime": YOURS,
    "tzdata.zi": YOURS,
    "Factory": YOURS,
    "'***'": YOURS,
}


@pytest.mark.parametrize(("name", "advice"), ZONES.items(), ids=ZONES)
def test_zones_that_are_refused(name: str, advice: str) -> None:
    zone, faults = top(f"timezone: {name}", "timezone", read_zone)
    written = name.strip("'")
    assert zone is None
    assert faults == [f'test.yaml:1:11: unknown timezone "{written}"; {advice}']


@pytest.mark.parametrize("name", ["a\\0b", "\\0", "x" * 100_000, "a/" * 5000, "é", "Europe/Paris\\n"])
def test_odd_names_of_zones_are_faults_like_others(name: str) -> None:
    zone, faults = top(f'timezone: "{name}"', "timezone", read_zone)
    assert zone is None
    assert faults
    assert all(len(fault) < 200 for fault in faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("timezone:", "1:10: `timezone` is empty; write a text, in quotes if it begins with #, or remove the key"),
        (
            "timezone: [UTC]",
            "1:11: `timezone` is a list; write one text, in quotes if it has a colon"
            " or begins with a bracket or a brace",
        ),
    ],
)
def test_a_zone_is_one_text(text: str, fault: str) -> None:
    assert top(text, "timezone", read_zone) == (None, [f"test.yaml:{fault}"])


@given(st.text())
@example("\ud800")
@example("a\0b")
def test_no_name_of_a_zone_raises(name: str) -> None:
    findings = Findings("test.yaml")
    assert (read_zone(Text(Place(), name), findings) is None) is bool(findings.found)


@pytest.mark.parametrize("code", ["en", "fr", "es", "pt", "de", "hi", "ar"])
def test_languages_that_are_taken(code: str) -> None:
    language, faults = top(f"language: {code}", "language", read_language)
    assert language is not None
    assert (language.code, faults) == (code, [])


@pytest.mark.parametrize("word", ["it", "DE", "english", "no"])
def test_languages_that_are_refused(word: str) -> None:
    advice = "write one of `en`, `fr`, `es`, `pt`, `de`, `hi`, `ar`"
    expected = [f'test.yaml:1:11: unknown language "{word}"; {advice}']
    assert top(f"language: {word}", "language", read_language) == (None, expected)
