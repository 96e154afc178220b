"""The trail of what operators did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room

PLACE: Final = "audit"
OF_MESSAGES: Final = ("resend", "discard", "requeue-job", "delete-job")  # what is done to one, named by its key


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        try:
            trail = await room.ledger.audit_page(request.query_params.get("after") or None)
        except ValueError as error:
            return room.wrong(request, str(error), place=PLACE)
        values = {"trail": trail, "of_messages": OF_MESSAGES}
        return room.page(request, "audit", values, place=PLACE)

    return [Way("/audit", page, Role.VIEWER)]
