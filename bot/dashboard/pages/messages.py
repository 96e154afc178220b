"""The list of messages: by what they have in common, the latest change first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.drawn import Drawn
from bot.dashboard.filters import Filters
from bot.dashboard.guard import Way
from bot.dashboard.live import Sight
from bot.dashboard.pages.overview import GROUPS
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of

PLACE = "messages"


def ways(room: Room) -> Sequence[Way]:
    drawn = Drawn(room.live)

    async def page(request: Request) -> Response:
        """The whole page, or the table alone where the page asks for it again."""

        async def draw(_: Sight) -> Response:
            return room.page(request, "messages_list", await _values(room, request), place=PLACE)

        try:
            if request.headers.get("hx-target") == "list":
                return await drawn.answer(request, draw)
            values = await _values(room, request)
        except ValueError as error:  # a filter, or a place in a list that is none
            return room.wrong(request, str(error), place=PLACE)
        return room.page(request, "messages", {**values, **await _choices(room)}, place=PLACE)

    return [Way("/messages", page, Role.VIEWER)]


async def _values(room: Room, request: Request) -> dict[str, Any]:
    filters, after = Filters.read(request.query_params, reader_of(request)), request.query_params.get("after") or None
    found = await room.ledger.page(filters.wanted, after)
    return {"filters": filters, "page": found, "after": after, "now": await room.ledger.now()}


async def _choices(room: Room) -> dict[str, Any]:
    """What the form offers."""
    return {"groups": GROUPS, "accounts": await room.ledger.accounts()}
