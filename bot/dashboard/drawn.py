"""Parts of pages that many have open, and that ask for themselves with each change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.dashboard.live import Live, Sight
from bot.dashboard.roles import Role
from bot.dashboard.room import reader_of


class Drawn:
    """One part: drawn once for all who ask for the same and see the same, until there is something new to see."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._sight: Sight | None = None
        self._parts: dict[tuple[Role, bool, str], asyncio.Future[Response]] = {}  # as it was at that sight

    async def answer(self, request: Request, draw: Callable[[Sight], Awaitable[Response]]) -> Response:
        """What `draw` made, for this reader or another; it looks no earlier than the sight. Raises what it raised."""
        sight, reader = await self._live.look(), reader_of(request)
        if self._sight is not sight:
            self._sight, self._parts = sight, {}
        seen = reader.role, reader.sees_people, request.url.query
        if seen not in self._parts:
            self._parts[seen] = asyncio.ensure_future(draw(sight))
        part = await asyncio.shield(self._parts[seen])  # who goes away takes it from nobody else
        return HTMLResponse(part.body)
