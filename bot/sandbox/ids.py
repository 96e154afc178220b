"""Ids and times as Prelude writes them: `evt_`, `im_`, `tx_` and 26 characters, RFC 3339 with nanoseconds."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_LENGTH = 26
_SECOND = 10**9


def new_id(prefix: str, at: int) -> str:
    """`prefix` and a ULID in lower case: sorts by `at` (nanoseconds since the epoch), random within a millisecond."""
    number = (at // 10**6 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    digits = [_CROCKFORD[(number >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def timestamp(at: int) -> str:
    """`at` (nanoseconds since the epoch) as text in UTC, all nine digits of the fraction kept.

    datetime stops at microseconds, so the fraction is written by hand: readers must cope with it, as in life.
    """
    seconds, fraction = divmod(at, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
