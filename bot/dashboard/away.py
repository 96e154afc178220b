"""What is answered while Redis does not answer or refuses, and what is known then of that which was sent."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.dashboard.guard import API
from bot.dashboard.leading import page_of
from bot.dashboard.roles import NOBODY, Role
from bot.dashboard.room import Room
from worker import log
from worker.ledger import LedgerDamaged, LedgerRefused, LedgerUnavailable

RETRY_AFTER: Final = 5  # seconds
NOT_KNOWN: Final = "nobody knows whether it was done; look before you ask again"


async def away(room: Room, request: Request, error: LedgerUnavailable) -> Response:
    """503. A change that was begun may have been made: its answer alone may have been lost."""
    words = "Redis does not answer"
    if isinstance(error, LedgerRefused | LedgerDamaged):
        words = "Redis answers with an error"
        log.logger().error("ledger_refused", error=str(error))
    begun = getattr(request.state, "reader", NOBODY).role > Role.NOBODY  # the guard has found out who asks
    changes = request.method == "POST"
    headers = {} if changes and begun else {"retry-after": str(RETRY_AFTER)}
    if request.url.path.startswith(API):
        return JSONResponse({"error": f"{words}: {NOT_KNOWN}" if changes and begun else words}, 503, headers)
    values = {
        "words": words,
        "changes": changes,
        "begun": begun,
        "again": await _once(request) if changes and begun else {},
        "onward": page_of(request.headers.get("referer", "")) if changes else _here(request),
    }
    request.state.reader = NOBODY
    response = room.page(request, "away", values, status=503)
    response.headers.update(headers)
    return response


def _here(request: Request) -> str:
    """With what the page was to say: it was not said yet."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _once(request: Request) -> dict[str, str]:
    """The fields that were sent, where a token among them keeps them from being done twice. The guard has seen to it
    that the form was one of ours."""
    with suppress(HTTPException):  # it is no form
        fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        return fields if "token" in fields else {}
    return {}
