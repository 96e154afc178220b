"""The editor: a changed book is checked, asked, compared with what came, and put in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.dashboard.rules.finding import Elsewhere, Finding, View
from bot.dashboard.rules.lines import noted
from bot.dashboard.rules.posted import asked_of, book_of, shape_of
from rules.loader import version_of
from worker.bookshelf import NotWritten, Overtaken, Shelved
from worker.bookwork.apart import ApartFailed
from worker.bookwork.checking import Checked
from worker.bookwork.desk import Faulty
from worker.bookwork.errands import TooMany
from worker.bookwork.playground import Asked


@dataclass(frozen=True, slots=True)
class Edited:
    """A book's text as somebody left it in the editor."""

    book: Shelved
    began_with: str  # the version that was in force when they began
    data: bytes
    fields: Mapping[str, str]


class Editing(Finding):
    """Each method is one page."""

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
