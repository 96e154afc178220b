"""One webhook's way through the receiver: receive → verify → parse → take in.

It is answered 200 only once its message is in Redis; what Redis cannot take now, the provider shall send again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.inbound import Event, Ignored, Inbound, PayloadError, SignatureError, Unsubscribed
from bot.pressure import Pressure
from rules.model import Message
from worker import keys, log
from worker.ledger import DeliveryEvent, Ledger, LedgerUnavailable

BODY_LIMIT: Final = 256 * 1024  # bytes; a text has at most 4,096 characters
BODY_TIMEOUT: Final = timedelta(seconds=10)  # Prelude itself gives up after that
RETRY_AFTER: Final = timedelta(seconds=5)

Endpoint = Callable[[Request], Awaitable[Response]]


def webhook(inbound: Inbound, ledger: Ledger, pressure: Pressure) -> Endpoint:
    """The endpoint of one account."""
    logger = log.logger("bot.webhooks")

    async def receive(request: Request) -> Response:
        began = time.monotonic()
        body = await _body(request)
        if body is None:
            return refuse(408, "the body did not arrive in time")
        try:
            inbound.verify(request.headers, body)
            event = inbound.read(body)
            if pressure.why and isinstance(event, Message):
                logger.warning("webhook_refused", status=503, why=pressure.why)
                return unavailable()
            what, about = await _take_in(ledger, event)
        except SignatureError as error:
            logger.warning("webhook_refused", status=401, why=str(error))
            return refuse(401, str(error))
        except PayloadError as error:
            logger.warning("webhook_refused", status=400, why=str(error))
            return refuse(400, str(error))
        except LedgerUnavailable as error:
            logger.error("webhook_refused", status=503, why=str(error))
            return unavailable()
        logger.info("webhook", what=what, about=about, ms=round((time.monotonic() - began) * 1000))
        return JSONResponse({"result": what})

    return receive


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


def refuse(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


def unavailable() -> Response:
    seconds = int(RETRY_AFTER.total_seconds())
    return JSONResponse({"error": "cannot take messages now"}, 503, {"retry-after": str(seconds)})
