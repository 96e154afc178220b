"""Moments as RFC 3339 writes them, with nanoseconds."""

from __future__ import annotations

from datetime import UTC, datetime

_SECOND = 10**9


def timestamp(at: int) -> str:
    """`at` (nanoseconds since the epoch) as text in UTC, all nine digits of the fraction kept.

    datetime stops at microseconds, so the fraction is written by hand: readers must cope with it, as in life.
    """
    seconds, fraction = divmod(at, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
