"""All calls of the API, as ways; and the document about them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.dashboard.api import calls as one
from bot.dashboard.api import messages, people, service
from bot.dashboard.api.calls import V1, Call
from bot.dashboard.api.document import document
from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from bot.dashboard.rules import api_ways as books


def calls(room: Room) -> Sequence[Call]:
    return [*service.calls(room), *messages.calls(room), *people.calls(room), *books.calls(room)]


def ways(room: Room) -> Sequence[Way]:
    every = calls(room)
    described = document(every)

    async def openapi(_: Request) -> Response:
        return JSONResponse(described)

    async def page(request: Request) -> Response:
        return room.page(request, "api", {"calls": every})

    return [
        *one.ways(every),
        Way(f"{V1}/openapi.json", openapi, Role.VIEWER),
        Way(V1, page, Role.VIEWER),
    ]
