"""Webhooks of ours to endpoints of the operator's, as Standard Webhooks have it: signed, one POST a try.

What an endpoint says is in its status alone: 2xx took it, 410 wants no more of it, and all else is tried again
(standardwebhooks.com: Operational considerations). Its body is not read, and a redirect is not followed.
"""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Literal, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from worker.outbound import Endpoint
from worker.outbound.public import NotPublic, only_public
from worker.outbound.wire import retry_after
from worker.standard_webhooks import signed

LONGEST_WAIT: Final = timedelta(days=3)  # that an endpoint can ask for: longer than a notice lives it need not be
GONE: Final = 410
RESOLVERS: Final = 4  # threads


@dataclass(frozen=True, slots=True)
class Heard:
    """What the endpoint made of it."""

    what: Literal["sent", "failed", "refused"]
    code: str
    wait: timedelta | None = None  # that it asks for


class Webhooks:
    """Sends them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    def connect(cls, *, private: bool) -> Self:
        """With `private`, also to addresses that are not public. To be called on an event loop."""
        # Each has a connection of its own: one that had idled could break under a POST, and cost it a try.
        connector = aiohttp.TCPConnector(
            limit=0,  # whoever calls us has one for each endpoint
            force_close=True,
            use_dns_cache=False,
            resolver=_Resolver(),
            socket_factory=None if private else only_public,
        )
        jar = aiohttp.DummyCookieJar()
        # trust_env: a proxy of the environment's would connect in our place, and nobody would look where to.
        return cls(aiohttp.ClientSession(connector=connector, cookie_jar=jar, trust_env=False, auto_decompress=False))

    async def post(self, endpoint: Endpoint, number: str, body: str, allowed: timedelta) -> Heard:
        """One try. `number` is the same at each, so that the endpoint can tell a repetition."""
        headers = {
            "content-type": "application/json",
            "user-agent": "autoreply",
            **signed(endpoint.secrets, number, body, datetime.now(UTC)),
        }
        try:
            async with (
                asyncio.timeout(allowed.total_seconds()),
                self._session.post(
                    endpoint.url, data=body.encode(), headers=headers, allow_redirects=False
                ) as response,
            ):
                return _heard(response)
        except TimeoutError:
            return Heard("failed", "timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: an address nobody can connect to
            private = isinstance(getattr(error, "os_error", None), NotPublic)
            return Heard("failed", "private_address" if private else type(error).__name__)

    async def aclose(self) -> None:
        await self._session.close()


class _Resolver(AbstractResolver):
    """Asks the system in threads of its own: in those of the loop, a name server that hangs would hold up replies."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVERS, "resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(to[0]), port=int(to[1]), family=kind, proto=protocol, flags=numeric)
            for kind, _, protocol, _, to in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _heard(response: aiohttp.ClientResponse) -> Heard:
    code = f"http_{response.status}"
    if 200 <= response.status < 300:
        return Heard("sent", code)
    wait = retry_after(response.headers, time.time(), LONGEST_WAIT)
    return Heard("refused" if response.status == GONE else "failed", code, wait)
