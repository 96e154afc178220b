"""Carries events to webhooks: signed, and again until the receiver has taken them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import aiohttp
import httpx
from yarl import URL

from bot.sandbox.provider import Provider, WebhookRequest

_TIMEOUT = 10.0  # seconds; what Prelude documents for its Session webhooks, and few others do for any
_KEEP_IDLE = 2.0  # seconds that a connection is kept without use: uvicorn closes it after five


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an event is tried. Providers go on for days: a rehearsal is shorter."""

    first: timedelta = timedelta(seconds=1)  # the pause after the first failure; each next one is twice as long
    longest: timedelta = timedelta(minutes=1)
    attempts: int = 20  # a quarter of an hour with the pauses above

    def pauses(self) -> Iterator[float]:
        """Seconds between attempts."""
        pause = self.first
        for _ in range(self.attempts - 1):
            yield pause.total_seconds()
            pause = min(pause * 2, self.longest)


USUAL = Patience()


class Courier:
    """Signs and posts. One connection pool, opened by the first event."""

    def __init__(self, provider: Provider, patience: Patience) -> None:
        self._provider = provider
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, request: WebhookRequest, on_failure: Callable[[], None]) -> bool:
        """Until it is taken. False if the patience is at its end. `on_failure` is called after each failed attempt."""
        for pause in (*self._patience.pauses(), None):
            if await self._post(request):
                return True
            on_failure()
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    async def _post(self, request: WebhookRequest) -> bool:
        headers = {**request.headers, **self._provider.sign(request)}
        try:
            # the address as it is, since some sign it
            address = URL(request.url, encoded=True)
            async with self._open().request(
                request.method, address, data=request.body or None, headers=headers, allow_redirects=False
            ) as response:
                return self._provider.taken(response.status)
        except (aiohttp.ClientError, OSError, ValueError):
            return False

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # not httpx, whose own pool costs 3 ms a request when many wait: while a receiver is down, all of them do
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_IDLE, ssl=trust())
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(_TIMEOUT), skip_auto_headers=["Content-Type"]
            )
        return self._session

    async def aclose(self) -> None:
        """Close the connections. The next event opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


@cache
def trust() -> ssl.SSLContext:
    """The certificate authorities of the world outside: read once a process, for reading takes a while."""
    return httpx.create_ssl_context()
