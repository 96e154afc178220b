"""Who may log in to the dashboard: what its sessions are signed with, which of them were ended, and how often somebody
may try a password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from worker import keys
from worker.ledger.looking import Looking
from worker.ledger.scripts import ask_redis

TRIES: Final = 5  # wrong passwords from one address
TRIES_OF_ALL: Final = 50
WITHIN: Final = timedelta(minutes=15)
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
        """How long nobody from this address may try a password, the right one included; None where one may."""
        waits = [await self._left(name, most) for name, most in _limits(address)]
        return max((wait for wait in waits if wait), default=None)

    async def wrong_password(self, address: str) -> None:
        """Counts one that was tried."""
        for name, _ in _limits(address):
            pipeline = self._redis.pipeline()
            pipeline.incr(keys.TRIES + name)
            pipeline.pexpire(keys.TRIES + name, WITHIN, nx=True)
            await ask_redis(pipeline.execute())

    async def right_password(self, address: str) -> None:
        """Forgets those of the address."""
        await ask_redis(self._redis.delete(keys.TRIES + _hash(address)))

    async def _left(self, name: str, most: int) -> timedelta | None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.get(keys.TRIES + name)
        pipeline.pttl(keys.TRIES + name)
        tried, left = await ask_redis(pipeline.execute())
        return timedelta(milliseconds=max(left, 1000)) if tried and int(tried) >= most else None


def _limits(address: str) -> Sequence[tuple[str, int]]:
    return ((_hash(address), TRIES), (_ALL, TRIES_OF_ALL))


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
