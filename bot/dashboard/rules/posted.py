"""What a form of these pages holds: a book's text, a message to try."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import Final

from rules.media import KINDS
from rules.words import LONGEST
from worker.bookwork.playground import Asked

MOST_TAGS: Final = 20
_LONGEST_FIELD: Final = 200


def book_of(written: str, began_with: bytes) -> bytes:
    """The bytes of a book that was edited in a form. A form ends every line with CR LF, and drops the mark of the byte
    order: both are again as they were in the book that the edit began with."""
    text = _one_break(written)
    if text == _one_break(began_with.decode("utf-8-sig", "replace")):
        return began_with
    data = text.replace("\n", "\r\n" if b"\r\n" in began_with else "\n").encode("utf-8", "replace")
    return BOM_UTF8 + data if began_with.startswith(BOM_UTF8) else data


def asked_of(fields: Mapping[str, str]) -> Asked:
    """The message of a form; what it does not say is as usual. Text and circumstances are cut where no message and no
    number is so long."""
    media = fields.get("media", "")
    return Asked(
        text=fields.get("text", "")[:LONGEST],
        at=_short(fields.get("at", "")),
        sender=_short(fields.get("from", "")) or "try",
        tags=tags_of(fields.get("tags", "").split(",")),
        first_message=fields.get("conversation", "first") != "later",
        media=media if media in KINDS else None,
    )


def tags_of(written: Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(_short, written[:MOST_TAGS])))


def _one_break(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _short(text: str) -> str:
    return text.strip()[:_LONGEST_FIELD]
