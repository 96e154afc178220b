"""A dashboard in a process of its own, for tests, and a browser that has logged in to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Browser, Page

from bot.demo.embedded import free_port
from tests.service import Service

PASSWORD: Final = "correct horse battery"
VIEWER: Final = "only looking around"
SETTINGS: Final = {"AUTOREPLY_DASHBOARD_PASSWORD": PASSWORD, "AUTOREPLY_DASHBOARD_VIEWER_PASSWORD": VIEWER}


async def show(running: Service, **more: str) -> str:
    """Starts one; its address."""
    port = free_port()
    running.settings |= SETTINGS | more
    process = await running.start("dashboard", "--port", str(port))
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return f"http://127.0.0.1:{port}"
    raise AssertionError(running.log)


@dataclass
class Desktop:
    """A page of somebody who has logged in."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)  # of the browser: errors, refused loads

    async def open(self, path: str) -> None:
        await self.page.goto(self.address + path)


@asynccontextmanager
async def logged_in(opened: Browser, address: str, password: str = PASSWORD, **options: Any) -> AsyncIterator[Desktop]:
    context = await opened.new_context(**options)
    desktop = Desktop(await context.new_page(), address)
    desktop.page.on("console", lambda said: desktop.complaints.append(said.text) if said.type == "error" else None)
    desktop.page.on("pageerror", lambda error: desktop.complaints.append(str(error)))
    await desktop.open("/login")
    await desktop.page.get_by_label("Your name").fill("maria")
    await desktop.page.get_by_label("Password").fill(password)
    await desktop.page.get_by_role("button", name="Log in").click()
    await desktop.page.wait_for_url(f"{address}/")
    yield desktop
    await context.close()
