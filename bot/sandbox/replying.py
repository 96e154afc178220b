"""POST /v2/notify/reply and POST /v2/notify: the endpoints of Prelude that the sandbox plays."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.sandbox.bodies import BadBodyError, read_json
from bot.sandbox.contract import Contract
from bot.sandbox.errors import RefusedError
from bot.sandbox.faults import Fault
from bot.sandbox.hangup import HangUp
from bot.sandbox.model import Reply, Template
from bot.sandbox.world import World

Handler = Callable[[Request], Awaitable[Response]]
Accept = Callable[[object, str], Reply | Template]  # the body, and why it shall fail after all; raises RefusedError

_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


def reply_endpoint(world: World, contract: Contract) -> Handler:
    """The handler of a reply."""
    return _endpoint(world, lambda body, failing: world.accept(contract.check_reply(body), failing=failing))


def template_endpoint(world: World, contract: Contract) -> Handler:
    """The handler of a template."""
    return _endpoint(world, lambda body, failing: world.accept_template(contract.check_template(body), failing=failing))


def _endpoint(world: World, accept: Accept) -> Handler:
    """The handler of a request: authorization, body, pause, fault, checks, acceptance, and how the answer goes wrong.

    What has been read is dealt with, though the client hang up meanwhile: so it is with a real provider.
    """

    async def handle(request: Request) -> Response:
        try:
            _authorize(request, world.api_token)
            body = await _read(request)
            await world.pause(world.latency)
            fault = world.faults.take()
            if fault is not None and (refusal := await _refusal(world, fault)):
                return refusal
            failing = fault.reason if fault is not None and fault.kind == "undelivered" else ""
            return await _answer(world, accept(body, failing).as_response(), fault)
        except RefusedError as refused:
            return refused.response()

    return handle


def _authorize(request: Request, token: str) -> None:
    header = request.headers.get("authorization", "")
    scheme, _, given = header.partition(" ")
    if not header:
        raise RefusedError("missing_api_token")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise RefusedError("invalid_api_token")


async def _read(request: Request) -> object:
    try:
        return await read_json(request)
    except BadBodyError as bad:
        raise RefusedError("invalid_request", str(bad), bad.status) from None


async def _refusal(world: World, fault: Fault) -> Response | None:
    """The answer if this fault keeps the request from being accepted."""
    if fault.kind == "error":
        return RefusedError(fault.code or "internal", status=fault.status).response()
    if fault.kind == "status":
        return _page(fault.status or 500)
    if fault.kind == "rate_limit":
        return RefusedError("rate_limited").response({"Retry-After": f"{fault.seconds:g}"})
    if fault.accepts:
        return None
    if fault.kind in {"drop", "reset"}:
        return HangUp(reset=fault.kind == "reset")
    await world.pause(fault.seconds or 0.0)
    return _page(504)


async def _answer(world: World, accepted: dict[str, Any], fault: Fault | None) -> Response:
    """The answer to what is accepted, whatever the client hears of it."""
    kind = fault.kind if fault is not None else None
    if kind in {"drop", "reset"}:
        return HangUp(reset=kind == "reset")
    if kind == "garbage":
        return Response('{"id": "tx_', media_type="application/json")
    if fault is not None and kind == "hang":
        await world.pause(fault.seconds or 0.0)
    return JSONResponse(accepted)


def _page(status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(status), status)
