"""One webhook's way through the receiver: receive → verify → parse → take in.

It is answered 200 only once its message is in Redis; what Redis cannot take now, the provider shall send again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.inbound import (
    Acknowledging,
    Batching,
    Challenged,
    Event,
    Ignored,
    Inbound,
    Issuing,
    PayloadError,
    SignatureError,
    Unsubscribed,
    Webhook,
)
from bot.pressure import Pressure
from rules.model import Message
from worker import keys, log
from worker.ledger import DeliveryEvent, Ledger, LedgerUnavailable

BODY_LIMIT: Final = 256 * 1024  # bytes; a text has at most 4,096 characters
BODY_TIMEOUT: Final = timedelta(seconds=10)  # Prelude itself gives up after that
TOKEN_PATH: Final = "/token"  # noqa: S105  behind the webhook's own
RETRY_AFTER: Final = timedelta(seconds=5)


class Receiver:
    """Takes the webhooks of one account."""

    def __init__(self, inbound: Inbound, ledger: Ledger, pressure: Pressure, url: str | None = None) -> None:
        """`url` is what the provider calls, where that differs from what reaches us."""
        self._inbound = inbound
        self._ledger = ledger
        self._pressure = pressure
        self._url = url
        self._acknowledgement = inbound.ACKNOWLEDGEMENT if isinstance(inbound, Acknowledging) else None
        self._log = log.logger()

    def routes(self, path: str) -> list[Route]:
        longest = self._inbound.BODY_LIMIT if isinstance(self._inbound, Batching) else None  # None: that of all
        found = [Route(path, self._answering(self._take), methods=["POST"], max_body_size=longest)]
        if isinstance(self._inbound, Challenged):
            found.append(Route(path, self._answering(partial(_challenge, self._inbound)), methods=["GET"]))
        if isinstance(self._inbound, Issuing):
            issue = partial(_issue, self._inbound)
            found.append(Route(f"{path}{TOKEN_PATH}", self._answering(issue), methods=["POST"]))
        return found

    def _answering(self, answer: Callable[[Webhook], Awaitable[Response]]) -> ASGIApp:
        """What all requests of a provider have in common."""

        async def respond(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return refuse(408, "the body did not arrive in time")
            try:
                return await answer(Webhook(self._called(request), request.headers, body))
            except SignatureError as error:
                self._log.warning("webhook_refused", status=401, why=str(error))
                return refuse(401, str(error))
            except PayloadError as error:
                self._log.warning("webhook_refused", status=400, why=str(error))
                return refuse(400, str(error))
            except LedgerUnavailable as error:
                self._log.error("webhook_refused", status=503, why=str(error))
                return unavailable()

        return _Endpoint(respond)

    async def _take(self, webhook: Webhook) -> Response:
        began = time.monotonic()
        self._inbound.verify(webhook)
        events = self._inbound.read(webhook)
        if self._pressure.why and any(isinstance(event, Message) for event in events):
            self._log.warning("webhook_refused", status=503, why=self._pressure.why)
            return unavailable()
        results = []
        for event in events:  # where Redis goes away between two, the provider sends all of them again
            what, about = await _take_in(self._ledger, event)
            self._log.info("webhook", what=what, about=about, ms=round((time.monotonic() - began) * 1000))
            results.append(what)
        media_type, text = self._acknowledgement or ("application/json", _told(tuple(results)))
        return Response(text, media_type=media_type)

    def _called(self, request: Request) -> str:
        query = request.scope["query_string"].decode("latin-1")
        address = self._url or request.scope["path"]
        return f"{address}?{query}" if query else address


class _Endpoint:
    """An application of its own: a function Starlette would wrap once more, and of a webhook's time that shows."""

    def __init__(self, respond: Callable[[Request], Awaitable[Response]]) -> None:
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)


async def _challenge(inbound: Challenged, webhook: Webhook) -> Response:
    query = dict(parse_qsl(urlsplit(webhook.url).query))
    return PlainTextResponse(inbound.challenge(query))


async def _issue(inbound: Issuing, webhook: Webhook) -> Response:
    return JSONResponse(dict(inbound.issue(webhook)), headers={"cache-control": "no-store"})


async def _body(request: Request) -> bytes | None:
    try:
        async with asyncio.timeout(BODY_TIMEOUT.total_seconds()):
            return await request.body()
    except (TimeoutError, ClientDisconnect):
        return None


async def _take_in(ledger: Ledger, event: Event) -> tuple[str, str]:
    """What became of the event, and the key of its message or the kind of what was ignored."""
    match event:
        case Ignored(why, kind):
            await ledger.count(why)
            return why, kind
        case DeliveryEvent(key):
            return await ledger.deliver(event), key
        case Unsubscribed(account, sender):
            await ledger.opt_out(account, sender)
            return "unsubscribed", account
        case _:
            return await ledger.take_in(event), keys.message_key(event.account, event.id)


@lru_cache(100)  # most tell of one new message
def _told(results: Sequence[str]) -> str:
    return json.dumps({"result": results[0]} if len(results) == 1 else {"results": results})


def refuse(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


def unavailable() -> Response:
    seconds = int(RETRY_AFTER.total_seconds())
    return JSONResponse({"error": "cannot take messages now"}, 503, {"retry-after": str(seconds)})
