"""A book's text made a `Book` in the process that works on it, and kept for what is asked next."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rules import Book, BookError, Fault, parse

_KEPT: Final = 2  # the one in force and the edited one: the longest take half a gigabyte each

Faults = tuple[Fault, ...]


@lru_cache(_KEPT)
def loaded(data: bytes, name: str) -> Book | Faults:
    """The book, its examples not run; or all that is wrong with it."""
    try:
        return parse(data, name, examples=False)
    except BookError as error:
        return error.faults
