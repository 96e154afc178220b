"""Tokens that a provider fetches from us and bears in its webhooks.

A token says until when it is good, and is signed with the secret by which it was asked for. Nothing is kept: every
process of the receiver that knows the secret knows all tokens, those of the others too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from worker.secret import Secret

LIFETIME: Final = timedelta(hours=1)
# A token that is fetched anew just when it ends may be under way, and clocks differ.
GRACE: Final = timedelta(minutes=5)


def issue(account: str, secret: Secret, now: float) -> str:
    """A token for this account's webhooks. `now` in seconds since 1970."""
    until = str(int(now + LIFETIME.total_seconds()))
    return f"{until}.{_signature(account, secret, until)}"


def is_good(token: str, account: str, secrets: Sequence[Secret], now: float) -> bool:
    """Whether one of the secrets has signed it for this account, and it has not ended. Takes the same time for any."""
    until, _, signature = token.partition(".")
    given = signature.encode(errors="replace")
    signed = [hmac.compare_digest(given, _signature(account, secret, until).encode()) for secret in secrets]
    return any(signed) and now < int(until) + GRACE.total_seconds()


def _signature(account: str, secret: Secret, until: str) -> str:
    told = f"webhooks of {account} until {until}".encode(errors="replace")
    return hmac.new(secret.reveal().encode(), told, hashlib.sha256).hexdigest()
