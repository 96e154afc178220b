"""What waits for a person: by kind, grouped by the reason that each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room

PLACE: Final = "needs"
WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "unconfirmed": (
        "Nobody knows whether they arrived",
        "Silence tells nothing here. Ask the provider by its ids, then send again or discard.",
    ),
    "rejected": ("The provider will not send them", "Mend what it says, then send again; or discard."),
    "failed": ("They did not reach the phone", "Send again while the window is open; or discard."),
    "given_up": ("Their worker died of them", "Three times. Send again once the fault is mended; or discard."),
}


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        values = {"needs": await room.ledger.needs_you(), "now": await room.ledger.now(), "what": WHAT}
        return room.page(request, "needs", values, place=PLACE)

    return [Way("/needs-you", page, Role.VIEWER)]
