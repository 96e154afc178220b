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
_CRLF: Final = "crlf"
_BOM: Final = "bom"


def book_of(written: str, in_force: bytes, shape: str | None = None) -> bytes:
    """The bytes of a book that was edited in a form. A form ends every line with CR LF, and drops the mark of the byte
    order: both are again as `shape` says, else as they are in the book in force. One that says the same as that is it.
    """
    text = _one_break(written)
    if text == _one_break(in_force.decode("utf-8-sig", "replace")):
        return in_force
    shape = shape_of(in_force) if shape is None else shape
    data = text.replace("\n", "\r\n" if _CRLF in shape else "\n").encode("utf-8", "replace")
    return BOM_UTF8 + data if _BOM in shape else data


def shape_of(data: bytes) -> str:
    """What a form does not keep of a book."""
    found = ((_CRLF, b"\r\n" in data), (_BOM, data.startswith(BOM_UTF8)))
    return " ".join(name for name, there in found if there)


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
