"""Carries events to webhooks: signed, and again until the receiver has taken them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import httpx

from bot.sandbox.provider import Provider, WebhookRequest

_TIMEOUT = 10.0  # seconds; what Prelude documents for its Session webhooks, and few others do for any


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
        self._client: httpx.AsyncClient | None = None

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
            response = await self._open().request(request.method, request.url, content=request.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return self._provider.taken(response.status_code)

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            # no proxies from the environment and no redirects: it goes where it was told and nowhere else
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=limits, trust_env=False, verify=trust())
        return self._client

    async def aclose(self) -> None:
        """Close the connections. The next event opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


@cache
def trust() -> ssl.SSLContext:
    """The certificate authorities of the world outside: read once a process, for reading takes a while."""
    return httpx.create_ssl_context()
