"""The dashboard as a value: `create_dashboard` puts it together from its parts, `from_environment` finds the parts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.dashboard.api import ways as api
from bot.dashboard.away import away
from bot.dashboard.dressing import Dressed
from bot.dashboard.guard import Guard, Way
from bot.dashboard.live import Live
from bot.dashboard.pages import (
    audit,
    bulks,
    conversation,
    conversations,
    entrance,
    exporting,
    finding,
    message,
    messages,
    needs,
    overview,
    presenting,
    queue,
)
from bot.dashboard.roles import Role
from bot.dashboard.room import HERE, Room, make_templates
from bot.dashboard.rules import ways as books
from bot.dashboard.sealing import STATIC, Sealed
from bot.dashboard.sessions import Sessions
from worker import log
from worker.bookshelf import open_library
from worker.bookwork.desk import open_desk
from worker.connection import open_operating
from worker.secret import Secret
from worker.settings import Role as Part
from worker.settings import Settings

BODY_LIMIT: Final = 6 * 1024 * 1024  # bytes; a book has 5 MB at most


class _Dashboard(Starlette):
    """Dressed and sealed outside of what answers faults and bodies that are too long: no middleware of Starlette's gets
    there."""

    def __init__(self, room: Room, guard: Guard, **of_starlette: Any) -> None:
        super().__init__(**of_starlette)
        self._room = room
        self._guard = guard

    def build_middleware_stack(self) -> ASGIApp:
        return Sealed(Dressed(super().build_middleware_stack(), self._room, self._guard.reader))


def ways(room: Room, sessions: Callable[[], Awaitable[Sessions]]) -> Sequence[Way]:
    """All that the dashboard answers, and the role that each needs."""
    pages = (
        overview,
        messages,
        exporting,
        message,
        finding,
        bulks,
        conversations,
        conversation,
        needs,
        queue,
        audit,
        presenting,
        books,
        api,
    )
    return [*entrance.ways(room, sessions), *(way for each in pages for way in each.ways(room))]


def create_dashboard(
    room: Room, passwords: Mapping[Role, Secret], *, closing: Callable[[], Awaitable[None]] | None = None
) -> Starlette:
    """The dashboard, for whoever knows one of the passwords. `closing` is awaited when it ends."""
    known: list[Sessions] = []

    async def sessions() -> Sessions:
        """Made with the first request, since Redis may be away before."""
        if not known:
            secret = await room.ledger.session_secret()
            room.addresses.learn(secret)
            room.sayings.learn(secret)
            known.append(Sessions(passwords, secret))
        return known[0]

    async def livez(_: Request) -> Response:
        return JSONResponse({"alive": True})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if closing is not None:
            await closing()

    guard = Guard(sessions, room.ledger, room.sayings, partial(away, room))
    static = Mount(STATIC, StaticFiles(directory=HERE / "static"), name="static")
    return _Dashboard(
        room,
        guard,
        routes=[*map(guard.route, ways(room, sessions)), Route("/livez", livez), static],
        lifespan=lifespan,
        max_body_size=BODY_LIMIT,
    )


def from_environment() -> Starlette:
    """The composition root of a dashboard process. Raises SettingsError; Redis may be away."""
    log.configure()
    settings = Settings.from_environment(os.environ, Part.DASHBOARD)
    names = [account.name for account in settings.accounts]
    stack = AsyncExitStack()
    ledger = open_operating(settings.redis_url, settings.retention, who="dashboard", accounts=names, connections=8)
    stack.push_async_callback(ledger.aclose)
    library = open_library(settings.redis_url)
    desk = open_desk(library, ledger, files=settings.books, editable=bool(settings.book_editable))
    stack.push_async_callback(desk.aclose)
    room = Room(
        ledger=ledger,
        live=Live(ledger, library.reports),
        desk=desk,
        templates=make_templates(),
        title=", ".join(names),
    )
    passwords = {Role.OPERATOR: settings.dashboard_password, Role.VIEWER: settings.dashboard_viewer_password}
    return create_dashboard(room, {role: word for role, word in passwords.items() if word}, closing=stack.aclose)
