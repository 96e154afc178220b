"""What calls answer about books. The comment behind a field is its description in the document, as for the dataclasses
that what is worked out apart comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from typing_extensions import TypedDict

from bot.dashboard.api.errors import Error
from bot.dashboard.api.schemas import Fields, Time
from rules import Fault
from worker.bookshelf import Past, Refusal
from worker.bookwork.checking import Checked
from worker.bookwork.comparing import Compared
from worker.bookwork.contents import Contents, Entry
from worker.bookwork.desk import Put
from worker.bookwork.errands import Kind
from worker.bookwork.playground import Tried
from worker.bookwork.unmatched import Heap, Unmatched


class Book(TypedDict):
    """A book's file, and what is in force of it."""

    id: str  # names it in paths
    path: str  # of its file, on the workers' hosts
    version: str | None  # that is in force; none where workers run, but none of it is kept
    since: Time | None  # when that came into force
    accounts: list[str]  # that it answers
    refusal: Refusal | None  # of what the file holds instead; where hosts differ, of one of them
    workers: int  # that are alive
    running_another: int  # of those, how many run another version


class Books(TypedDict):
    """All books."""

    books: list[Book]  # by path


class RuleWithHits(TypedDict):
    """A rule of a book, and how often it decided."""

    hits: int  # in the last two weeks
    last_hit: Time | None  # when it decided last


class RulesPage(TypedDict):
    """A page of a book's rules, and what holds for all of it."""

    entries: list[Annotated[dict[str, Any], Fields(Entry, RuleWithHits)]]  # the rules, in order


class BookWithRules(Book):
    """A book, and a page of its rules."""

    fixed: str | None  # why it cannot be changed from here; none where it can
    contents: Annotated[dict[str, Any], Fields(Contents, RulesPage)]  # what stands in it


class BookWithFaults(Book):
    """A book that this version of Autoreply cannot read."""

    fixed: str | None  # why it cannot be changed from here; none where it can
    faults: list[Fault]  # what is wrong with it


class Text(TypedDict):
    """What a book's file held."""

    version: str | None  # of the book
    book: str  # its text


class CheckedBook(TypedDict):
    """A checked book. It may be put in force where it is good."""

    good: bool  # whether it has no faults


Check: TypeAlias = Annotated[dict[str, Any], Fields(Checked, CheckedBook)]
TryOut: TypeAlias = Annotated[dict[str, Any], Fields(Tried)]
InForce: TypeAlias = Annotated[dict[str, Any], Fields(Put)]


class MaskedHeap(TypedDict):
    """Messages that say the same, but for their figures, without what they say."""

    text: None  # not for viewers


class UnmatchedForViewer(TypedDict):
    """What a look at so many messages found, without what they say."""

    heaps: list[Annotated[dict[str, Any], Fields(Heap, MaskedHeap, without=("hidden", "example"))]]  # the largest first


class OnlyFaults(TypedDict):
    """Nothing came of it: the book has faults."""

    faults: list[Fault]  # what is wrong with it


Result: TypeAlias = (
    Annotated[dict[str, Any], Fields(Compared)]
    | Annotated[dict[str, Any], Fields(Unmatched)]
    | Annotated[dict[str, Any], Fields(Unmatched, UnmatchedForViewer)]
    | OnlyFaults
)


class Errand(TypedDict):
    """Work that goes on beside: how far it is, and what came of it."""

    id: str  # names it in paths
    kind: Kind  # what is looked for
    began: Time  # when
    running: bool  # whether it goes on
    step: str  # what it does now, for a person
    done: int  # messages that it has looked at
    of: int  # messages that there may be at most
    failed: str | None  # why nothing came of it
    result: Result | None  # once it has ended


class Patch(TypedDict):
    """A book with an example more, which is not put in force by that."""

    version: str | None  # of the book that it was added to
    diff: str  # as `git apply` takes it
    book: str  # the text with the example
    faults: list[Fault]  # of that; an example that fails shows what the rule still lacks


class History(TypedDict):
    """What was in force."""

    history: list[Past]  # the latest first, which is in force


class Diff(TypedDict):
    """What differs between two versions."""

    before: str  # the one version
    after: str  # the other
    diff: str  # as `git apply` takes it


class CannotInsert(Error):
    """The example cannot be added there."""

    code: Literal["cannot_insert"]  # for programs


class HasFaults(Error):
    """No worker would take the book."""

    code: Literal["faults"]  # for programs
    faults: list[Fault]  # what is wrong with it


class IsOvertaken(Error):
    """Another book was put in force meanwhile."""

    code: Literal["overtaken"]  # for programs
    holds: str  # the version that is in force


class IsNotWritten(Error):
    """The book's file cannot be replaced, or need not be."""

    code: Literal["not_written"]  # for programs
