"""Photographs the phone for the README: `python -m tests.screenshot OUT.png`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from bot.sandbox.serve import serve_sandbox
from tests import chromium
from tests.stand_in import CUSTOMER, create_world, serve_responder

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ANSWERS = {
    "hours": "We are open Monday to Friday, 9:00 to 18:00, and on Saturday until 14:00.",
    "order": "Order 4711 left our warehouse this morning. It should be with you tomorrow before noon.",
    "thank": "You are welcome! Have a good day.",
}
_SAID = ("Hello! What are your opening hours?", "And where is my order 4711?", "Great, thank you")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium.find(), args=_FLAGS)
        try:
            yield opened
        finally:
            await opened.close()


def answer(text: str) -> str | None:
    """What the stand-in says."""
    return next((said for word, said in _ANSWERS.items() if word in text.lower()), None)


async def talk(page: Page, url: str) -> None:
    """Open the phone and have the friendly conversation."""
    await page.goto(f"{url}/?number={CUSTOMER.replace('+', '%2B')}")
    for count, text in enumerate(_SAID, start=1):
        await page.get_by_label("Message", exact=True).fill(text)
        await page.keyboard.press("Enter")
        await page.locator(".bubble.theirs").nth(count - 1).wait_for()
    await page.locator(".bubble.theirs .meta:has-text('delivered')").nth(len(_SAID) - 1).wait_for()
    await page.evaluate("document.activeElement.blur()")


async def photograph(
    opened: Browser, out: Path, *, scheme: Literal["light", "dark"] = "light", width: int = 860, height: int = 820
) -> None:
    """Write a PNG of the conversation, at two pixels a pixel."""
    world = create_world()
    async with serve_sandbox(world) as url, serve_responder(url, answer) as webhook_url:
        world.webhook_url = webhook_url
        page = await opened.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=2, color_scheme=scheme
        )
        await talk(page, url)
        await page.wait_for_timeout(300)  # the bubbles' entrance
        await page.screenshot(path=out)
        await page.close()


async def main(out: Path) -> None:
    """Open a browser for one photograph."""
    async with browser() as opened:
        await photograph(opened, out)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
