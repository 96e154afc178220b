"""What stands before every page: who asks, whether they may, and what their browser may do with the answer.

Closed by default: a route says which role it needs, and what changes something is a POST from one of our own pages.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.dashboard.roles import Reader, Role
from bot.dashboard.sessions import Sessions
from worker.ledger import LedgerUnavailable

API: Final = "/api/"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Way:
    """One route. The table of these is all that the dashboard answers."""

    path: str
    endpoint: Endpoint
    role: Role  # that it needs
    method: str = "GET"  # or POST, which alone changes anything


class Guard:
    """Makes routes of ways."""

    def __init__(self, sessions: Callable[[], Awaitable[Sessions]], unavailable: Endpoint) -> None:
        """`unavailable` answers while Redis is away."""
        self._sessions = sessions
        self._unavailable = unavailable

    def route(self, way: Way) -> Route:
        """`request.state` has `reader` and `nonce`."""

        async def endpoint(request: Request) -> Response:
            request.state.nonce = nonce = secrets.token_urlsafe(16)
            response = await self._answer(way, request)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers["content-security-policy"] = POLICY.format(nonce)
            return response

        return Route(way.path, endpoint, methods=[way.method])

    async def _answer(self, way: Way, request: Request) -> Response:
        try:
            request.state.reader = reader = (await self._sessions()).reader(request)
            if reader.role < way.role:
                return _closed(request, reader)
            if way.method == "POST" and not is_own(request):
                return _refused(request, "this was sent by another site's page")
            return await way.endpoint(request)
        except LedgerUnavailable:
            return await self._unavailable(request)


def is_own(request: Request) -> bool:
    """Whether one of our own pages sent it. Browsers say so by Sec-Fetch-Site, older ones by Origin alone."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def _closed(request: Request, reader: Reader) -> Response:
    if reader.role is not Role.NOBODY:
        return _refused(request, "a viewer may look and change nothing")
    if request.url.path.startswith(API):
        return JSONResponse({"error": "log in first"}, 401)
    if request.headers.get("hx-request"):  # a part of a page whose session has ended: all of it goes to the log-in
        return Response(status_code=204, headers={"hx-redirect": "/login"})
    if request.method != "GET":
        return RedirectResponse("/login", 303)
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(there, safe='')}", 303)


def _refused(request: Request, why: str) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": why}, 403)
    return PlainTextResponse(why, 403)
