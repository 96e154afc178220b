"""Carries events to webhooks: signed, and again until the receiver answers 200."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox import signing
from bot.sandbox.events import Event

_TIMEOUT = 10.0  # seconds; what Prelude documents for its Session webhooks


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an event is tried. Prelude starts with a minute and goes on for days: a rehearsal is shorter."""

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

    def __init__(self, key: rsa.RSAPrivateKey, style: signing.Style, patience: Patience) -> None:
        self._key = key
        self._style = style
        self._patience = patience
        self._client: httpx.AsyncClient | None = None

    async def deliver(self, url: str, event: Event, on_failure: Callable[[], None]) -> bool:
        """Post until 200. False if the patience is at its end. `on_failure` is called after each failed attempt."""
        body = json.dumps(event, ensure_ascii=False).encode()
        for pause in (*self._patience.pauses(), None):
            if await self._post(url, body):
                return True
            on_failure()
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    async def _post(self, url: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", signing.HEADER: signing.sign(self._key, body, self._style)}
        try:
            response = await self._open().post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.status_code == httpx.codes.OK  # Prelude: `200 OK`, not any 2xx

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


def is_loopback(url: str) -> bool:
    """Whether the URL names this host by `localhost` or a loopback address. Other names are not resolved."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
