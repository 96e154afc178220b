"""Failures as pages. Whatever answers one, the router, the guard or what limits a body, says it as a plain text, and so
programs are told it; a person who looks with a browser gets a page that says it, with a way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.dashboard.guard import API
from bot.dashboard.leading import page_of
from bot.dashboard.roles import NOBODY, Reader
from bot.dashboard.room import Room
from bot.dashboard.sealing import STATIC
from worker.ledger import LedgerUnavailable

# By status: what is so, and what to do, where what was said does not say it.
WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("This cannot be read", ""),
    403: ("This is not allowed", ""),
    404: ("There is no such page", "Nothing is at this address."),
    405: ("There is no such page", "Something is sent to this address, and nothing is shown at it."),
    413: ("This is too large", "Nothing was done with it. A book has 5 MB at most."),
    500: ("This is a fault of the dashboard", "The log says more."),
}
KEPT: Final = ("allow", "retry-after")  # of its headers


class Dressed:
    """Around all that answers."""

    def __init__(self, app: ASGIApp, room: Room, reader: Callable[[Request], Awaitable[Reader]]) -> None:
        """`reader` says who asks, and raises LedgerUnavailable."""
        self._app = app
        self._room = room
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith((API, f"{STATIC}/")):
            await self._app(scope, receive, send)
            return
        failure: Message | None = None
        said = b""

        async def dressing(message: Message) -> None:
            nonlocal failure, said
            if _is_failure(message):
                failure = message
            elif failure is None:
                await send(message)
            else:
                said += message.get("body", b"")
                if not message.get("more_body"):
                    page = await self._page(Request(scope), failure["status"], said.decode())
                    told = Headers(raw=failure["headers"])
                    page.headers.update({name: told[name] for name in KEPT if name in told})
                    await page(scope, receive, send)

        await self._app(scope, receive, dressing)

    async def _page(self, request: Request, status: int, said: str) -> Response:
        if not hasattr(request.state, "reader"):  # no way leads there: the guard was not asked
            request.state.reader = NOBODY
            with suppress(LedgerUnavailable):
                request.state.reader = await self._reader(request)
        words, why = WORDS.get(status, (said, ""))
        onward = page_of(request.headers.get("referer", "")) if request.method == "POST" else "/"
        return self._room.page(request, "failed", {"words": words, "why": why or said, "onward": onward}, status=status)


def _is_failure(message: Message) -> bool:
    """Whether an answer begins that is one, and no page yet."""
    if message["type"] != "http.response.start" or message["status"] < 400:
        return False
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
