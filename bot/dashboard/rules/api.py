"""The API's part about books: the same desk as the pages, and values instead of pages."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta
from typing import Any

from bot.dashboard.api.calls import Refused
from bot.dashboard.rules import answers
from bot.dashboard.rules.bodies import BookBody, ExampleBody, PutBody, ReturnBody, TryBody
from bot.dashboard.rules.finding import NoSuchBook
from bot.dashboard.rules.views import DAYS
from rules.as_json import iso
from rules.inserting import NewExample
from worker.bookshelf import NotWritten, Overtaken, Shelved
from worker.bookwork.comparing import Compared
from worker.bookwork.contents import Contents
from worker.bookwork.desk import Desk, Faulty
from worker.bookwork.errands import Errand
from worker.bookwork.playground import Asked
from worker.bookwork.unmatched import Unmatched
from worker.ledger import Operating


class Api:
    """Raises NoSuchBook, Refused; ApartFailed and LedgerUnavailable as the desk does."""

    def __init__(self, desk: Desk, ledger: Operating) -> None:
        self._desk = desk
        self._ledger = ledger

    async def books(self) -> answers.Books:
        return {"books": [self._book_json(book) for book in await self._desk.library.books()]}

    async def book(
        self, book_id: str, *, start: int, about: str, now: datetime
    ) -> answers.BookWithRules | answers.BookWithFaults:
        """With a page of its rules, and how often each decided in the last two weeks."""
        book, data = await self._found(book_id)
        found = await self._desk.contents(data, book.path, start=start, about=about)
        hits = await self._ledger.rule_hits(now - timedelta(days=DAYS - 1))
        told, fixed = self._book_json(book), self._desk.fixed(book)
        if not isinstance(found, Contents):
            return {**told, "fixed": fixed, "faults": dumped(found)}
        contents = dumped(found)
        for entry in contents["entries"]:
            hit = hits.get(entry["name"])
            entry["hits"], entry["last_hit"] = (hit.hits, iso(hit.last)) if hit else (0, None)
        return {**told, "fixed": fixed, "contents": contents}

    async def text(self, book_id: str, version: str | None = None) -> answers.Text:
        """What the file holds that is in force, or held when another version was."""
        book, data = await self._found(book_id, version)
        return {"version": version or book.version, "book": data.decode("utf-8", "replace")}

    async def try_message(self, book_id: str, body: TryBody) -> answers.TryOut:
        book, data = await self._found(book_id)
        asked = Asked(body.text, body.at, body.sender, tuple(body.tags), body.first_message, body.media)
        tried = await self._desk.try_message(_data(body.book, data), book.path, asked)
        return fields(tried)

    async def check(self, book_id: str, body: BookBody) -> answers.Check:
        book, data = await self._found(book_id)
        checked = await self._desk.check(_data(body.book, data), book.path)
        return fields(checked) | {"good": checked.good}

    async def compare(self, book_id: str, body: BookBody) -> answers.Errand:
        book, data = await self._found(book_id)
        return errand_json(self._desk.compare(book, _data(body.book, data)))

    async def look_for_unmatched(self, book_id: str) -> answers.Errand:
        book, data = await self._found(book_id)
        return errand_json(self._desk.gather_unmatched(book, data))

    async def errand(self, book_id: str, errand_id: str, *, viewer: bool) -> answers.Errand:
        """How far something is that goes on beside, and what came of it. A viewer sees no customer's text."""
        book, _ = await self._found(book_id)
        errand = self._desk.errands.find(errand_id)
        if errand is None or errand.about != book.id or (viewer and errand.kind == "compare"):
            raise NoSuchBook
        return errand_json(errand, viewer=viewer)

    async def example(self, book_id: str, body: ExampleBody) -> answers.Patch:
        """A patch that adds it."""
        book, data = await self._found(book_id)
        patched = await self._desk.add_example(data, book.path, body.rule, NewExample(body.text, body.media, body.kind))
        if patched.refused is not None:
            raise Refused(answers.CannotInsert(error=patched.refused, code="cannot_insert"))
        return {
            "version": book.version,
            "diff": patched.diff,
            "book": patched.data.decode("utf-8", "replace"),
            "faults": dumped(patched.checked.faults if patched.checked else patched.faults),
        }

    async def history(self, book_id: str) -> answers.History:
        book, _ = await self._found(book_id)
        return {"history": [dumped(past) for past in await self._desk.library.history(book.path).read()]}

    async def diff(self, book_id: str, before: str, after: str) -> answers.Diff:
        book, was = await self._found(book_id, before)
        _, now = await self._found(book_id, after)
        return {"before": before, "after": after, "diff": await self._desk.diff(was, now, book.path)}

    async def put(self, book_id: str, body: PutBody, *, who: str) -> answers.InForce:
        book, data = await self._found(book_id)
        return await self._put(book, _data(body.book, data), body.began_with, who)

    async def back(self, book_id: str, body: ReturnBody, *, who: str) -> answers.InForce:
        book, data = await self._found(book_id, body.version)
        return await self._put(book, data, body.began_with, who)

    async def _put(self, book: Shelved, data: bytes, began_with: str, who: str) -> answers.InForce:
        try:
            put = await self._desk.put_in_force(book, data, began_with, who=who)
        except Faulty as error:
            faults = dumped(error.checked.faults)
            raise Refused(answers.HasFaults(error=str(error), code="faults", faults=faults)) from error
        except Overtaken as error:
            raise Refused(answers.IsOvertaken(error=str(error), code="overtaken", holds=error.holds)) from error
        except NotWritten as error:
            raise Refused(answers.IsNotWritten(error=str(error), code="not_written")) from error
        return fields(put)

    async def _found(self, book_id: str, version: str | None = None) -> tuple[Shelved, bytes]:
        book = await self._desk.library.book(book_id)
        if book is None:
            raise NoSuchBook
        data = await self._desk.library.text(book.path, None if version == book.version else version)
        if data is None:
            raise NoSuchBook
        return book, data

    def _book_json(self, book: Shelved) -> answers.Book:
        return {
            "id": book.id,
            "path": book.path,
            "version": book.version,
            "since": iso(book.since),
            "accounts": list(self._desk.accounts(book)),
            "refusal": dumped(book.refusal),
            "workers": len(book.reports),
            "running_another": len(book.strangers),
        }


