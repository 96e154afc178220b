"""What waits for a person: by kind, grouped by the reason that each has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.drawn import Drawn
from bot.dashboard.guard import Way
from bot.dashboard.live import Sight
from bot.dashboard.pages.answering import told, tried
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from worker.ledger import Operating, Result
from worker.ledger.needs import MOST_UNANSWERED

PLACE: Final = "needs"
WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "unconfirmed": (
        "Nobody knows whether they arrived",
        "The provider's answer was lost, and no delivery event came. Ask it by the ids that stand at each, then send"
        " again or discard.",
    ),
    "rejected": (
        "The provider will not send them",
        "It said that no later try will do. Mend what it says, then send again; or discard.",
    ),
    "failed": (
        "They did not reach the phone",
        "The provider took them, and said later that they failed. Send again while the window is open; or discard.",
    ),
    "given_up": (
        "Their worker died of them",
        "Three times each. Read the workers' logs; once the fault is mended, send again; or discard.",
    ),
}


def ways(room: Room) -> Sequence[Way]:
    drawn = Drawn(room.live)

    async def page(request: Request) -> Response:
        async def draw(_: Sight) -> Response:
            return room.page(request, "needs_now", await _values(room), place=PLACE)

        if request.headers.get("hx-target") == "needs":
            return await drawn.answer(request, draw)
        return room.page(request, "needs", await _values(room), place=PLACE)

    def changing(change: Callable[[Operating, str], Awaitable[Result]]) -> Callable[[Request], Awaitable[Response]]:
        """As from the message's own page, but back to what else waits."""

        async def endpoint(request: Request) -> Response:
            result = await tried(change(room.ledger_of(request), request.path_params["key"]))
            return told(room, result, back="/needs-you")

        return endpoint

    return [
        Way("/needs-you", page, Role.VIEWER),
        Way("/needs-you/{key}/resend", changing(Operating.resend), Role.OPERATOR, "POST"),
        Way("/needs-you/{key}/discard", changing(Operating.discard), Role.OPERATOR, "POST"),
    ]


async def _values(room: Room) -> dict[str, Any]:
    needs, now = await room.ledger.needs_you(), await room.ledger.now()
    return {"needs": needs, "now": now, "what": WHAT, "most_unanswered": MOST_UNANSWERED}
