"""The dashboard in Chromium: no hostile text does anything there, and axe has no complaint, by day and by night."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pytest
import uvicorn
from playwright.async_api import Browser, Page, ViewportSize

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
WIDE: Final = ViewportSize(width=1280, height=800)
NARROW: Final = ViewportSize(width=360, height=740)
Scheme: TypeAlias = Literal["light", "dark"]
PLACES: Final = ("/", "/messages", "/conversations", "/needs-you", "/queue", "/audit", "/bulks", "/rules")


@dataclass
class Desk:
    """A dashboard on a port, and a browser."""

    running: Dashboard
    opened: Browser
    url: str
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(self, role: Role = Role.OPERATOR, **options: Any) -> AsyncIterator[Page]:
        """One that somebody has logged in with."""
        context = await self.opened.new_context(**options)
        page = await context.new_page()
        self.complaints = complaints_of(page)
        page.on("dialog", lambda dialog: self.complaints.append(f"a dialog: {dialog.message}"))
        await page.goto(f"{self.url}/login")
        await page.get_by_label("Password").fill(PASSWORDS[role].reveal())
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


LOOKS: Final = {
    "an operator by day": (Role.OPERATOR, "light", WIDE),
    "an operator by night, on a phone": (Role.OPERATOR, "dark", NARROW),
    "a viewer by day, on a phone": (Role.VIEWER, "light", NARROW),
}


@pytest.mark.parametrize(("role", "scheme", "size"), LOOKS.values(), ids=LOOKS)
async def test_axe_has_no_complaint(
    desk: Desk, ledger: Ledger, operating: Operating, role: Role, scheme: Scheme, size: ViewportSize
) -> None:
    found: list[str] = []
    paths = await shown(desk, ledger, operating)
    async with desk.page(role, color_scheme=scheme, viewport=size, bypass_csp=True) as page:
        for path in paths:
            await page.goto(desk.url + path, wait_until="load")
            await page.wait_for_function("!document.querySelector('[hx-trigger=load]')")  # the trace, too
            await page.add_script_tag(path=AXE)
            found += await complaints(page, path)
    assert not found, "\n".join(found)
    refused = "the server responded with a status of 4"  # there is no such page, or not for viewers
    assert [each for each in desk.complaints if refused not in each] == []


async def test_no_page_is_wider_than_a_phone_however_long_a_name_is(
    desk: Desk, ledger: Ledger, operating: Operating
) -> None:
    long = "W" * 200
    paths = [*await shown(desk, ledger, operating), f"/messages?rule={long}&reason={long}"]
    async with desk.page(viewport=NARROW) as page:
        for path in paths:
            await page.goto(desk.url + path, wait_until="load")
            assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
            cut_off = "[...document.querySelectorAll('table.cards')].some(each => each.scrollWidth > innerWidth)"
            assert not await page.evaluate(cut_off), path


async def shown(desk: Desk, ledger: Ledger, operating: Operating) -> Sequence[str]:
    """Every page, with something on it."""
    messages = await populate(ledger, operating)
    book = f"/rules/{desk.running.book}"
    one = [message_path(key_of(messages[state])) for state in (State.SENT, State.REJECTED)]
    talk = desk.running.talk(messages[State.SENT].sender)
    more = [talk, f"{talk}/forget", "/bulks/new?action=resend", "/messages?state=read&text=nothing", "/no-such-page"]
    parts = [book, f"{book}/try", f"{book}/change", f"{book}/unmatched", f"{book}/history"]
    return [*PLACES, "/login", "/api/v1", *one, *more, *parts]


async def complaints(page: Page, where: str) -> Sequence[str]:
    ran = await page.evaluate("axe.run(document)")
    assert ran["passes"]
    return [
        f"{where}: {violation['id']} ({violation['impact']}): {node['html'][:160]}: {node['failureSummary'][:200]}"
        for violation in ran["violations"]
        for node in violation["nodes"][:2]
    ]
