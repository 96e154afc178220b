"""An example added to a book's text, and what the loader says of the book then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from rules import BookError
from rules.difference import unified
from rules.inserting import CannotInsert, NewExample, with_example
from rules.loader import version_of
from worker.bookwork.checking import Checked, check_book
from worker.bookwork.loading import Faults


@dataclass(frozen=True, slots=True)
class Patched:
    """The text with the example in it; or why there is none."""

    refused: str | None = None
    faults: Faults = ()  # of the book as it was
    data: bytes = b""
    diff: str = ""
    checked: Checked | None = None  # the new text; an example that fails shows what the rule still lacks


def add_example(data: bytes, name: str, rule: str, example: NewExample) -> Patched:
    try:
        after = with_example(data, rule, example)
    except CannotInsert as error:
        return Patched(refused=str(error))
    except BookError as error:
        return Patched(faults=error.faults)
    return Patched(data=after, diff=diff_of(data, after, name), checked=check_book(after, name, warned=False))


def diff_of(before: bytes, after: bytes, name: str) -> str:
    """As `git apply` takes it, with the versions beside the names."""
    was, now = version_of(before), version_of(after)
    return unified(_text(before), _text(after), PurePath(name).name, was=was, now=now)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
