"""The list of conversations, those first in which somebody wrote last."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room

PLACE = "conversations"


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        after = request.query_params.get("after") or None
        try:
            talks = await room.ledger.conversations(after)
        except ValueError as error:
            return room.wrong(request, str(error), place=PLACE)
        template = "conversations_list" if request.headers.get("hx-target") == "list" else "conversations"
        return room.page(
            request, template, {"talks": talks, "after": after, "now": await room.ledger.now()}, place=PLACE
        )

    return [Way("/conversations", page, Role.VIEWER)]
