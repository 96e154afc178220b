"""The API's part about books: the same desk as the pages, and values instead of pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from bot.dashboard.api.calls import Body, Refused
from bot.dashboard.rules.finding import NoSuchBook
from bot.dashboard.rules.views import DAYS
from rules.inserting import LONGEST as LONGEST_EXAMPLE
from rules.inserting import NewExample
from rules.words import LONGEST
from worker.bookshelf import NotWritten, Overtaken, Shelved
from worker.bookwork.comparing import Compared
from worker.bookwork.contents import Contents
from worker.bookwork.desk import Desk, Faulty
from worker.bookwork.errands import Errand
from worker.bookwork.playground import Asked
from worker.bookwork.unmatched import Unmatched
from worker.ledger import Operating

MediaKind = Literal["image", "video", "audio", "document", "sticker", "location", "contacts"]
Short = Annotated[str, Field(max_length=200)]


class TryBody(Body):
    """A message to ask a book about."""

    text: Annotated[str, Field(max_length=LONGEST)] = ""
    at: Annotated[
        Short, Field(description="2026-12-24T18:00, mon 09:00 or 09:00, in the book's zone; empty is now")
    ] = ""
    sender: Short = "try"
    tags: list[Short] = Field(default_factory=list, max_length=20)
    first_message: bool = True
    media: MediaKind | None = None
    book: Annotated[str | None, Field(description="a book's text; without it the one in force is asked")] = None


class BookBody(Body):
    """A changed book."""

    book: Annotated[str, Field(description="its text")]


class PutBody(BookBody):
    """A book to put in force."""

    began_with: Annotated[Short, Field(description="the version that was in force when the change began")]


class ReturnBody(Body):
    """A book to return to."""

    version: Short
    began_with: Annotated[Short, Field(description="the version that is in force now")]


class ExampleBody(Body):
    """An example to add to a rule."""

    rule: str
    text: Annotated[str, Field(max_length=LONGEST_EXAMPLE)] = ""
    kind: Literal["matches", "ignores", "known_misses"] = "matches"
    media: MediaKind | None = None


class Api:
    """Raises NoSuchBook, Refused; ApartFailed and LedgerUnavailable as the desk does."""

    def __init__(self, desk: Desk, ledger: Operating) -> None:
        self._desk = desk
        self._ledger = ledger

    async def books(self) -> dict[str, Any]:
        return {"books": [self._book_json(book) for book in await self._desk.library.books()]}

    async def book(self, book_id: str, *, start: int, about: str, now: datetime) -> dict[str, Any]:
        """With a page of its rules, and how often each decided in the last two weeks."""
        book, data = await self._found(book_id)
        found = await self._desk.contents(data, book.path, start=start, about=about)
        hits = await self._ledger.rule_hits(now - timedelta(days=DAYS - 1))
        told: dict[str, Any] = {**self._book_json(book), "fixed": self._desk.fixed(book)}
        if not isinstance(found, Contents):
            return told | {"faults": dumped(found)}
        contents = dumped(found)
        for entry in contents["entries"]:
            hit = hits.get(entry["name"])
            entry["hits"], entry["last_hit"] = (hit.hits, dumped(hit.last)) if hit else (0, None)
        return told | {"contents": contents}

    async def text(self, book_id: str, version: str | None = None) -> dict[str, Any]:
        """What the file holds that is in force, or held when another version was."""
        book, data = await self._found(book_id, version)
        return {"version": version or book.version, "book": data.decode("utf-8", "replace")}

    async def try_message(self, book_id: str, body: TryBody) -> dict[str, Any]:
        book, data = await self._found(book_id)
        asked = Asked(body.text, body.at, body.sender, tuple(body.tags), body.first_message, body.media)
        tried = await self._desk.try_message(_data(body.book, data), book.path, asked)
        return _map(dumped(tried))

    async def check(self, book_id: str, body: BookBody) -> dict[str, Any]:
        book, data = await self._found(book_id)
        checked = await self._desk.check(_data(body.book, data), book.path)
        return _map(dumped(checked)) | {"good": checked.good}

    async def compare(self, book_id: str, body: BookBody) -> dict[str, Any]:
        book, data = await self._found(book_id)
        return errand_json(self._desk.compare(book, _data(body.book, data)))

    async def look_for_unmatched(self, book_id: str) -> dict[str, Any]:
        book, data = await self._found(book_id)
        return errand_json(self._desk.gather_unmatched(book, data))

    async def errand(self, book_id: str, errand_id: str, *, viewer: bool) -> dict[str, Any]:
        """How far something is that goes on beside, and what came of it. A viewer sees no customer's text."""
        book, _ = await self._found(book_id)
        errand = self._desk.errands.find(errand_id)
        if errand is None or errand.about != book.id or (viewer and errand.kind == "compare"):
            raise NoSuchBook
        return errand_json(errand, viewer=viewer)

    async def example(self, book_id: str, body: ExampleBody) -> dict[str, Any]:
        """A patch that adds it."""
        book, data = await self._found(book_id)
        patched = await self._desk.add_example(data, book.path, body.rule, NewExample(body.text, body.media, body.kind))
        if patched.refused is not None:
            raise Refused("cannot_insert", patched.refused)
        return {
            "version": book.version,
            "diff": patched.diff,
            "book": patched.data.decode("utf-8", "replace"),
            "faults": dumped(patched.checked.faults if patched.checked else patched.faults),
        }

    async def history(self, book_id: str) -> dict[str, Any]:
        book, _ = await self._found(book_id)
        return {"history": [dumped(past) for past in await self._desk.library.history(book.path).read()]}

    async def diff(self, book_id: str, before: str, after: str) -> dict[str, Any]:
        book, was = await self._found(book_id, before)
        _, now = await self._found(book_id, after)
        return {"before": before, "after": after, "diff": await self._desk.diff(was, now, book.path)}

    async def put(self, book_id: str, body: PutBody, *, who: str) -> dict[str, Any]:
        book, data = await self._found(book_id)
        return await self._put(book, _data(body.book, data), body.began_with, who)

    async def back(self, book_id: str, body: ReturnBody, *, who: str) -> dict[str, Any]:
        book, data = await self._found(book_id, body.version)
        return await self._put(book, data, body.began_with, who)

    async def _put(self, book: Shelved, data: bytes, began_with: str, who: str) -> dict[str, Any]:
        try:
            put = await self._desk.put_in_force(book, data, began_with, who=who)
        except Faulty as error:
            raise Refused("faults", str(error), faults=dumped(error.checked.faults)) from error
        except Overtaken as error:
            raise Refused("overtaken", str(error), holds=error.holds) from error
        except NotWritten as error:
            raise Refused("not_written", str(error)) from error
        return _map(dumped(put))

    async def _found(self, book_id: str, version: str | None = None) -> tuple[Shelved, bytes]:
        book = await self._desk.library.book(book_id)
        if book is None:
            raise NoSuchBook
        data = await self._desk.library.text(book.path, None if version == book.version else version)
        if data is None:
            raise NoSuchBook
        return book, data

    def _book_json(self, book: Shelved) -> dict[str, Any]:
        return {
            "id": book.id,
            "path": book.path,
            "version": book.version,
            "since": dumped(book.since),
            "accounts": list(self._desk.accounts(book)),
            "refusal": dumped(book.refusal),
            "workers": len(book.reports),
            "running_another": len(book.strangers),
        }


def dumped(value: Any) -> Any:
    """A dataclass, or several, as JSON has them."""
    return TypeAdapter(Any).dump_python(value, mode="json")


def errand_json(errand: Errand, *, viewer: bool = False) -> dict[str, Any]:
    """`result` is there once it has ended; of a faulty book it has `faults`."""
    told: dict[str, Any] = {
        "id": errand.id,
        "kind": errand.kind,
        "began": dumped(errand.began),
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
    """A viewer gets what is masked alone."""
    told = _map(dumped(unmatched))
    if viewer:
        for heap in told["heaps"]:
            heap["text"] = None
            del heap["example"], heap["hidden"]
    return told


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return dict(value)


def _data(written: str | None, in_force: bytes) -> bytes:
    """As it was written: a program's line breaks are its own."""
    return in_force if written is None else written.encode("utf-8", "replace")
