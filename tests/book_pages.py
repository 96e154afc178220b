"""The dashboard's pages about books, and somebody who looks at them, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.dashboard.app import create_dashboard
from bot.dashboard.live import Live
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, make_templates
from rules.loader import version_of
from tests.desk import a_desk
from worker.bookshelf import Shelf
from worker.bookwork.desk import Desk
from worker.ledger import Operating
from worker.secret import Secret

BOOK = """\
version: 1
name: Shop & <b>sons</b>
rules:
  - name: stop
    when: {exact: [stop]}
    reply: Goodbye.
    then: opt_out
    examples: {matches: [stop], ignores: [do not stop]}
  - name: refund
    when: {any: [refund, money back]}
    reply: Which order?
    examples:
      matches: [a refund please]   # money
"""
CHANGED = BOOK.replace("money back", "give it back")
FAULTY = BOOK.replace("name: refund", "name: refund\n    oops: 1")
PASSWORDS = {Role.OPERATOR: Secret("an operator's password"), Role.VIEWER: Secret("a viewer's password")}
OWN = {"sec-fetch-site": "same-origin"}
PART = {**OWN, "hx-request": "true"}


@dataclass
class Dashboard:
    """Somebody's browser, logged in; and what it looks at."""

    http: httpx.AsyncClient
    desk: Desk
    file: Path
    book: str  # the path of the book's pages

    async def get(self, path: str, status: int = 200) -> str:
        return page_of(await self.http.get(self.book + path), status)

    async def post(self, path: str, status: int = 200, /, **fields: str) -> str:
        return page_of(await self.http.post(self.book + path, data=fields, headers=OWN), status)

    async def edit(self, path: str, book: str, status: int = 200, **more: str) -> str:
        """What the editor sends."""
        fields = {"book": book.replace("\n", "\r\n"), "began_with": version_of(self.file.read_bytes()), **more}
        parts = [(name, (None, value)) for name, value in fields.items()]
        return page_of(await self.http.post(self.book + path, files=parts, headers=OWN), status)


def page_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return response.headers["location"] if status == 303 else response.text


@asynccontextmanager
async def dashboard(
    url: Secret, operating: Operating, file: Path, *, role: Role = Role.OPERATOR, editable: bool = True
) -> AsyncIterator[Dashboard]:
    async with a_desk(url, file, editable=editable) as desk:
        await desk.library.kept(str(file)).write(Shelf(file).edition)
        room = Room(operating, Live(operating, desk.library.reports), desk, make_templates(), "prelude")
        transport = httpx.ASGITransport(create_dashboard(room, PASSWORDS))
        async with httpx.AsyncClient(transport=transport, base_url="http://dashboard") as http:
            login = {"name": "maria", "password": PASSWORDS[role].reveal()}
            assert (await http.post("/login", data=login, headers=OWN)).status_code == 303
            (shelved,) = await desk.library.books()
            yield Dashboard(http, desk, file, f"/rules/{shelved.id}")
