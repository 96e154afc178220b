"""The desk at which books are read, tried and changed: what the dashboard's pages and its API do with books.

What is read is what Redis has; a file is opened only to be replaced, and only where the settings allow it. Long work is
done apart: what somebody waits for by one process, what goes on beside by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from rules.inserting import NewExample
from rules.loader import version_of
from worker.bookshelf import Library, NotWritten, Overtaken, Shelved, why_not, write_book
from worker.bookwork.apart import Apart, Tell
from worker.bookwork.checking import Checked, check_book
from worker.bookwork.comparing import Compared, compare_book
from worker.bookwork.contents import Contents, contents_of, names_in
from worker.bookwork.errands import Errand, Errands
from worker.bookwork.explaining import Explained, explain_message
from worker.bookwork.loading import Faults
from worker.bookwork.patching import Patched, add_example, diff_of
from worker.bookwork.playground import Asked, Tried, try_message
from worker.bookwork.unmatched import Unmatched, gather_unmatched
from worker.ledger import Operating, Record, Unreadable, Wanted

AT_ONCE: Final = timedelta(seconds=30)  # for what somebody waits for: the longest book loads in some
BESIDE: Final = timedelta(minutes=3)
NEWEST: Final = 10_000  # messages that are looked back through
SINCE: Final = timedelta(days=14)  # and no further
_PAGE: Final = 250

Records: TypeAlias = Sequence[Record | Unreadable]
T = TypeVar("T")


class Faulty(NotWritten):
    """The book has faults, and would be refused by every worker."""

    def __init__(self, checked: Checked) -> None:
        super().__init__("the book has faults: no worker would take it; mend them first")
        self.checked = checked


@dataclass(frozen=True, slots=True)
class Put:
    """A book that was written into its file. The workers take it within seconds."""

    before: str  # the version that was in force
    version: str  # the one that was written


class Desk:
    """Raises LedgerUnavailable where Redis is away, and ApartFailed where work took too long."""

    def __init__(
        self,
        library: Library,
        ledger: Operating,
        *,
        files: Mapping[Path, Sequence[str]],
        editable: bool,
        at_once: Apart,
        beside: Apart,
        errands: Errands,
    ) -> None:
        """`files` are the books that this process's settings name, with the accounts that they answer."""
        self.library = library
        self.errands = errands
        self._ledger = ledger
        self._files = {str(file.absolute()): tuple(names) for file, names in files.items()}
        self._editable = editable
        self._at_once = at_once
        self._beside = beside

    async def aclose(self) -> None:
        await self.errands.aclose()
        await self._at_once.aclose()
        await self._beside.aclose()
        await self.library.aclose()

    # What is in force

    def accounts(self, book: Shelved) -> tuple[str, ...]:
        """That it answers; where no worker says so, what the settings say."""
        return book.accounts or self._files.get(book.path, ())

    def fixed(self, book: Shelved) -> str | None:
        """Why it cannot be changed from here; None where it can."""
        if not self._editable:
            return "books are not changed from here: AUTOREPLY_BOOK_EDITABLE=1 allows it"
        if book.path not in self._files:
            return f"{book.path} is not among the books that the dashboard's own settings name"
        return why_not(Path(book.path))

    async def contents(self, data: bytes, name: str, *, start: int = 0, about: str = "") -> Contents | Faults:
        return await self._at_once.run(_contents, data, name, start, about, limit=AT_ONCE)

    async def names(self, data: bytes, name: str) -> list[str] | Faults:
        return await self._at_once.run(names_in, data, name, limit=AT_ONCE)

    # A changed one

    async def try_message(self, data: bytes, name: str, asked: Asked) -> Tried:
        return await self._at_once.run(try_message, data, name, asked, limit=AT_ONCE)

    async def explain(self, record: Record) -> Explained | None:
        """The decision about this message once more, with its whole trace, by the book that decided it; None where
        that is known no more."""
        if record.book is None:
            return None
        # The account may have had another file then; a version is of its text alone, whichever file had it.
        books = await self.library.books()
        for book in sorted(books, key=lambda book: record.message.account not in self.accounts(book)):
            data = await self.library.text(book.path, None if book.version == record.book else record.book)
            if data is not None and version_of(data) == record.book:
                return await self._at_once.run(explain_message, data, book.path, record, limit=AT_ONCE)
        return None

    async def check(self, data: bytes, name: str, *, warned: bool = True) -> Checked:
        return await self._at_once.run(check_book, data, name, warned, limit=AT_ONCE)

    async def add_example(self, data: bytes, name: str, rule: str, example: NewExample) -> Patched:
        return await self._at_once.run(add_example, data, name, rule, example, limit=AT_ONCE)

    async def diff(self, before: bytes, after: bytes, name: str) -> str:
        return await self._at_once.run(diff_of, before, after, name, limit=AT_ONCE)

    def compare(self, book: Shelved, data: bytes, *, began_with: str = "") -> Errand:
        """Begins to ask the book what it would have answered; the result is `Compared`, or faults. Raises TooMany."""

        async def work(errand: Errand) -> Compared | Faults:
            records = await self._records(book, errand)
            return await self._look_through(errand, compare_book, data, book.path, records)

        return self.errands.begin("compare", book.id, work, data=data, began_with=began_with)

    def gather_unmatched(self, book: Shelved, data: bytes) -> Errand:
        """Begins to look for what nothing answers; the result is `Unmatched`, or faults. Raises TooMany."""

        async def work(errand: Errand) -> Unmatched | Faults:
            records = await self._records(book, errand)
            return await self._look_through(errand, gather_unmatched, data, book.path, records)

        return self.errands.begin("unmatched", book.id, work)

    async def _records(self, book: Shelved, errand: Errand) -> list[Record | Unreadable]:
        """The newest that were decided, of the accounts that the book answers."""
        errand.step, errand.of = "reads messages", NEWEST
        accounts, after = self.accounts(book), None
        account = accounts[0] if len(accounts) == 1 else None
        found: dict[str, Record | Unreadable] = {}
        while True:
            page = await self._ledger.page(Wanted(newer=SINCE, account=account), after, _PAGE)
            found |= {each.key: each for each in page.records if _counts(each, accounts)}
            errand.done, after = min(len(found), NEWEST), page.next
            if after is None or len(found) >= NEWEST:
                return list(found.values())[:NEWEST]

    async def _look_through(
        self, errand: Errand, work: Callable[[bytes, str, Records, Tell], T], data: bytes, path: str, records: Records
    ) -> T:
        errand.step, errand.done, errand.of = "asks the book", 0, len(records)

        def tell(number: int) -> None:
            errand.done = number

        return await self._beside.run(work, data, path, records, limit=BESIDE, tell=tell)

    # Another in its place

    async def put_in_force(self, book: Shelved, data: bytes, began_with: str, *, who: str) -> Put:
        """Writes it into the book's file, for the workers to take. Raises NotWritten: Faulty where it has faults,
        Overtaken where another is in force than whoever changed it began with."""
        if (why := self.fixed(book)) is not None:
            raise NotWritten(why)
        version = version_of(data)
        checked = await self.check(data, book.path, warned=False)
        if not checked.good:
            raise Faulty(checked)
        now = await self.library.book(book.id)
        if now is None or now.version != began_with:
            raise Overtaken(now.version if now and now.version else "none")
        if version == began_with and now.refusal is None:
            raise NotWritten(f"version {version} is in force already: nothing is changed")
        ledger, change = self._ledger.acting_as(who), f"{began_with} -> {version}"
        await self.library.history(book.path).announce(version, who)
        await ledger.book_changed(book.path, f"begun: {change}")
        refused = {report.refusal.version for report in now.reports if report.refusal}
        seen = {began_with, *filter(None, refused)}
        try:
            await asyncio.to_thread(write_book, Path(book.path), data, seen=seen)
        except NotWritten:
            await ledger.book_changed(book.path, f"refused: {change}")
            raise
        await ledger.book_changed(book.path, f"done: {change}")
        await self.library.reports.ask_to_look()
        return Put(began_with, version)


def open_desk(library: Library, ledger: Operating, *, files: Mapping[Path, Sequence[str]], editable: bool) -> Desk:
    """With processes of its own, which start when there is something to do. It closes the library when it is closed,
    and not the ledger."""
    return Desk(library, ledger, files=files, editable=editable, at_once=Apart(), beside=Apart(), errands=Errands())


def _contents(data: bytes, name: str, start: int, about: str) -> Contents | Faults:
    return contents_of(data, name, start=start, about=about)


def _counts(record: Record | Unreadable, accounts: tuple[str, ...]) -> bool:
    """Whether it was decided, and is of these accounts."""
    if not isinstance(record, Record):
        return True
    return record.book is not None and (not accounts or record.message.account in accounts)
