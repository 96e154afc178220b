"""The list of conversations, those first in which somebody wrote last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.drawn import Drawn
from bot.dashboard.guard import Way
from bot.dashboard.live import Sight
from bot.dashboard.roles import Role
from bot.dashboard.room import Room

PLACE = "conversations"


def ways(room: Room) -> Sequence[Way]:
    drawn = Drawn(room.live)

    async def page(request: Request) -> Response:
        async def draw(_: Sight) -> Response:
            return room.page(request, "conversations_list", await _values(room, None), place=PLACE)

        if request.headers.get("hx-target") == "list":
            return await drawn.answer(request, draw)
        try:
            values = await _values(room, request.query_params.get("after") or None)
        except ValueError as error:
            return room.wrong(request, str(error), place=PLACE)
        return room.page(request, "conversations", values, place=PLACE)

    return [Way("/conversations", page, Role.VIEWER)]


async def _values(room: Room, after: str | None) -> dict[str, Any]:
    return {"talks": await room.ledger.conversations(after), "after": after, "now": await room.ledger.now()}
