"""Durations as a book writes them: `30s`, `10m`, `4h`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta

_WRITTEN = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
_LONGEST = timedelta(days=365)


def read_duration(text: str) -> timedelta | None:
    """The duration, or None where the text is none, is nothing, or is longer than 365 days."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    number, unit = int(match[1]), _UNITS[match[2]]
    return number * unit if 0 < number <= _LONGEST / unit else None


def write_duration(duration: timedelta) -> str:
    """The same duration in the largest unit that gives a whole number of them."""
    for letter, unit in _UNITS.items():
        if not duration % unit:
            return f"{duration // unit}{letter}"
    raise ValueError(f"{duration} is no whole number of seconds")
