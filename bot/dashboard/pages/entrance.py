"""Logging in and out."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.guard import Way
from bot.dashboard.leading import there
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from bot.dashboard.sessions import LIVES, Sessions
from worker import log

NAME_LIMIT: Final = 40  # characters


def ways(room: Room, sessions: Callable[[], Awaitable[Sessions]]) -> Sequence[Way]:
    async def form(request: Request) -> Response:
        return room.page(request, "login", {"next": there(request.query_params.get("next", "")), "fault": ""})

    async def log_in(request: Request) -> Response:
        fields = await request.form()
        onward, address = there(str(fields.get("next", ""))), request.client.host if request.client else "?"
        known = await sessions()
        role = known.role_of(str(fields.get("password", "")))
        wait = await room.ledger.try_password(address, right=role is not Role.NOBODY)
        if wait is not None:  # whatever the password was, or guessing could go on
            minutes = math.ceil(wait.total_seconds() / 60)
            fault = f"Too many wrong passwords. Try again in {minutes} min."
            response: Response = room.page(request, "login", {"next": onward, "fault": fault}, status=429)
            response.headers["retry-after"] = str(math.ceil(wait.total_seconds()))
            return response
        if role is Role.NOBODY:
            log.logger().warning("dashboard_login_refused")
            fault = "This is not one of the passwords."
            return room.page(request, "login", {"next": onward, "fault": fault}, status=403)
        tls = request.url.scheme == "https"
        if not tls and request.headers.get("x-forwarded-proto") == "https":
            log.logger().warning("dashboard_proxy_not_believed", proxy=address, mend="AUTOREPLY_DASHBOARD_PROXIES")
        response = RedirectResponse(onward, 303)
        name = called(str(fields.get("name", ""))) or role.name.lower()
        known.begin(response, role, f"{name} (dashboard)", tls=tls)
        return response

    async def log_out(request: Request) -> Response:
        """In this browser, and for whoever has a copy of its cookie."""
        response = RedirectResponse("/login", 303)
        if session := reader_of(request).session:
            await room.ledger.end_session(session, LIVES)
        (await sessions()).end(response)
        return response

    return [
        Way("/login", form, Role.NOBODY),
        Way("/login", log_in, Role.NOBODY, "POST"),
        Way("/logout", log_out, Role.VIEWER, "POST"),
    ]


def called(name: str) -> str:
    """A name for the trail, on one line. What is not seen is left out: it may turn round what stands behind it."""
    seen = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(seen.split())[:NAME_LIMIT]
