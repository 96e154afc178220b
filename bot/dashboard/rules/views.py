"""What the pages about books show, as values: a template and what stands in it. The JSON API asks the same desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.dashboard.rules.lines import noted
from bot.dashboard.rules.posted import asked_of, book_of, shape_of
from bot.dashboard.rules.wording import KINDS, SILENCES, TABS
from rules.inserting import NewExample
from rules.loader import version_of
from rules.media import KINDS as MEDIA_KINDS
from worker.bookshelf import NotWritten, Overtaken, Shelved
from worker.bookshelf.history import LENGTH
from worker.bookwork.apart import ApartFailed
from worker.bookwork.checking import Checked
from worker.bookwork.contents import PAGE, Contents
from worker.bookwork.desk import NEWEST, SINCE, Desk, Faulty
from worker.bookwork.errands import Errand, TooMany
from worker.bookwork.playground import Asked, Tried
from worker.ledger import Operating

DAYS: Final = 14  # of hits
MOST_NAMES: Final = 1_000  # of rules, that are offered while one types
LOOKS: Final = 30  # a second apart, for a book that was put in force
# What some pages have and others not.
_ABSENT: Final = dict.fromkeys(("failed", "faults", "checked", "overtaken", "diff", "tried", "zone", "errand"))
_EXAMPLE_KINDS: Final = ("matches", "ignores", "known_misses")


class NoSuchBook(Exception):
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


@dataclass(frozen=True, slots=True)
class Edited:
    """A book's text as somebody left it in the editor."""

    book: Shelved
    began_with: str  # the version that was in force when they began
    data: bytes
    fields: Mapping[str, str]


class Views:
    """Each method is one page; `viewer` is who may see no customer's text and change nothing."""

    def __init__(self, desk: Desk, ledger: Operating) -> None:
        self._desk = desk
        self._ledger = ledger

    async def books(self) -> View | Elsewhere:
        books = await self._desk.library.books()
        return Elsewhere(f"/rules/{books[0].id}") if len(books) == 1 else View("rules/books", {"books": books})

    async def book(self, book_id: str, *, start: int, about: str, now: datetime) -> View:
        book = await self._found(book_id)
        context: dict[str, Any] = {"start": start, "about": about, "page": PAGE, "days": DAYS, "contents": None}
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

    async def _try(self, data: bytes, book: Shelved, asked: Asked) -> tuple[Tried | None, str | None]:
        if not asked.text and asked.media is None:
            return None, None
        try:
            return await self._desk.try_message(data, book.path, asked), None
        except ApartFailed as error:
            return Tried(), str(error)

    # A changed one

    async def editor(self, book_id: str, *, begin_from: str | None) -> View:
        """With the text of the book in force, or of another version."""
        book = await self._found(book_id)
        data = await self._in_force(book) if begin_from is None else await self._former(book, begin_from)
        return self._edit(book, data, book.version or version_of(data))

    async def edited(self, book_id: str, fields: Mapping[str, str], file: bytes | None) -> Edited:
        """What a form of the editor holds."""
        book = await self._found(book_id)
        data = file or book_of(fields.get("book", ""), await self._in_force(book), fields.get("shape"))
        return Edited(book, fields.get("began_with", ""), data, fields)

    async def checked(self, edited: Edited, *, failed: str | None = None) -> View:
        try:
            checked = await self._desk.check(edited.data, edited.book.path)
            diff = await self._diff_to_it(edited)
        except ApartFailed as error:
            return self._edit_again(edited, failed=str(error))
        return self._edit_again(edited, checked=checked, diff=diff, failed=failed, status=409 if failed else 200)

    async def asked(self, edited: Edited) -> View:
        tried, failed = await self._try(edited.data, edited.book, asked_of(edited.fields))
        return self._edit_again(edited, tried=tried, failed=failed)

    async def compare(self, edited: Edited) -> View | Elsewhere:
        try:
            checked = await self._desk.check(edited.data, edited.book.path, warned=False)
            if not checked.good:
                return self._edit_again(edited, checked=checked, status=422)
            errand = self._desk.compare(edited.book, edited.data, began_with=edited.began_with)
        except (TooMany, ApartFailed) as error:
            return self._edit_again(edited, failed=str(error), status=503)
        return Elsewhere(f"/rules/{edited.book.id}/compared/{errand.id}")

    async def put(self, edited: Edited, *, who: str) -> View | Elsewhere:
        """Writes what was checked, and nothing that was typed since."""
        if edited.fields.get("checked") != version_of(edited.data):
            return await self.checked(edited, failed="The text is not the one that was checked: it is checked now.")
        try:
            put = await self._desk.put_in_force(edited.book, edited.data, edited.began_with, who=who)
        except Faulty as error:
            return self._edit_again(edited, checked=error.checked, status=422)
        except Overtaken as error:
            book = await self._found(edited.book.id)
            now = Edited(book, book.version or "", edited.data, edited.fields)
            return self._edit_again(now, overtaken=str(error), diff=await self._diff_to_it(now), status=409)
        except (NotWritten, ApartFailed) as error:
            return self._edit_again(edited, failed=str(error), status=409)
        return Elsewhere(f"/rules/{edited.book.id}/history?put={put.version}")

    async def _diff_to_it(self, edited: Edited) -> str:
        return await self._desk.diff(await self._in_force(edited.book), edited.data, edited.book.path)

    def _edit_again(self, edited: Edited, *, checked: Checked | None = None, status: int = 200, **context: Any) -> View:
        lines = noted(edited.data, checked.faults, checked.doubts) if checked else []
        context |= {"checked": checked, "lines": lines, "asked": asked_of(edited.fields)}
        return self._edit(edited.book, edited.data, edited.began_with, status=status, **context)

    def _edit(self, book: Shelved, data: bytes, began_with: str, *, status: int = 200, **context: Any) -> View:
        text = data.decode("utf-8-sig", "replace")
        written = {"text": text, "began_with": began_with, "shape": shape_of(data)}
        context = {"asked": Asked(""), **written, **context}
        return self._view("change", book, "/change", status=status, **context)

    # What goes on beside

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
            names=names.names[:MOST_NAMES] if isinstance(names, Contents) else (),
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

    # What several have in common

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

    def _errand(self, errand_id: str) -> Errand:
        errand = self._desk.errands.find(errand_id)
        if errand is None:
            raise NoSuchBook
        return errand

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
