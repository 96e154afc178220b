"""The dashboard's pages about books, and somebody who looks at them, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.dashboard.roles import Role
from rules.loader import version_of
from tests.dashboards import a_dashboard
from worker.bookwork.desk import Desk
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
PART = {"hx-request": "true"}


@dataclass
class BookPages:
    """Those of one book, in the browser of somebody who has logged in."""

    http: httpx.AsyncClient
    desk: Desk
    file: Path
    book: str  # the path of the book's pages

    async def get(self, path: str, status: int = 200) -> str:
        return page_of(await self.http.get(self.book + path), status)

    async def post(self, path: str, status: int = 200, /, **fields: str) -> str:
        return page_of(await self.http.post(self.book + path, data=fields), status)

    async def edit(self, path: str, book: str, status: int = 200, **more: str) -> str:
        """What the editor sends."""
        fields = {"book": book.replace("\n", "\r\n"), "began_with": version_of(self.file.read_bytes()), **more}
        parts = [(name, (None, value)) for name, value in fields.items()]
        return page_of(await self.http.post(self.book + path, files=parts), status)


def page_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return response.headers["location"] if status == 303 else response.text


@asynccontextmanager
async def book_pages(
    url: Secret, file: Path, *, role: Role = Role.OPERATOR, editable: bool = True
) -> AsyncIterator[BookPages]:
    async with a_dashboard(url, file, editable=editable) as dashboard:
        browser = await dashboard.browser(role)
        yield BookPages(browser, dashboard.room.desk, file, f"/rules/{dashboard.book}")
