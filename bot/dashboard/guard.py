"""What stands before every page: who asks, and whether they may.

Closed by default: a route says which role it needs, and what changes something is a POST from one of our own pages.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.dashboard.leading import page_of, parts_of
from bot.dashboard.roles import NOBODY, Reader, Role
from bot.dashboard.saying import Sayings
from bot.dashboard.sessions import Sessions
from worker.ledger import Doorkeeping, LedgerUnavailable

API: Final = "/api/"
ENDED: Final = "Your session has ended. Log in to go on where you were."
NOT_DONE: Final = "Your session has ended: what you sent was not done. Log in, and send it once more."
PROGRAM: Final = "a program (API)"  # for the audit trail

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Way:
    """One route. The table of these is all that the dashboard answers."""

    path: str
    endpoint: Endpoint
    role: Role  # that it needs
    method: str = "GET"  # or POST, which alone changes anything, or asks for what no address should hold


class Guard:
    """Makes routes of ways."""

    def __init__(
        self,
        sessions: Callable[[], Awaitable[Sessions]],
        keeper: Doorkeeping,
        sayings: Sayings,
        unavailable: Callable[[Request, LedgerUnavailable], Awaitable[Response]],
    ) -> None:
        """`keeper` counts wrong passwords and knows who has logged out; `unavailable` answers while Redis is away."""
        self._sessions = sessions
        self._keeper = keeper
        self._sayings = sayings
        self._unavailable = unavailable

    def route(self, way: Way) -> Route:
        """`request.state` has the `reader`."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(way, request)

        return Route(way.path, endpoint, methods=[way.method])

    async def _answer(self, way: Way, request: Request) -> Response:
        try:
            password = bearer(request)
            if password is not None:
                return await self._with_password(way, request, password)
            request.state.reader = reader = await self.reader(request)
            if reader.role < way.role:
                return self._closed(request, reader)
            if way.method == "POST" and not is_own(request):
                return _refused(request, "this was sent by another site's page")
            return await way.endpoint(request)
        except LedgerUnavailable as error:
            return await self._unavailable(request, error)

    async def reader(self, request: Request) -> Reader:
        """Who asks. One look at Redis for who has a session, none for whoever has not."""
        reader = (await self._sessions()).reader(request)
        return NOBODY if reader.session and await self._keeper.has_ended(reader.session) else reader

    async def _with_password(self, way: Way, request: Request, password: str) -> Response:
        """Of a program, which has no session. No page of another site can make a browser send this header."""
        address, role = request.client.host if request.client else "?", (await self._sessions()).role_of(password)
        wait = await self._keeper.try_password(address, right=role is not Role.NOBODY)
        if wait is not None:
            headers = {"retry-after": str(math.ceil(wait.total_seconds()))}
            return JSONResponse({"error": "too many wrong passwords"}, 429, headers)
        if role is Role.NOBODY:
            return JSONResponse({"error": "this is not one of the passwords"}, 401)
        request.state.reader = reader = Reader(role, PROGRAM)
        return await way.endpoint(request) if role >= way.role else self._closed(request, reader)

    def _closed(self, request: Request, reader: Reader) -> Response:
        if reader.role is not Role.NOBODY:
            return _refused(request, "a viewer may look and change nothing")
        if request.url.path.startswith(API):
            return JSONResponse({"error": "log in first"}, 401)
        if request.headers.get("hx-request"):  # a part of a page whose session has ended: all of it goes to the log-in
            said = ENDED if request.method == "GET" else NOT_DONE
            address = self._login(request.headers.get("hx-current-url", ""), said)
            return Response(status_code=204, headers={"hx-redirect": address})
        if request.method != "GET":
            return RedirectResponse(self._login(request.headers.get("referer", ""), NOT_DONE), 303)
        return RedirectResponse(self._login(str(request.url)), 303)

    def _login(self, page: str, said: str = "") -> str:
        """The path of the log-in that leads back to `page`."""
        address = "/login?" + urlencode({"next": page_of(page)})
        return self._sayings.back_to(address, said, good=False) if said else address


def bearer(request: Request) -> str | None:
    """The password that a program sends with a call of the API; None where none is sent."""
    scheme, _, password = request.headers.get("authorization", "").partition(" ")
    called = request.url.path == API.rstrip("/") or request.url.path.startswith(API)
    return password if called and scheme.lower() == "bearer" else None


def is_own(request: Request) -> bool:
    """Whether one of our own pages sent it. Browsers say so by Sec-Fetch-Site, older ones by Origin alone."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = parts_of(request.headers.get("origin", ""))
    return origin is not None and origin.netloc != "" and origin.netloc == request.headers.get("host")


def _refused(request: Request, why: str) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": why}, 403)
    return PlainTextResponse(why, 403)
