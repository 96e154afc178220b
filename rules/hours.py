"""When somebody is there: opening hours on the clock on the wall, and the next moment at which it opens.

The clock of the zone decides, minute by minute. In the night in which it is put back an hour is lived twice, and hours
that hold it are open both times; a time that is skipped begins where the clock goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = 1440  # minutes
_ONE_DAY = timedelta(days=1)
_FARTHEST = 400  # days that `next_open` looks ahead: a year, and a long closure at its end


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of the local day to before another; overnight where that is not later."""

    opens: int  # 0 to 1439
    closes: int  # 0 to 1440, which is 24:00; of the next day where `closes <= opens`

    @property
    def overnight(self) -> bool:
        """Whether it ends on the day after the one on which it begins."""
        return self.closes <= self.opens

    @property
    def ends(self) -> int:
        """The minute at which it ends, counted from the midnight before it begins: up to 2880."""
        return self.closes + DAY if self.overnight else self.closes


@dataclass(frozen=True, slots=True)
class Hours:
    """Named opening hours of one place.

    A span belongs to the day on which it begins: the night before a closed day still ends in its morning, and the
    night before a day with other hours runs into them.
    """

    name: str
    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]  # seven days, Monday first
    days: Mapping[date, tuple[Span, ...]]  # dates with spans of their own instead of the weekday's; none: closed

    def spans(self, day: date) -> tuple[Span, ...]:
        """What begins on this day."""
        spans = self.days.get(day)
        return self.week[day.weekday()] if spans is None else spans

    def is_open(self, now: datetime) -> bool:
        """Whether `now`, aware and of any zone, is in a span; the minute it opens is, the minute it closes is not."""
        wall = local_time(now, self.zone)
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        for span in self.spans(today):
            if span.opens <= minute and (minute < span.closes or span.closes <= span.opens):
                return True
        if today == date.min:
            return False
        return any(minute < span.closes <= span.opens for span in self.spans(today - _ONE_DAY))

    def next_open(self, now: datetime) -> datetime | None:
        """The first moment after `now` (aware, of any zone) at which it opens, in UTC; None if that is not within 400
        days. Where spans touch, at noon or at midnight, nothing opens."""
        after = _utc(now)
        today = local_time(now, self.zone).toordinal()
        # From yesterday on, which may be lived again where the clock was put back over midnight.
        for day in range(max(today - 1, 1), min(today + _FARTHEST, date.max.toordinal()) + 1):
            # An opening may come to light one day late, so the day after is asked before the first is told.
            if openings := [*self._openings(day, after)]:
                return min([*openings, *self._openings(day + 1, after)])
        return None

    def _openings(self, ordinal: int, after: datetime) -> Iterator[datetime]:
        """Moments after another at which it opens, of one day: begins of spans, or the clock jumps into a span."""
        if ordinal > date.max.toordinal():
            return
        day = datetime.fromordinal(ordinal)
        for moment in (*self._begins(day), *_jump(self.zone, day)):
            if moment > after and self.is_open(moment) and not self.is_open(moment - timedelta.resolution):
                yield moment

    def _begins(self, day: datetime) -> Iterator[datetime]:
        """When the clock shows the begins of the day's spans, the second time as well where it does so twice."""
        for span in self.spans(day.date()):
            wall = day + timedelta(minutes=span.opens)
            for fold in (0, 1):
                yield _utc(wall.replace(tzinfo=self.zone, fold=fold))


def local_time(now: datetime, zone: ZoneInfo) -> datetime:
    """The clock on the wall of the zone at an aware `now`; within a day of the calendar's ends, that end."""
    try:
        return now.astimezone(zone)
    except OverflowError:
        return _end(now, zone)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _end(moment, UTC)


def _end(moment: datetime, zone: tzinfo) -> datetime:
    return datetime.min.replace(tzinfo=zone) if moment.year == 1 else datetime.max.replace(tzinfo=zone)


def _jump(zone: ZoneInfo, day: datetime) -> Iterator[datetime]:
    """The moment of this day of UTC, if there is one, at which the zone's clock is put forward or back."""
    before = day.replace(tzinfo=UTC)
    after = before + _ONE_DAY if day.date() < date.max else datetime.max.replace(tzinfo=UTC)
    offset = local_time(before, zone).utcoffset()
    if local_time(after, zone).utcoffset() == offset:
        return
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if local_time(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    yield after.replace(microsecond=0)
