"""The bytes of a file as text, or the place of the first one that no text has."""

from __future__ import annotations

import re

from rules.faults import Findings, Place

LARGEST_FILE = 5_000_000  # bytes

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")  # in a text


def decode(data: bytes, findings: Findings) -> str:
    """The text of the file. Raises `BookError` where it is too large, no UTF-8, or has a control character."""
    if len(data) > LARGEST_FILE:
        findings.stop(Place(), f"the file is larger than {LARGEST_FILE // 1_000_000} MB", "split the book")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_after(error.object[: error.start].decode("utf-8", "replace"))
        findings.stop(place, f"byte 0x{error.object[error.start]:02x} is not UTF-8", "save the file as UTF-8")
    if (match := FORBIDDEN.search(text)) is not None:
        findings.stop(_place_after(text[: match.start()]), control(match[0]), "remove it")
    return text


def _place_after(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


def control(character: str) -> str:
    """What a message calls such a character."""
    return f"control character U+{ord(character):04X}"
