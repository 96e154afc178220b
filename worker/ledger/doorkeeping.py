"""Who may log in to the dashboard: what its sessions are signed with, which of them were ended, and how often somebody
may try a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from worker import keys
from worker.ledger.looking import Looking
from worker.ledger.scripts import ask_redis

TRIES: Final = 5  # wrong passwords from one address
TRIES_OF_ALL: Final = 50  # from addresses that nobody has logged in from
WITHIN: Final = timedelta(minutes=15)
KNOWN_FOR: Final = timedelta(days=30)


class Doorkeeping(Looking):
    """Raises LedgerUnavailable from every method."""

    async def session_secret(self) -> str:
        """The same for all processes, made by the first that asks."""
        await ask_redis(self._redis.set(keys.SESSION_SECRET, secrets.token_hex(32), nx=True))
        return str(await ask_redis(self._redis.get(keys.SESSION_SECRET)))

    async def end_session(self, session: str, lives: timedelta) -> None:
        """Ends one for all processes. `lives`: how long its cookie could still be used, at most."""
        await ask_redis(self._redis.set(keys.ENDED_SESSION + session, 1, px=lives))

    async def has_ended(self, session: str) -> bool:
        """Whether somebody has logged out of it."""
        return bool(await ask_redis(self._redis.exists(keys.ENDED_SESSION + session)))

    async def try_password(self, address: str, *, right: bool) -> timedelta | None:
        """Somebody at this address has tried a password. How long none is taken from there, the right one neither; None
        where it is: then a wrong one is counted, and a right one makes the address known and its wrong ones forgotten.

        Whoever asks for a password says what it was only after this.
        """
        answer = await self._scripts.run(
            "try_password",
            address=hashlib.sha256(address.encode()).hexdigest()[:16],
            right=right,
            most=TRIES,
            most_of_all=TRIES_OF_ALL,
            within=_ms(WITHIN),
            known_for=_ms(KNOWN_FOR),
        )
        return timedelta(milliseconds=max(answer["wait"], 1000)) if "wait" in answer else None


def _ms(span: timedelta) -> int:
    return int(span / timedelta(milliseconds=1))
