"""What goes on beside, and what came of it: a comparison, and the messages that no rule answers, each an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dashboard.rules.finding import Elsewhere, Finding, NoSuchBook, View
from bot.dashboard.rules.posted import shape_of
from rules.inserting import NewExample
from rules.media import KINDS as MEDIA_KINDS
from worker.bookwork.errands import Errand, TooMany

MOST_NAMES: Final = 1_000  # of rules, that are offered while one types
_EXAMPLE_KINDS: Final = ("matches", "ignores", "known_misses")


class Lacking(Finding):
    """Each method is one page; `viewer` is who may see no customer's text."""

    async def compared(self, book_id: str, errand_id: str) -> View:
        book, errand = await self._found(book_id), self._errand(errand_id)
        heading = "What it would have answered"
        text, shape = errand.data.decode("utf-8-sig", "replace"), shape_of(errand.data)
        return self._view(
            "errand", book, "/change", errand=errand, heading=heading, text=text, shape=shape, begin_unmatched=False
        )

    async def errand(self, book_id: str, errand_id: str, *, viewer: bool) -> View:
        """The part of a page that shows how far it is, or what came of it."""
        book, errand = await self._found(book_id), self._errand(errand_id)
        if viewer and errand.kind == "compare":  # it quotes customers
            raise NoSuchBook
        return self._view("_errand", book, "", errand=errand)

    async def unmatched(self, book_id: str, *, failed: str | None = None) -> View:
        book = await self._found(book_id)
        names = await self._desk.names(await self._in_force(book), book.path)
        return self._view(
            "errand",
            book,
            "/unmatched",
            errand=self._desk.errands.latest("unmatched", book.id),
            heading="What no rule answers",
            begin_unmatched=True,
            names=names[:MOST_NAMES] if isinstance(names, list) else (),
            failed=failed,
        )

    async def look_for_unmatched(self, book_id: str) -> View | Elsewhere:
        book = await self._found(book_id)
        running = self._desk.errands.latest("unmatched", book.id)
        try:
            if running is None or not running.running:
                self._desk.gather_unmatched(book, await self._in_force(book))
        except TooMany as error:
            return await self.unmatched(book_id, failed=str(error))
        return Elsewhere(f"/rules/{book.id}/unmatched")

    async def example(self, book_id: str, fields: Mapping[str, str]) -> View:
        """A patch that adds it."""
        book = await self._found(book_id)
        rule, kind, media = (fields.get(name, "") for name in ("rule", "kind", "media"))
        example = NewExample(
            fields.get("text", ""),
            media if media in MEDIA_KINDS else None,
            next((each for each in _EXAMPLE_KINDS if each == kind), "matches"),
        )
        patched = await self._desk.add_example(await self._in_force(book), book.path, rule, example)
        text = patched.data.decode("utf-8-sig", "replace")
        shown = {"patched": patched, "diff": patched.diff, "rule": rule, "text": text, "shape": shape_of(patched.data)}
        return self._view("example", book, "/unmatched", context=shown)

    def _errand(self, errand_id: str) -> Errand:
        errand = self._desk.errands.find(errand_id)
        if errand is None:
            raise NoSuchBook
        return errand
