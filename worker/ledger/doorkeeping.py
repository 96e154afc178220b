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
_ALL: Final = "all"


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

    async def must_wait(self, address: str) -> timedelta | None:
        """How long nobody from this address may try a password, the right one included; None where one may.

        Guesses from everywhere close the door to strangers alone, or whoever guesses could keep everybody out.
        """
        its = _hash(address)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.exists(keys.KNOWN_ADDRESS + its)
        for name in (its, _ALL):
            pipeline.get(keys.TRIES + name)
            pipeline.pttl(keys.TRIES + name)
        known, tried, left, tried_by_all, left_of_all = await ask_redis(pipeline.execute())
        waits = [left] if int(tried or 0) >= TRIES else []
        if int(tried_by_all or 0) >= TRIES_OF_ALL and not known:
            waits.append(left_of_all)
        return timedelta(milliseconds=max(*waits, 1000)) if waits else None

    async def wrong_password(self, address: str) -> None:
        """Counts one that was tried."""
        pipeline = self._redis.pipeline()
        for name in (_hash(address), _ALL):
            pipeline.incr(keys.TRIES + name)
            pipeline.pexpire(keys.TRIES + name, WITHIN, nx=True)
        await ask_redis(pipeline.execute())

    async def right_password(self, address: str) -> None:
        """Forgets the wrong ones of the address, and knows it from now on."""
        pipeline = self._redis.pipeline()
        pipeline.delete(keys.TRIES + _hash(address))
        pipeline.set(keys.KNOWN_ADDRESS + _hash(address), 1, px=KNOWN_FOR)
        await ask_redis(pipeline.execute())


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
