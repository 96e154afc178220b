"""The phone page, in Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from bot.sandbox.courier import Patience
from bot.sandbox.model import Template
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.browsers import browser, complaints_of
from tests.screenshot import photograph
from tests.stand_in import CUSTOMER, create_world, serve_responder

pytestmark = pytest.mark.browser

OTHER = "+14155550177"


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[Browser]:
    """One browser for all tests; each has a page of its own, and nothing is shared between pages."""
    async with browser() as opened:
        yield opened


@dataclass
class Phone:
    """A phone with somebody who answers at the other end."""

    page: Page
    world: World
    complaints: list[str]

    async def write(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message").fill(text)
        await self.page.keyboard.press("Enter")


@asynccontextmanager
async def phone(opened: Browser, **options: Any) -> AsyncIterator[Phone]:
    world = create_world(patience=Patience(first=timedelta(milliseconds=300)))
    async with (
        serve_sandbox(world) as url,
        serve_responder(url, lambda text: f"You said {text}") as webhook_url,
    ):
        world.webhook_url = webhook_url
        page = await opened.new_page(**options)
        held = Phone(page, world, complaints_of(page))
        await held.page.goto(f"{url}/?number=%2B{CUSTOMER[1:]}")
        await expect(held.page.get_by_text(world.business_number)).to_be_visible()
        yield held
        await held.page.close()
        assert held.complaints == []


async def test_a_message_is_answered_with_a_quote_and_markup_stays_text(opened: Browser) -> None:
    async with phone(opened) as held:
        await held.write("<b>x</b>")
        mine, theirs = held.page.locator(".bubble.mine"), held.page.locator(".bubble.theirs")
        await expect(theirs.locator(".said")).to_have_text("You said <b>x</b>")
        await expect(theirs.locator(".quote span")).to_have_text("<b>x</b>")
        await expect(mine.locator(".said")).to_have_text("<b>x</b>")
        await expect(mine.locator(".meta")).to_contain_text("delivered")
        await expect(mine.locator(".meta")).to_have_class("meta answered")
        await expect(theirs.locator(".meta")).to_contain_text("delivered")
        assert await held.page.locator(".said b, .quote span b").count() == 0


async def test_a_conversation_is_there_again_after_a_reload_and_customers_are_apart(opened: Browser) -> None:
    async with phone(opened) as held:
        await held.write("hello")
        await expect(held.page.locator(".bubble")).to_have_count(2)
        await held.page.reload()
        await expect(held.page.locator(".bubble")).to_have_count(2)
        await held.page.get_by_label("You write as").fill(OTHER)
        await held.page.get_by_role("button", name="Use this number").click()
        await expect(held.page.locator("#me")).to_have_text(OTHER)
        await expect(held.page.locator(".bubble")).to_have_count(0)
        await held.page.get_by_role("button", name="Be another customer").click()
        await expect(held.page.locator("#me")).not_to_have_text(OTHER)
        await held.write("me too")
        await expect(held.page.locator(".bubble.theirs .said")).to_have_text("You said me too")


async def test_the_phone_says_that_the_receiver_is_away_and_when_it_is_back(opened: Browser) -> None:
    async with phone(opened) as held:
        webhook_url, held.world.webhook_url = held.world.webhook_url, "http://127.0.0.1:9/"
        await held.write("anybody?")
        await expect(held.page.get_by_text("Not delivered, will be tried again")).to_be_visible()
        await expect(held.page.locator("#notice")).to_contain_text("Your receiver does not take messages")
        held.world.webhook_url = webhook_url
        await held.write("hello?")
        await expect(held.page.locator(".bubble.theirs").first).to_be_visible()
        await expect(held.page.locator("#notice")).to_be_hidden()


async def test_a_closed_window_and_a_fault_can_be_rehearsed(opened: Browser) -> None:
    async with phone(opened) as held:
        await held.page.get_by_label("The next reply").select_option(label="is taken, but never reaches the phone")
        await expect(held.page.get_by_text("Waiting for a reply.")).to_be_visible()
        await held.write("hello")
        await expect(held.page.get_by_text("Did not reach the phone: network")).to_be_visible()
        await expect(held.page.get_by_label("The next reply")).to_have_value("")
        await held.page.get_by_label("Each answer takes").select_option("2")
        await held.page.get_by_role("button", name="All is well again").click()
        await expect(held.page.get_by_label("Each answer takes")).to_have_value("0")
        await held.page.get_by_label("The window after your next message").select_option("0")
        await held.write("too late")
        await expect(held.page.get_by_text("The 24-hour window is over")).to_be_visible()
        await expect(held.page.locator(".bubble.theirs")).to_have_count(1)


async def test_a_template_stands_in_the_conversation_with_what_fills_it(opened: Browser) -> None:
    async with phone(opened) as held:
        blanks = {"shop": "<i>Acme</i>"}
        held.world.send(
            Template(
                id="tx_1", to=CUSTOMER, at=0, expires_at=1, request={}, template_id="template_01k8", variables=blanks
            )
        )
        theirs = held.page.locator(".bubble.theirs")
        await expect(theirs.locator(".said")).to_have_text("Template template_01k8\nshop: <i>Acme</i>")
        await expect(theirs.locator(".meta")).to_contain_text("delivered")
        assert await theirs.locator(".quote").count() == 0


async def test_a_photo_that_the_provider_announces_to_nobody_is_shown_as_such(opened: Browser) -> None:
    async with phone(opened) as held:
        held.world.receive(CUSTOMER, "<i>my order</i>", media="image")
        mine = held.page.locator(".bubble.mine")
        await expect(mine.locator(".said")).to_have_text("[image] <i>my order</i>")
        await expect(mine.locator(".trouble")).to_have_text("The provider tells nobody of this")
        await held.write("hello?")
        await expect(held.page.locator(".bubble.theirs")).to_have_count(1)


async def test_the_page_is_dark_where_the_reader_wants_it(opened: Browser) -> None:
    colours = "getComputedStyle(document.querySelector('#talk')).backgroundColor"
    async with phone(opened, color_scheme="dark") as held:
        dark = await held.page.evaluate(colours)
        await held.page.emulate_media(color_scheme="light")
        light = await held.page.evaluate(colours)
    assert (dark, light) == ("rgb(15, 23, 22)", "rgb(241, 236, 228)")


async def test_on_a_small_screen_the_page_is_the_phone_and_nothing_is_cut_off(opened: Browser) -> None:
    async with phone(opened, viewport={"width": 390, "height": 700}) as held:
        await held.write("a long word: " + "x" * 300)
        await expect(held.page.locator(".bubble.theirs")).to_be_visible()
        assert await held.page.evaluate("document.documentElement.scrollWidth") == 390
        await expect(held.page.get_by_label("You write as")).to_be_hidden()
        await held.page.get_by_role("button", name="Rehearsal settings").click()
        await expect(held.page.get_by_label("You write as")).to_be_visible()


async def test_the_photograph_for_the_readme_is_taken(opened: Browser, tmp_path: Path) -> None:
    await photograph(opened, tmp_path, tmp_path / "phone.png")
    assert (tmp_path / "phone.png").read_bytes().startswith(b"\x89PNG")
