"""The list of messages: by what they have in common, the latest change first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.filters import Filters
from bot.dashboard.guard import Way
from bot.dashboard.pages.overview import GROUPS
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of

PLACE = "messages"


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        """The whole page, or the table alone where the page asks for it again."""
        after = request.query_params.get("after") or None
        try:
            filters = Filters.read(request.query_params, reader_of(request))
            found = await room.ledger.page(filters.wanted, after)
        except ValueError as error:  # a filter, or a place in a list that is none
            return room.wrong(request, str(error), place=PLACE)
        values = {"filters": filters, "page": found, "after": after, "now": await room.ledger.now()}
        if request.headers.get("hx-target") == "list":
            return room.page(request, "messages_list", values, place=PLACE)
        return room.page(request, "messages", {**values, **await _choices(room)}, place=PLACE)

    return [Way("/messages", page, Role.VIEWER)]


async def _choices(room: Room) -> dict[str, Any]:
    """What the form offers."""
    return {"groups": GROUPS, "accounts": await room.ledger.accounts()}
