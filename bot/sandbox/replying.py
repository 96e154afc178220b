"""The provider's endpoints: what each request of the business goes through, whoever the provider is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.sandbox.bodies import BadBodyError, read_body
from bot.sandbox.faults import Fault
from bot.sandbox.hangup import HangUp
from bot.sandbox.provider import Accept, Posted, Provider, RefusedError
from bot.sandbox.world import World

Handler = Callable[[Request], Awaitable[Response]]

_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


def endpoint(world: World, accept: Accept) -> Handler:
    """The handler of a request: authorization, body, pause, fault, checks, acceptance, and how the answer goes wrong.

    What has been read is dealt with, though the client hang up meanwhile: so it is with a real provider.
    """
    provider = world.provider

    async def handle(request: Request) -> Response:
        try:
            provider.authorize(request)
            body = await _read(request, provider)
            await world.pause(world.latency)
            fault = world.faults.take()
            if fault is not None and (refusal := await _refusal(world, fault)):
                return refusal
            posted = Posted(body, request.headers, request.path_params, world.business_number, world.clock())
            sent, answer = accept(posted, world.conversations)
            world.send(sent, failing=fault.reason if fault is not None and fault.kind == "undelivered" else "")
            return await _answer(world, answer, fault)
        except RefusedError as refused:
            return provider.refusal(refused)

    return handle


async def _read(request: Request, provider: Provider) -> object:
    try:
        return provider.read(await read_body(request))
    except BadBodyError as bad:
        raise RefusedError(provider.unreadable, str(bad), bad.status) from None


async def _refusal(world: World, fault: Fault) -> Response | None:
    """The answer if this fault keeps the request from being accepted."""
    if fault.kind == "error":
        return world.provider.refusal(RefusedError(fault.code or "", status=fault.status))
    if fault.kind == "status":
        return _page(fault.status or 500)
    if fault.kind == "rate_limit":
        return _rate_limit(world.provider, fault.seconds or 0.0)
    if fault.accepts:
        return None
    if fault.kind in {"drop", "reset"}:
        return HangUp(reset=fault.kind == "reset")
    await world.pause(fault.seconds or 0.0)
    return _page(504)


async def _answer(world: World, accepted: Response, fault: Fault | None) -> Response:
    """The answer to what is accepted, whatever the client hears of it."""
    kind = fault.kind if fault is not None else None
    if kind in {"drop", "reset"}:
        return HangUp(reset=kind == "reset")
    if kind == "garbage":
        half = bytes(accepted.body)[: len(accepted.body) // 2]
        return Response(half, accepted.status_code, media_type=accepted.media_type)
    if fault is not None and kind == "hang":
        await world.pause(fault.seconds or 0.0)
    return accepted


def _rate_limit(provider: Provider, seconds: float) -> Response:
    response = provider.refusal(RefusedError(provider.rate_limited, status=429))
    response.headers["Retry-After"] = f"{seconds:g}"
    return response


def _page(status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(status), status)
