"""One HTTP request, and the one border where the client's errors become answers.

The question is always the same: did anything leave this host? If not, trying again is safe. If so, nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from worker.outbound import Answer, Outcome
from worker.outbound.public import NotPublic, only_public

BODY_LIMIT: Final = 64 * 1024
CONNECT_TIMEOUT: Final = timedelta(seconds=4)
RETRY_AFTER_LIMIT: Final = timedelta(hours=1)
# How long a connection is kept that nobody uses. Where the other end gives it up in the moment that we write, nobody
# knows whether the request arrived. Node and uvicorn give up after 5 s, nginx after 75.
KEEP_IDLE: Final = timedelta(seconds=2)

# The transport maps a connection that broke while in use to ConnectTimeout, as if it had never been made. So where
# aiohttp speaks, it is aiohttp that is asked.
_NEVER_LEFT_AIOHTTP: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NEVER_LEFT_HTTPX: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Response:
    """A provider's answer, body included, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _PublicTransport(AiohttpTransport):
    """Connects to public addresses alone, whatever a name turns into."""

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            ssl=self.ssl_context,
            socket_factory=only_public,
        )
        return aiohttp.ClientSession(connector=connector)


def client(base_url: str, headers: Mapping[str, str], *, connections: int, public: bool = False) -> httpx.AsyncClient:
    """A client for one account; with `public`, for none of our own network. Redirects are not followed: a provider's
    endpoint has one address."""
    limits = httpx.Limits(max_connections=connections, keepalive_expiry=KEEP_IDLE.total_seconds())
    transport = _PublicTransport(limits=limits) if public else AiohttpTransport(limits=limits)
    return httpx.AsyncClient(base_url=base_url, headers=dict(headers), transport=transport, follow_redirects=False)


async def ask(
    client: httpx.AsyncClient,
    path: str,
    allowed: timedelta,
    *,
    payload: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response | Outcome:
    """Posts JSON, a form or bytes as they are, or gets, once. Where no answer came, an Outcome says what that means."""
    total = allowed.total_seconds()
    # Connecting must give up first, or a total time-out could not say whether the request had left.
    connect = min(CONNECT_TIMEOUT.total_seconds(), total / 2)
    request = client.build_request(
        "GET" if payload is None and form is None and content is None else "POST",
        path,
        json=None if payload is None else dict(payload),
        data=None if form is None else dict(form),
        content=content,
        headers=None if headers is None else dict(headers),
        timeout=httpx.Timeout(total, connect=connect, pool=connect),
    )
    try:
        async with asyncio.timeout(total):
            response = await client.send(request, stream=True)
            try:
                return Response(response.status_code, response.headers, await _body(response))
            finally:
                await response.aclose()
    except TimeoutError:
        return Outcome(Answer.AMBIGUOUS, "timeout")
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
        if isinstance(getattr(error.__cause__, "os_error", None), NotPublic):
            return Outcome(Answer.CONFIG, "private_address")
        answer = Answer.RETRY if never_left(error) else Answer.AMBIGUOUS
        return Outcome(answer, type(error.__cause__ or error).__name__)


def never_left(error: Exception) -> bool:
    """Whether the error says that no byte of the request was sent."""
    if isinstance(error.__cause__, aiohttp.ClientError | TimeoutError):
        return isinstance(error.__cause__, _NEVER_LEFT_AIOHTTP)
    return isinstance(error, _NEVER_LEFT_HTTPX)


async def _body(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > BODY_LIMIT:
            break
    return body[:BODY_LIMIT]


def retry_after(headers: Mapping[str, str], now: float, longest: timedelta = RETRY_AFTER_LIMIT) -> timedelta | None:
    """How long the other end asks us to wait: seconds or a date (RFC 9110, 10.2.3). `now` in seconds since 1970."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        wait = timedelta(seconds=min(int(value[:12]), int(longest.total_seconds())))
    else:
        try:
            wait = timedelta(seconds=parsedate_to_datetime(value).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    return min(max(wait, timedelta(0)), longest)


def printable(text: str) -> str:
    """Somebody else's text, fit for a log line and a record."""
    return "".join(character for character in text[:80] if character.isprintable())
