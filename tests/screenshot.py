"""Photographs the phone for the README: `python -m tests.screenshot OUT.png`."""

from __future__ import annotations

import asyncio
import sys
from importlib.resources import as_file
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import Browser, Page

from bot.commands.demo import STARTER
from bot.demo.stage import stage
from tests.browsers import browser

_SAID = ("Hi there!", "Where is order #48213?", "I think I'd like a refnud")
_CUSTOMER = "+14155550123"


async def talk(page: Page, url: str) -> None:
    """Open the phone and have the friendly conversation."""
    await page.goto(f"{url}/?number={_CUSTOMER.replace('+', '%2B')}")
    for count, text in enumerate(_SAID, start=1):
        await page.get_by_label("Message", exact=True).fill(text)
        await page.keyboard.press("Enter")
        await page.locator(".bubble.theirs").nth(count - 1).wait_for()
    await page.locator(".bubble.theirs .meta:has-text('delivered')").nth(len(_SAID) - 1).wait_for()
    await page.evaluate("document.activeElement.blur()")


async def photograph(
    opened: Browser,
    folder: Path,
    out: Path,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 860,
    height: int = 820,
) -> None:
    """Write a PNG of a conversation with the starter book, at two pixels a pixel. The service's data go to `folder`."""
    with as_file(STARTER) as book:
        async with stage(book, folder, port=0) as running:
            page = await opened.new_page(
                viewport={"width": width, "height": height}, device_scale_factor=2, color_scheme=scheme
            )
            await talk(page, running.phone)
            await page.wait_for_timeout(300)  # the bubbles' entrance
            await page.screenshot(path=out)
            await page.close()


async def main(out: Path) -> None:
    """Open a browser for one photograph."""
    with TemporaryDirectory() as folder:
        async with browser() as opened:
            await photograph(opened, Path(folder), out)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
