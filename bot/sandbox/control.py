"""The control API under /sandbox/: for the phone, for tests, for checkers. No provider has anything like it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.bodies import BadBodyError, parse_json, read_body
from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound
from bot.sandbox.rfc3339 import timestamp
from bot.sandbox.stream import stream
from bot.sandbox.world import World

_DAY = 24 * 3600
_CONFIG = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NewMessage(BaseModel):
    """The body of POST /sandbox/messages."""

    model_config = _CONFIG

    sender: str = Field(alias="from")
    media: Literal["image", "audio", "video", "document", "sticker"] | None = None
    text: str = Field(max_length=4096)  # with media the caption, which may be empty
    to: str | None = None  # the business number
    window_seconds: float | None = Field(default=None, ge=0, le=_DAY)  # None: as the provider has it

    @field_validator("text")
    @classmethod
    def _not_empty(cls, text: str, known: ValidationInfo) -> str:
        if not text and not known.data.get("media"):
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        return text


class NewFaults(BaseModel):
    """The body of POST /sandbox/faults."""

    model_config = _CONFIG

    next: list[Fault] = Field(default=[], max_length=1000)
    latency: float | None = Field(default=None, ge=0, le=60)  # seconds


Handler = Callable[[Request, World], Awaitable[Response]]


def control_routes(world: World) -> list[Route]:
    """All routes, relative to /sandbox."""
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/messages", _write),
        ("GET", "/conversations/{number}", _conversation),
        ("GET", "/replies", _replies),
        ("GET", "/templates", _templates),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _add_faults),
        ("DELETE", "/faults", _clear_faults),
        ("GET", "/events", _events),
    ]
    return [Route(path, _bound(handler, world), methods=[method]) for method, path, handler in table]


def _bound(handler: Handler, world: World) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(request, world)
        except BadBodyError as bad:
            return JSONResponse({"error": str(bad)}, bad.status)
        except ValidationError as invalid:
            return JSONResponse({"error": _sentence(invalid)}, 400)
        except ValueError as wrong:
            return JSONResponse({"error": f"{wrong}."}, 400)

    return handle


async def _write(request: Request, world: World) -> Response:
    new = NewMessage.model_validate(await _read(request))
    window = None if new.window_seconds is None else timedelta(seconds=new.window_seconds)
    message = world.receive(new.sender, new.text, media=new.media, window=window, recipient=new.to)
    return JSONResponse(message.as_json())


async def _conversation(request: Request, world: World) -> Response:
    number = request.path_params["number"]
    entries = world.conversations.of(number)
    messages = [entry for entry in entries if isinstance(entry, Inbound)]
    window = timestamp(messages[-1].window_expires_at) if messages else None
    return JSONResponse(
        {
            "number": number,
            "business_number": world.business_number,
            "window_expires_at": window,
            "entries": [entry.as_json() for entry in entries],
        }
    )


async def _replies(request: Request, world: World) -> Response:
    return JSONResponse({"replies": [reply.as_json() for reply in world.conversations.replies]})


async def _templates(request: Request, world: World) -> Response:
    return JSONResponse({"templates": [template.as_json() for template in world.conversations.templates]})


async def _faults(request: Request, world: World) -> Response:
    return JSONResponse({"next": world.faults.as_json(), "latency": world.latency})


async def _add_faults(request: Request, world: World) -> Response:
    new = NewFaults.model_validate(await _read(request))
    world.faults.add(*new.next)
    if new.latency is not None:
        world.latency = new.latency
    return await _faults(request, world)


async def _clear_faults(request: Request, world: World) -> Response:
    world.faults.clear()
    world.latency = 0.0
    return await _faults(request, world)


async def _events(request: Request, world: World) -> Response:
    number = "+" + request.query_params.get("number", "").strip(" +")  # an unescaped + arrives as a space
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(stream(world.conversations, number), media_type="text/event-stream", headers=headers)


async def _read(request: Request) -> Any:
    # pages of other origins may post forms and plain text here, but JSON only if we agreed, which we do not
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadBodyError("The Content-Type must be application/json.")
    return parse_json(await read_body(request))


def _sentence(invalid: ValidationError) -> str:
    first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}." if place else f"{first['msg']}."
