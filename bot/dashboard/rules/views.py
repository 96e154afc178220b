"""What the pages about books show, as values: a template and what stands in it. The JSON API asks the same desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.dashboard.rules.editing import Editing
from bot.dashboard.rules.finding import Elsewhere, View
from bot.dashboard.rules.lacking import Lacking
from bot.dashboard.rules.posted import asked_of, book_of
from worker.bookshelf import NotWritten
from worker.bookshelf.history import LENGTH
from worker.bookwork.apart import ApartFailed
from worker.bookwork.contents import PAGE, Contents
from worker.bookwork.playground import Asked

DAYS: Final = 14  # of hits
LOOKS: Final = 30  # a second apart, for a book that was put in force


class Views(Editing, Lacking):
    """Each method is one page."""

    async def books(self) -> View | Elsewhere:
        books = await self._desk.library.books()
        return Elsewhere(f"/rules/{books[0].id}") if len(books) == 1 else View("rules/books", {"books": books})

    async def book(self, book_id: str, *, start: int, about: str, now: datetime) -> View:
        book = await self._found(book_id)
        context: dict[str, Any] = {
            "start": start,
            "about": about,
            "page": PAGE,
            "days": DAYS,
            "now": now,
            "contents": None,
        }
        data = await self._desk.library.text(book.path)
        if data is not None:
            try:
                found = await self._desk.contents(data, book.path, start=start, about=about)
            except ApartFailed as error:
                context["failed"] = str(error)
            else:
                context |= {"contents": found} if isinstance(found, Contents) else {"faults": found}
        context["hits"] = await self._ledger.rule_hits(now - timedelta(days=DAYS - 1))
        return self._view("book", book, "", **context)

    # The playground

    async def playground(self, book_id: str) -> View:
        book = await self._found(book_id)
        return self._view("try", book, "/try", asked=Asked(""), tried=None)

    async def tried(self, book_id: str, fields: Mapping[str, str], *, part: bool) -> View:
        """With a `book` among the fields, that one is asked. `part` is for a page that is there already."""
        book = await self._found(book_id)
        data = await self._in_force(book)
        edited = fields.get("book")
        asked = asked_of(fields)
        if edited is not None:
            data = book_of(edited, data, fields.get("shape"))
        tried, failed = await self._try(data, book, asked)
        template = "_tried" if part else "try"
        return self._view(template, book, "/try", asked=asked, tried=tried, failed=failed)

    # What was in force

    async def history(
        self, book_id: str, *, put: str | None = None, looked: int = 0, failed: str | None = None, status: int = 200
    ) -> View:
        """`put` is a version that was written a moment ago, and was `looked` for so often since."""
        book = await self._found(book_id)
        history = await self._desk.library.history(book.path).read()
        shown: dict[str, Any] = {"history": history, "most": LENGTH, "put": put, "looked": looked, "looks": LOOKS}
        return self._view("history", book, "/history", status=status, failed=failed, **shown)

    async def diff(self, book_id: str, before: str, after: str) -> View:
        book = await self._found(book_id)
        was, now = await self._former(book, before), await self._former(book, after)
        diff = await self._desk.diff(was, now, book.path)
        return self._view("diff", book, "/history", diff=diff, before=before, after=after)

    async def back(self, book_id: str, version: str, began_with: str, *, who: str) -> View | Elsewhere:
        """Puts one in force that was before."""
        book = await self._found(book_id)
        data = await self._former(book, version)
        try:
            put = await self._desk.put_in_force(book, data, began_with, who=who)
        except (NotWritten, ApartFailed) as error:
            return await self.history(book_id, failed=str(error), status=409)
        return Elsewhere(f"/rules/{book.id}/history?put={put.version}")
