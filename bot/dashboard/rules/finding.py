"""What all pages about books begin with: the book that one is about, its text, and what every page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.dashboard.api.calls import Missing
from bot.dashboard.rules.wording import KINDS, SILENCES, TABS
from rules.media import KINDS as MEDIA_KINDS
from worker.bookshelf import Shelved
from worker.bookwork.apart import ApartFailed
from worker.bookwork.desk import NEWEST, SINCE, Desk
from worker.bookwork.playground import Asked, Tried
from worker.ledger import Operating

# What some pages have and others not.
_ABSENT: Final = dict.fromkeys(("failed", "faults", "checked", "overtaken", "diff", "tried", "zone", "errand"))


class NoSuchBook(Missing):
    """Nor errand, nor version: what a page is about is not there, or not any more."""


@dataclass(frozen=True, slots=True)
class View:
    """A page, or a part of one."""

    template: str  # its path in templates, without its ending
    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where what was asked for is shown."""

    path: str  # behind the dashboard's own


class Finding:
    """Raises NoSuchBook; ApartFailed and LedgerUnavailable as the desk does."""

    def __init__(self, desk: Desk, ledger: Operating) -> None:
        self._desk = desk
        self._ledger = ledger

    async def _found(self, book_id: str) -> Shelved:
        book = await self._desk.library.book(book_id)
        if book is None:
            raise NoSuchBook
        return book

    async def _in_force(self, book: Shelved) -> bytes:
        data = await self._desk.library.text(book.path)
        if data is None:
            raise NoSuchBook
        return data

    async def _former(self, book: Shelved, version: str) -> bytes:
        if version == book.version:
            return await self._in_force(book)
        data = await self._desk.library.text(book.path, version)
        if data is None:
            raise NoSuchBook
        return data

    def _view(
        self,
        template: str,
        book: Shelved,
        tab: str,
        *,
        status: int = 200,
        context: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> View:
        common = {
            "book": book,
            "accounts": self._desk.accounts(book),
            "fixed": self._desk.fixed(book),
            "tab": tab,
            "tabs": TABS,
            "kinds": KINDS,
            "silences": SILENCES,
            "media_kinds": MEDIA_KINDS,
            "look": {"newest": NEWEST, "days": SINCE.days},
        }
        return View(f"rules/{template}", _ABSENT | common | dict(context or {}) | more, status)

    async def _try(self, data: bytes, book: Shelved, asked: Asked) -> tuple[Tried | None, str | None]:
        if not asked.text and asked.media is None:
            return None, None
        try:
            return await self._desk.try_message(data, book.path, asked), None
        except ApartFailed as error:
            return Tried(), str(error)
