"""Parts of pages that many have open, and that ask for themselves with each change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.dashboard.live import Live, Sight
from bot.dashboard.roles import Role
from bot.dashboard.room import reader_of


class Drawn:
    """One part: drawn once for all who see the same, until there is something new to see."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._held: dict[tuple[Role, bool], tuple[Sight, Response]] = {}

    async def answer(self, request: Request, draw: Callable[[Sight], Awaitable[Response]]) -> Response:
        """What `draw` made, for this reader or another who sees the same; it looks no earlier than the sight."""
        sight, reader = await self._live.look(), reader_of(request)
        seen = reader.role, reader.sees_people
        if seen not in self._held or self._held[seen][0] is not sight:
            self._held[seen] = sight, await draw(sight)
        return HTMLResponse(self._held[seen][1].body)
