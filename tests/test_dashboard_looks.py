"""The dashboard in Chromium: no hostile text does anything there, and axe has no complaint, by day and by night."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from playwright.async_api import Browser, Page

from bot.dashboard.addresses import message_path
from bot.dashboard.roles import Role
from bot.demo.embedded import free_port
from tests.book_pages import BOOK
from tests.browsers import browser, complaints_of
from tests.dashboards import PASSWORDS, Dashboard, a_dashboard
from tests.hostile import TEXTS
from tests.ledgers import key_of
from tests.operators import populate
from tests.test_dashboard_hostile import act, write
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

pytestmark = pytest.mark.browser

AXE: Final = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
PLACES: Final = ("/", "/messages", "/conversations", "/needs-you", "/queue", "/audit", "/bulks", "/rules")


@dataclass
class Desk:
    """A dashboard on a port, and a browser."""

    running: Dashboard
    opened: Browser
    url: str
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(self, **options: Any) -> AsyncIterator[Page]:
        """One that an operator has logged in with."""
        context = await self.opened.new_context(**options)
        page = await context.new_page()
        self.complaints = complaints_of(page)
        page.on("dialog", lambda dialog: self.complaints.append(f"a dialog: {dialog.message}"))
        await page.goto(f"{self.url}/login")
        await page.get_by_label("Password").fill(PASSWORDS[Role.OPERATOR].reveal())
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url(f"{self.url}/")
        yield page
        await context.close()


@pytest.fixture
async def desk(redis_url: Secret, tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "book.yaml"
    file.write_text(BOOK)
    async with a_dashboard(redis_url, file, editable=True) as running, browser() as opened:
        await running.browser(Role.OPERATOR)  # with the first request the addresses of conversations are known
        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(running.app, port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        yield Desk(running, opened, f"http://127.0.0.1:{port}")
        server.should_exit = True
        await serving


async def test_no_hostile_text_does_anything_in_a_browser(desk: Desk, ledger: Ledger, operating: Operating) -> None:
    records = await write(ledger, TEXTS)
    await act(operating, records)
    messages = [message_path(record.key) for record in records[::4]]
    talks = [desk.running.talk(record.message.sender) for record in records[::10]]
    async with desk.page() as page:
        for path in (*PLACES, *messages, *talks):
            await page.goto(desk.url + path, wait_until="load")
            assert await page.evaluate("window.injected") is None, path
            assert page.url.startswith(desk.url), path
    assert desk.complaints == []


async def test_axe_has_no_complaint(desk: Desk, ledger: Ledger, operating: Operating) -> None:
    messages = await populate(ledger, operating)
    book = f"/rules/{desk.running.book}"
    one = [message_path(key_of(messages[state])) for state in (State.SENT, State.REJECTED)]
    talk = desk.running.talk(messages[State.SENT].sender)
    more = [talk, f"{talk}/forget", "/bulks/new?action=resend", "/messages?state=read&text=nothing"]
    parts = [book, f"{book}/try", f"{book}/change", f"{book}/unmatched", f"{book}/history"]
    found: list[str] = []
    async with desk.page(color_scheme="light", bypass_csp=True) as page:
        for path in (*PLACES, "/login", "/api/v1", *one, *more, *parts):
            await page.goto(desk.url + path, wait_until="load")
            await page.add_script_tag(path=AXE)
            found += await complaints(page, f"{path} by day", "{}")
            await page.emulate_media(color_scheme="dark")
            found += await complaints(page, f"{path} by night", "{runOnly: ['color-contrast']}")
            await page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)
    assert desk.complaints == []


async def complaints(page: Page, where: str, options: str) -> Sequence[str]:
    ran = await page.evaluate(f"axe.run(document, {options})")
    assert ran["passes"]
    return [
        f"{where}: {violation['id']} ({violation['impact']}): {node['html'][:160]}: {node['failureSummary'][:200]}"
        for violation in ran["violations"]
        for node in violation["nodes"][:2]
    ]