def dumped(value: Any) -> Any:
    """A dataclass, or several, as JSON has them."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}


def errand_json(errand: Errand, *, viewer: bool = False) -> answers.Errand:
    """`result` is there once it has ended; of a faulty book it has `faults`."""
    told: answers.Errand = {
        "id": errand.id,
        "kind": errand.kind,
        "began": iso(errand.began),
        "running": errand.running,
        "step": errand.step,
        "done": errand.done,
        "of": errand.of,
        "failed": errand.failed,
        "result": None,
    }
    match errand.result:
        case Compared() as compared:
            told["result"] = dumped(compared)
        case Unmatched() as unmatched:
            told["result"] = _unmatched_json(unmatched, viewer=viewer)
        case tuple() as faults:
            told["result"] = {"faults": dumped(faults)}
    return told


def _unmatched_json(unmatched: Unmatched, *, viewer: bool) -> dict[str, Any]:
    """A viewer gets no text, not even what is masked."""
    told = fields(unmatched)
    if viewer:
        for heap in told["heaps"]:
            heap["text"] = None
            del heap["example"], heap["hidden"]
    return told


def fields(value: Any) -> dict[str, Any]:
    """Those of a dataclass, as JSON has them."""
    return dict(dumped(value))


def _data(written: str | None, in_force: bytes) -> bytes:
    """As it was written: a program's line breaks are its own."""
    return in_force if written is None else written.encode("utf-8", "replace")
