"""The search box: whatever somebody has of a message or a person leads there. It is posted: a number that stands in an
address is remembered by browsers, and written down by proxies."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.addresses import message_path
from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of


def ways(room: Room) -> Sequence[Way]:
    async def find(request: Request) -> Response:
        wanted = str((await request.form()).get("q", "")).strip()[:300]
        found, reader = await room.ledger.find_one(wanted), reader_of(request)
        if found is not None and found.key is not None:
            return RedirectResponse(message_path(found.key), 303)
        if not reader.sees_people:
            return room.page(request, "found_nothing", {"wanted": wanted}, status=404)
        if found is None:
            return RedirectResponse(f"/messages?{urlencode({'text': wanted})}" if wanted else "/messages", 303)
        if len(found.people) == 1:
            return RedirectResponse(room.addresses.conversation_path(*found.people[0]), 303)
        return room.page(request, "found", {"people": found.people}, place="conversations")

    return [Way("/find", find, Role.VIEWER, "POST")]
