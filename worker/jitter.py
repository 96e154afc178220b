"""Pauses between tries."""

from __future__ import annotations

import random
from datetime import timedelta


def full_jitter(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """A random pause up to one that doubles with each try, so that those who failed together come back apart."""
    limit = min(first * 2 ** min(tries - 1, 20), longest)
    return timedelta(seconds=limit.total_seconds() * random.random())  # noqa: S311  no secret depends on it
