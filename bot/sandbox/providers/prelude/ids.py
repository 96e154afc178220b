"""Ids as Prelude writes them: `evt_`, `im_`, `tx_` and 26 characters."""

from __future__ import annotations

import secrets

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_LENGTH = 26


def new_id(prefix: str, at: int) -> str:
    """`prefix` and a ULID in lower case: sorts by `at` (nanoseconds since the epoch), random within a millisecond."""
    number = (at // 10**6 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    digits = [_CROCKFORD[(number >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(digits)}"
