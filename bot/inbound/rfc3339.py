"""Moments as RFC 3339 writes them, nanoseconds and all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d{1,18}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def parse(text: str) -> datetime:
    """An aware UTC moment, cut to microseconds: never later than what was written. Raises ValueError.

    `datetime.fromisoformat` also takes dates alone, weeks and moments without a zone, and refuses a leap second.
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError("not a moment as RFC 3339 writes it")
    day, minute, second, fraction, zone = found.groups()
    if zone in "Zz":
        zone = "+00:00"
    leap = second == "60"
    whole = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{zone}")
    micros = 999_999 if leap else int((fraction or "0").ljust(6, "0")[:6])
    try:
        return whole.astimezone(UTC) + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error
