"""The circumstances in which a book is tried, and how their time is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from rules import Book, Conversation, Decision, Message, decide

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY: Final = "|".join(f"{day}|{day[:3]}" for day in _DAYS)
_WEEKDAY: Final = re.compile(rf"(?:({_DAY})\s+)?(\d{{1,2}}:\d{{2}})", re.IGNORECASE | re.ASCII)
_MIDNIGHT: Final = re.compile(r"(?:^|(?<=[ T]))24:00(?::00)?(?=$|[Z+-])", re.IGNORECASE)  # as `hours` have it
_YEARS: Final = range(1971, 9000)  # a day before and after them is a date, too


@dataclass(frozen=True, slots=True)
class Trial:
    """Who writes, when, and with what media."""

    now: datetime | None  # None: at the time of asking
    sender: str
    tags: frozenset[str]
    first_message: bool
    media: str | None = None

    def decide(self, book: Book, text: str) -> Decision:
        """What the book says to the text."""
        now = self.now or datetime.now(UTC)
        return decide(book, self.message(text, now), self.conversation, now)

    def message(self, text: str, now: datetime) -> Message:
        """The text as a message of this moment."""
        return Message(
            account="try",
            event_id="try",
            id="try",  # fixed: the same text gets the same variant each time
            sender=self.sender,
            recipient="try",
            text=text,
            sent_at=now,
            window_expires_at=now + timedelta(hours=24),
            media=self.media,
        )

    @property
    def conversation(self) -> Conversation:
        """What is remembered of who writes."""
        return Conversation(first_message=self.first_message, tags=self.tags)

    def told(self, book: Book) -> str:
        """All of it on one line."""
        when = "now" if self.now is None else say_time(self.now, book)
        tags = f", tagged {', '.join(sorted(self.tags))}" if self.tags else ""
        media = f", with media: {self.media}" if self.media else ""
        return f"at {when}, from {self.sender}, {'the first' if self.first_message else 'a later'} message{media}{tags}"


def say_time(now: datetime, book: Book) -> str:
    """The time in the book's zone."""
    zone: tzinfo = book.zone or UTC
    return f"{now.astimezone(zone):%a %Y-%m-%d %H:%M} {book.zone or 'UTC'}"


def read_time(text: str, zone: tzinfo | None) -> datetime:
    """A date and time, a weekday and time (the next one, today among them), or a time of today; in this zone where it
    has none; `24:00` is the midnight that ends the day. Raises `ValueError`, which says what to write."""
    zone = zone or UTC
    moment, ends = _MIDNIGHT.subn("00:00", text.strip())
    try:
        if (match := _WEEKDAY.fullmatch(moment)) is not None:
            read = _coming(match[1], time.fromisoformat(match[2].zfill(5)), zone)
        else:
            read = datetime.fromisoformat(moment)
        read += timedelta(days=ends)
    except (ValueError, OverflowError) as error:
        message = (
            f"{text!r} is no time; write one such as 2026-12-24T18:00, 2026-12-24T18:00+01:00, 'mon 09:00' or 09:00"
        )
        raise ValueError(message) from error
    if read.year not in _YEARS:
        raise ValueError(f"{text!r} is too far away; write a year from {_YEARS.start} to {_YEARS.stop - 1}")
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _coming(day: str | None, at: time, zone: tzinfo) -> datetime:
    today = datetime.now(zone)
    wanted = next((each for each, name in enumerate(_DAYS) if day and name.startswith(day.lower())), today.weekday())
    ahead = (wanted - today.weekday()) % 7
    return datetime.combine(today.date() + timedelta(days=ahead), at)
