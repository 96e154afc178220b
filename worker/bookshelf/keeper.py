"""Keeps the book in force in Redis, and puts the kept one in force where a file is bad.

A worker that starts while its file is bad or gone runs the kept book, and refuses the file as a running worker does:
else messages would wait, until their windows close, for somebody to mend a file. A running worker that refuses its file
runs the kept book, too: another may have seen a good file that was there for a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rules import BookError, load
from worker import log
from worker.bookshelf.kept import Kept, open_kept
from worker.bookshelf.shelf import Edition, Refusal, Shelf
from worker.ledger import LedgerUnavailable
from worker.secret import Secret

EVERY: Final = timedelta(seconds=1)
RENEW: Final = timedelta(minutes=1)  # or written again, where Redis has lost it


class NoBook(Exception):
    """The file's book cannot be used, nor is there a kept one that can. Its text is for whoever mends the file."""


async def insist_on_a_book(url: Secret, file: Path) -> None:
    """Raises NoBook where a worker with this file could not begin."""
    try:
        load(file)
    except BookError as error:
        await _kept_edition(url, file, error)


async def open_shelf(url: Secret, file: Path, *, asked: asyncio.Event) -> Shelf:
    """With what the file holds or, where that is refused, with the kept book. Raises NoBook."""
    try:
        return Shelf(file, asked=asked)
    except BookError as error:
        edition = await _kept_edition(url, file, error)
    log.logger().error(
        "kept_book_in_force",
        book=edition.book.version,
        since=edition.since.isoformat(timespec="seconds"),
        age=str(timedelta(seconds=int((datetime.now(UTC) - edition.since).total_seconds()))),
    )
    shelf = Shelf(file, edition, asked=asked)
    await shelf.look_at_start()  # and so refuses the file in the log, the report and the counts
    return shelf


async def _kept_edition(url: Secret, file: Path, error: BookError) -> Edition:
    """The kept book, in the place of a file with this error. Raises NoBook."""
    kept = open_kept(url, file)
    try:
        async with kept:
            found = await kept.read()
    except LedgerUnavailable as why:
        raise NoBook(f"{error}\nIf one was in force before, it is in Redis, which does not answer ({why}).") from error
    if found is None:
        raise NoBook(str(error)) from error
    try:
        return kept.parse(*found)
    except BookError as why:
        raise NoBook(
            f"{error}\nThe one that was last in force, since {found[1]:%Y-%m-%d %H:%M} UTC, cannot take its place:"
            f" this version of autoreply refuses it, too (lines are its own):\n{why}"
        ) from why


class Keeper:
    """One worker's. Where Redis is away it keeps the book later; the shelf does not wait for it."""

    def __init__(self, shelf: Shelf, kept: Kept, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shelf = shelf
        self._kept = kept
        self._clock = clock
        self._log = log.logger()
        self._written: tuple[Edition, float] | None = None  # the one that was last written, and when it was renewed
        self._unfit: str | None = None  # a kept version that this worker cannot run

    async def keep_on(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.keep()
            except LedgerUnavailable as error:
                self._log.warning("ledger_unavailable", error=str(error))
            await asyncio.sleep(EVERY.total_seconds())

    async def keep(self) -> None:
        """Once: keep the book in force → run the kept one, where the file is refused."""
        edition, now = self._shelf.edition, self._clock()
        new = self._written is None or self._written[0] is not edition
        if new or (self._written and now - self._written[1] >= RENEW.total_seconds()):
            if new or not await self._kept.renew():
                await self._kept.write(edition)
            self._written = (edition, now)
        if self._shelf.refusal is not None:
            await self._adopt(edition, self._shelf.refusal)

    async def _adopt(self, ours: Edition, refusal: Refusal) -> None:
        # What is kept now is ours or came into force after it: ours was offered before.
        version = await self._kept.version()
        if version in (None, ours.book.version, refusal.version, self._unfit):
            return
        found = await self._kept.read()
        if found is None:
            return
        try:
            edition = await asyncio.to_thread(self._kept.parse, *found)
        except Exception as error:  # the reader's edge, as in the shelf; a worker of another version may run it
            self._unfit = version
            why = str(error).partition("\n")[0]
            self._log.error("kept_book_refused", stays=ours.book.version, refused=version, error=why)
            return
        if self._shelf.refusal is refusal and self._shelf.edition is ours:  # still
            self._shelf.adopt(edition)
