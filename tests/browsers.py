"""Chromium for tests, and what it complains of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from tests import chromium

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    expect.set_options(timeout=30_000)  # ms: the machine is shared, and only what never comes takes so long
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium.find(), args=_FLAGS)
        try:
            yield opened
        finally:
            await opened.close()


def complaints_of(page: Page) -> list[str]:
    """Grows while the page lives: errors, refused loads, what a policy forbade."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
