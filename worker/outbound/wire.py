"""One HTTP request, and the one border where the client's errors become answers.

The question is always the same: did anything leave this host? If not, trying again is safe. If so, nobody knows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlencode

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


class _Transport(AiohttpTransport):
    """Keeps no cookies. Makes its sockets by `only`, which may refuse an address, whatever a name turned into."""

    def __init__(self, limits: httpx.Limits, only: aiohttp.SocketFactoryType | None) -> None:
        super().__init__(limits=limits)
        self._only = only

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            ssl=self.ssl_context,
            socket_factory=self._only,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class _Kind(Enum):
    """What a request's body is, as its header says, where that is for us to say."""

    JSON = "application/json"
    FORM = "application/x-www-form-urlencoded"
    OTHER = ""

    @property
    def headers(self) -> Mapping[str, str]:
        return {"content-type": self.value} if self.value else {}


class Client:
    """Requests to one address. They go to httpx's transport itself: what httpx's client adds, cookies, redirects and
    authentication, nobody here uses, and it takes as long as all of the rest."""

    def __init__(self, base_url: str, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport) -> None:
        """`headers` go with each request. Redirects are not followed: a provider's endpoint has one address."""
        self.base_url = base_url.rstrip("/")
        # Answers are small, and time spent on unpacking them is nobody's gain.
        every = {"accept-encoding": "identity", "user-agent": "autoreply", **headers}
        self._headers = {kind: httpx.Headers({**every, **kind.headers}) for kind in _Kind}
        self._transport = transport

    async def ask(
        self,
        path: str,
        allowed: timedelta,
        *,
        payload: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response | Outcome:
        """Posts JSON, a form or bytes as they are, or gets, once. Where no answer came, an Outcome says what that
        means."""
        total = allowed.total_seconds()
        # Connecting must give up first, or a total time-out could not say whether the request had left.
        connect = min(CONNECT_TIMEOUT.total_seconds(), total / 2)
        try:
            request = self._request(path, *_written(payload, form, content), headers or {})
            request.extensions["timeout"] = {"connect": connect, "pool": connect, "read": total, "write": total}
            async with asyncio.timeout(total):
                return await self._exchange(request)
        except TimeoutError:
            return Outcome(Answer.AMBIGUOUS, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            if isinstance(getattr(error.__cause__, "os_error", None), NotPublic):
                return Outcome(Answer.CONFIG, "private_address")
            answer = Answer.RETRY if never_left(error) else Answer.AMBIGUOUS
            return Outcome(answer, type(error.__cause__ or error).__name__)

    def _request(self, path: str, kind: _Kind, body: bytes | None, more: Mapping[str, str]) -> httpx.Request:
        headers = self._headers[kind]
        if more:
            headers = headers.copy()
            headers.update(more)
        # Given its stream, a request takes the headers as they are; the transport adds those of its own.
        method, stream = "GET" if body is None else "POST", httpx.ByteStream(body or b"")
        request = httpx.Request(method, _url(self.base_url + path), headers=headers, stream=stream)
        request.read()
        return request

    async def _exchange(self, request: httpx.Request) -> Response:
        response = await self._transport.handle_async_request(request)
        try:
            return Response(response.status_code, response.headers, await _body(response))
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()


def client(base_url: str, headers: Mapping[str, str], *, connections: int, public: bool = False) -> Client:
    """A client for one account; with `public`, for none of our own network."""
    limits = httpx.Limits(max_connections=connections, keepalive_expiry=KEEP_IDLE.total_seconds())
    return Client(base_url, headers, _Transport(limits=limits, only=only_public if public else None))


def never_left(error: Exception) -> bool:
    """Whether the error says that no byte of the request was sent."""
    if isinstance(error.__cause__, aiohttp.ClientError | TimeoutError):
        return isinstance(error.__cause__, _NEVER_LEFT_AIOHTTP)
    return isinstance(error, _NEVER_LEFT_HTTPX)


_url = lru_cache(1024)(httpx.URL)  # which takes as long to read an address as the rest of a request to be made


def _written(
    payload: Mapping[str, Any] | None, form: Mapping[str, str] | None, content: bytes | None
) -> tuple[_Kind, bytes | None]:
    if payload is not None:
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return _Kind.JSON, text.encode()
    if form is not None:
        return _Kind.FORM, urlencode(form).encode()
    return _Kind.OTHER, content


async def _body(response: httpx.Response) -> bytes:
    body = b""
    # As it comes, where nobody has packed it all the same.
    is_packed = "content-encoding" in response.headers
    async for chunk in response.aiter_bytes() if is_packed else cast(httpx.AsyncByteStream, response.stream):
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
