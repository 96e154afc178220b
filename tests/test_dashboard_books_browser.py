"""A changed book in Chromium, with real workers: tried, mended, compared, put in force, and undone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from rules.loader import version_of
from tests.browsers import browser, complaints_of
from tests.service import service
from tests.stand_in import until

pytestmark = pytest.mark.browser

BOOK = """\
version: 1
name: Shop
rules:
  - name: refund
    when: {any: [refund]}
    reply: Which order?
    examples: {matches: [a refund please], ignores: [thanks]}
  - name: rest
    when: anything
    reply: Tell us more.
"""
BETTER = BOOK.replace("[refund]", "[refund, money back]")
CHOSEN = "book => book.value.slice(book.selectionStart, book.selectionEnd)"
OPERATOR: Final = "correct horse battery"
VIEWER: Final = "only looking around"
SETTINGS: Final = {
    "AUTOREPLY_DASHBOARD_PASSWORD": OPERATOR,
    "AUTOREPLY_DASHBOARD_VIEWER_PASSWORD": VIEWER,
    "AUTOREPLY_BOOK_EDITABLE": "1",
}


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[Browser]:
    async with browser() as opened:
        yield opened


@dataclass
class Desktop:
    """A page of somebody who has logged in."""

    page: Page
    address: str
    complaints: list[str]

    async def open(self, path: str) -> None:
        await self.page.goto(self.address + path)


@asynccontextmanager
async def logged_in(opened: Browser, address: str, password: str, **options: Any) -> AsyncIterator[Desktop]:
    context = await opened.new_context(**options)
    page = await context.new_page()
    desktop = Desktop(page, address, complaints_of(page))
    await desktop.open("/login")
    await page.get_by_label("Your name").fill("maria")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url(f"{address}/")
    yield desktop
    await context.close()


async def check(desktop: Desktop, book: str) -> None:
    await desktop.page.get_by_label("The book, begun with").fill(book)
    await desktop.page.get_by_role("button", name="Check").click()


async def test_a_book_is_changed_tried_mended_compared_put_in_force_and_undone(tmp_path: Path, opened: Browser) -> None:
    before, after = version_of(BOOK.encode()), version_of(BETTER.encode())
    async with service(tmp_path, book=BOOK) as running:
        await asyncio.gather(running.serve(), running.work())
        running.settings |= SETTINGS
        address = await running.show_dashboard()
        message = running.world.receive("+33612345678", "my money back <b>")
        await until(lambda: running.replies(message), 30)
        assert running.replies(message)[0].text == "Tell us more."
        async with logged_in(opened, address, OPERATOR) as desktop:
            page = desktop.page
            await page.get_by_role("link", name="Rules").click()
            await expect(page.get_by_role("row", name=re.compile("^rest live 1"))).to_be_visible()
            # What nothing answers is found, and makes an example
            await page.get_by_role("link", name="Unmatched").click()
            await page.get_by_role("button", name="Look through").click()
            heap = page.get_by_role("listitem").filter(has_text="my money back <b>")
            await expect(heap).to_contain_text("1 message of 1 person")
            await heap.get_by_text("Add as an example").click()
            await heap.get_by_role("combobox", name="Rule").fill("refund")
            await heap.get_by_role("button", name="Show the patch").click()
            await expect(page.locator(".diff .added").last).to_contain_text('[a refund please, "my money back <b>"]')
            await page.get_by_role("button", name="Open it in the editor").click()
            await expect(page.locator(".note.fault")).to_contain_text("this rule should answer")
            # A fault in its place, which its number leads to
            await check(desktop, BETTER.replace("when: anything", "when: anythink"))
            await expect(page.locator(".noted .marked code")).to_have_text("    when: anythink")
            await page.locator(".noted .marked .line").click()
            assert await page.locator("#book").evaluate(CHOSEN) == "    when: anythink"
            await expect(page.get_by_role("button", name=re.compile("^Put"))).to_have_count(0)
            # Asked while one types, it answers as it will
            await check(desktop, BETTER)
            await expect(page.get_by_role("heading", name="No faults")).to_be_visible()
            await page.get_by_role("textbox", name="Message").press_sequentially("money back")
            await expect(page.locator("#tried .reply")).to_have_text("Which order?")
            # What it would have answered
            await page.get_by_role("button", name="Compare").click()
            await expect(page.get_by_text("1 of 1")).to_be_visible()
            await expect(page.locator(".samples")).to_contain_text("my money back <b>")
            await page.get_by_role("button", name="Back to the editor").click()
            # In force within seconds, and undone
            await page.get_by_role("button", name=f"Put {after} in force").click()
            await expect(page.get_by_text(f"Version {after} is in force")).to_be_visible()
            message = running.world.receive("+33612345678", "my money back")
            await until(lambda: running.replies(message), 30)
            assert running.replies(message)[0].text == "Which order?"
            await expect(page.get_by_role("row", name=re.compile(f"^{after}.*maria"))).to_be_visible()
            await page.get_by_role("row", name=re.compile(f"^{before}")).get_by_role("button").click()
            await expect(page.get_by_text(f"Version {before} is in force")).to_be_visible()
            assert (tmp_path / "book.yaml").read_text() == BOOK
            assert [each for each in desktop.complaints if "422" not in each] == []
        async with logged_in(opened, address, VIEWER, java_script_enabled=False) as desktop:
            await desktop.open("/rules")
            await desktop.page.get_by_role("link", name="Playground").click()
            await desktop.page.get_by_role("textbox", name="Message").fill("a refnud")
            await desktop.page.get_by_role("button", name="Ask").click()
            await expect(desktop.page.locator(".reply")).to_have_text("Which order?")
            await desktop.page.get_by_role("link", name="Unmatched").click()
            await expect(desktop.page.get_by_text("••• 17 characters")).to_be_visible()
            await expect(desktop.page.get_by_text("money")).to_have_count(0)
