"""Presenting: an operator whose screen others see hides people on it, and reveals a number where one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.guard import Way
from bot.dashboard.leading import there
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from bot.dashboard.sessions import LIVES, PRESENTING

PLACE: Final = "conversations"


def ways(room: Room) -> Sequence[Way]:
    async def switch(request: Request) -> Response:
        fields = await request.form()
        response = RedirectResponse(there(request.query_params.get("next", "")), 303)
        if fields.get("on") == "1":
            age, tls = int(LIVES.total_seconds()), request.url.scheme == "https"
            response.set_cookie(PRESENTING, "1", max_age=age, secure=tls, httponly=True, samesite="strict")
        else:
            response.delete_cookie(PRESENTING, httponly=True, samesite="strict")
        return response

    async def reveal(request: Request) -> Response:
        """The number, on an answer that no address leads to. It is written down before it is shown."""
        person = room.addresses.person(request.path_params["token"])
        if person is None:
            return room.page(request, "conversation_missing", {}, place=PLACE, status=404)
        await room.ledger_of(request).revealed(person[1])
        values = {"person": person, "back": room.addresses.conversation_path(*person)}
        return room.page(request, "reveal", values, place=PLACE)

    return [
        Way("/presenting", switch, Role.OPERATOR, "POST"),
        Way("/conversations/{token}/reveal", reveal, Role.OPERATOR, "POST"),
    ]
