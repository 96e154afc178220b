"""Books that change, and a worker that sees it, for the tests of reloading."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from structlog.testing import capture_logs

from rules.loader import version_of
from worker.bookshelf import Keeper, Kept, Report, Reporter, Reports, Shelf
from worker.ledger import Ledger
from worker.secret import Secret

SLOW: Final = 15  # seconds that a test on a busy machine allows a change; it is promised within 5


def book(text: str, *, more: str = "") -> str:
    return f"version: 1\nrules:\n  - name: all\n    when: anything\n    reply: {text}\n{more}"


def version(text: str) -> str:
    return version_of(text.encode())


ONE, TWO, BAD = book("one"), book("two"), book("bad", more="    oops: 1\n")
BROKEN_PROMISE = book("broken", more="    examples: {ignores: [hello]}\n")

A_REPORT: Final = Report("aaaaaaaaaaaa", "shop-1", 7, "book.yaml", "v1", 3, datetime(2026, 3, 2, tzinfo=UTC))


class Looked:
    """A shelf that looks when the test says so, at the time that the test says."""

    def __init__(self, file: Path) -> None:
        self.now = 0.0
        self.shelf = Shelf(file, clock=lambda: self.now)

    async def after(self, seconds: float = 1.0) -> str:
        """Looks after this time, and returns the version in force."""
        self.now += seconds
        await self.shelf.look()
        return self.shelf.book.version

    async def logged(self, looks: int) -> list[str]:
        """The events of so many looks, a second apart."""
        with capture_logs() as lines:
            for _ in range(looks):
                await self.after()
        return [line["event"] for line in lines]


class Worker:
    """A shelf and what keeps its book, at a time of the test's own."""

    def __init__(self, file: Path, kept: Kept) -> None:
        self.file, self.looked = file, Looked(file)
        self.keeper = Keeper(self.looked.shelf, kept, clock=lambda: self.looked.now)

    async def sees(self, text: str) -> None:
        """Looks twice at this."""
        self.file.write_text(text)
        for _ in range(2):
            await self.looked.after()

    async def keeps(self) -> str:
        """Keeps once, and returns the version in force."""
        await self.keeper.keep()
        return self.looked.shelf.book.version

    async def runs(self, text: str) -> None:
        await self.sees(text)
        await self.keeps()


def in_place(file: Path, text: str) -> None:
    file.write_text(text)


def by_rename(file: Path, text: str) -> None:
    beside = file.with_suffix(".tmp")
    beside.write_text(text)
    beside.replace(file)


def with_the_old_times(file: Path, text: str) -> None:
    """As `cp -p` and `rsync -t` may."""
    stat = file.stat()
    file.write_text(text)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@asynccontextmanager
async def telling(shelf: Shelf, reports: Reports, ledger: Ledger) -> AsyncIterator[None]:
    """A worker's two tasks about its book."""
    reporter = Reporter(shelf, reports, ledger, worker="w")
    tasks = [asyncio.create_task(each) for each in (shelf.keep_up(), reporter.keep_telling())]
    while not await reports.read():
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def silent(reports: Reports) -> AsyncIterator[None]:
    """A worker that answers no request, and renews its report."""

    async def renew() -> None:
        while True:
            await reports.write(A_REPORT)
            await asyncio.sleep(1)

    await reports.write(A_REPORT)
    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def reloaded(*options: str, url: Secret) -> tuple[int | None, str]:
    """The exit code and what was printed, by a process of its own: the workers of a test log into this one's."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "reload", *options,
        env=os.environ | {"AUTOREPLY_REDIS_URL": url.reveal()}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode, output.decode()
