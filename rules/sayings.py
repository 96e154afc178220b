"""Times as a person says them to a customer: `{next_open}`, `{hours}`, `{date}` and `{time}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

from rules.hours import DAY, Hours, Span, local_time
from rules.languages import Language

_FAR = 300  # days from now; a date farther away than this is told with its year


def say_next_open(hours: Hours, now: datetime, language: Language) -> str:
    """When it opens next after `now` (aware, of any zone), to end the sentence "We open again {next_open}."."""
    moment = hours.next_open(now)
    if moment is None:
        return language.never
    opens = local_time(moment, hours.zone)
    ahead = (opens.date() - local_time(now, hours.zone).date()).days
    if ahead <= 0:
        form = language.today
    elif ahead == 1:
        form = language.tomorrow
    else:
        form = language.near if ahead < 7 else language.far
    day = _date(opens, language, with_year=ahead > _FAR)
    return form.format(weekday=language.weekdays[opens.weekday()], date=day, at=_at(opens, language))


def say_hours(hours: Hours, language: Language) -> str:
    """The spans of an ordinary week, days alike together and closed days left out; of dates, if no weekday has any."""
    # "Mon–Fri 9:00–12:30 and 13:30–18:00, Sat 10:00–14:00"
    if sum(span.ends - span.opens for spans in hours.week for span in spans) == 7 * DAY:
        return language.always
    said = [f"{days} {_spans(spans, language)}" for days, spans in _grouped(hours.week, language)]
    if not said:
        dated = sorted(day for day, spans in hours.days.items() if spans)
        said = [f"{say_date(day, language)} {_spans(hours.days[day], language)}" for day in dated]
    return language.comma.join(said)


def say_date(day: date, language: Language) -> str:
    """A day with its year: "2 March 2026". Of a `datetime` it is the day on its own clock, so give it a local one."""
    return _date(day, language, with_year=True)


def say_time(moment: datetime, language: Language) -> str:
    """The time on the clock of `moment`, so give it a local one: "14:05"."""
    return _clock(moment.hour * 60 + moment.minute, language)


def _date(day: date, language: Language, *, with_year: bool) -> str:
    number = language.first if day.day == 1 else str(day.day)
    said = language.date.format(day=number, month=language.months[day.month - 1])
    return said + language.year.format(day.year) if with_year else said


def _at(moment: datetime, language: Language) -> str:
    form = language.at_one if moment.hour in language.ones else language.at
    return form.format(say_time(moment, language))


def _clock(minute: int, language: Language) -> str:
    return language.clock.format(hour=minute // 60, minute=minute % 60)


def _grouped(week: Sequence[tuple[Span, ...]], language: Language) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """The weekdays by what they have in common, closed ones left out; a group may go over the end of the week."""
    alike = [(spans, [*days]) for spans, days in groupby(range(7), lambda day: _united(week[day]))]
    if len(alike) > 1 and alike[0][0] == alike[-1][0]:
        spans, days = alike.pop()
        alike[0] = (spans, days + alike[0][1])
    for spans, days in alike:
        if spans:
            yield _days(days, language), spans


def _days(days: Sequence[int], language: Language) -> str:
    if len(days) == 7:
        return language.daily
    first, last = language.short[days[0]], language.short[days[-1]]
    return first if len(days) == 1 else language.days.format(first=first, last=last)


def _spans(spans: Sequence[Span], language: Language) -> str:
    said = [
        language.span.format(opens=_clock(span.opens, language), closes=_clock(span.closes or DAY, language))
        for span in _united(spans)
    ]
    *rest, last = said
    return language.spans.format(language.comma.join(rest) + language.join + last if rest else last)


def _united(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans of a day in order, those that touch made one."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda each: each.opens):
        if united and united[-1].closes == span.opens:
            span = Span(united.pop().opens, span.closes)
        united.append(span)
    return tuple(united)
