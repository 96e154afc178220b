"""Photographs the dashboard's main pages for the README: `python -m tests.dashboard_screenshots`.

Light, dark and phone-sized, over the real thing with the demo's conversation, into tests/dashboard/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.resources import as_file
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from playwright.async_api import Browser, Page

from bot.commands.demo import STARTER
from bot.demo.conversation import story
from bot.demo.stage import Stage, play, stage
from tests.browsers import browser

OUT: Final = Path(__file__).parent / "dashboard"
DESK: Final = (1180, 780)
PHONE: Final = (390, 760)

Scheme = Literal["light", "dark"]


async def photograph(
    opened: Browser, running: Stage, out: Path, scheme: Scheme, size: tuple[int, int], places: Sequence[str]
) -> None:
    """A PNG of each place, named by place, scheme and size."""
    context = await opened.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="en-GB", timezone_id="UTC"
    )
    page = await context.new_page()
    await page.goto(running.dashboard)
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_label("Password").fill(running.password)
    await page.get_by_role("button", name="Log in").click()
    for place in places:
        await _go(page, running, place)
        await page.wait_for_timeout(1500)  # what is live, and the graphs
        name = f"{place}-{'phone' if size == PHONE else scheme}.png"
        await page.screenshot(path=out / name)
    await context.close()


async def _go(page: Page, running: Stage, place: str) -> None:
    if place == "conversation":
        await page.goto(f"{running.dashboard}/conversations")
        await page.locator(".talk").last.click()
    elif place == "message":
        await page.goto(f"{running.dashboard}/messages?text=refnud")
        await page.get_by_role("link", name="refnud").first.click()
    else:
        await page.goto(running.dashboard + {"overview": "/"}.get(place, f"/{place}"))


async def main(out: Path = OUT) -> None:
    out.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, as_file(STARTER) as book:
        async with stage(book, Path(folder), port=0, editable=True) as running, browser() as opened:
            async for _ in play(running, story()):
                pass
            every = ("overview", "needs-you", "messages", "message", "conversation", "rules")
            await photograph(opened, running, out, "light", DESK, every)
            await photograph(opened, running, out, "dark", DESK, every)
            await photograph(opened, running, out, "light", PHONE, every)


if __name__ == "__main__":
    asyncio.run(main())
