"""Numbers of senders. Providers write them with a plus, without, or give an id that is no number at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_LOCAL = re.compile(r"\+?0[0-9]*")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
_WITH_CHANNEL = re.compile(r"(?i)(?:whatsapp|tel|wa):(\+?[0-9]{7,15})")
_OF_SPREADSHEET = re.compile(r"(?i)[0-9]+(?:[.,][0-9]+)?e\+?[0-9]+")
_IN_FULL = "write the number with its country, such as +33612345678"
_PREFIX = re.compile(r"\+[1-9][0-9]{0,18}")
_SPACING = re.compile(r"[\s().\u2010-\u2015-]+")


def plain(sender: str) -> str:
    """A number as `+` and its digits; any other id as it is."""
    spaced = _SPACING.sub("", sender)
    return "+" + spaced.lstrip("+") if _NUMBER.fullmatch(spaced) else sender


def wrong_with(text: str) -> tuple[str, str] | None:
    """Why nobody can have this number or id, and what to write; of ids nothing is known but that they have letters or
    digits."""
    spaced = _SPACING.sub("", text)
    if (match := _WITH_CHANNEL.fullmatch(spaced)) is not None:
        return "is a number with its channel", f"write `{plain(match[1])}`"
    if "(0)" in text:
        return "has a 0 that is dialled inside the country alone", f"write `{plain(text.replace('(0)', ''))}`"
    if _LOCAL.fullmatch(spaced):
        return "is a number without its country", _IN_FULL
    if spaced.startswith("+") and not _INTERNATIONAL.fullmatch(spaced):
        return "is no international number: those have a plus and 7 to 15 digits", _IN_FULL
    if _OF_SPREADSHEET.fullmatch(spaced):
        return "is a number that a spreadsheet has shortened", _IN_FULL
    if not any(map(str.isalnum, text)):
        return "is neither a number nor an id", _IN_FULL
    return None


def read_prefix(text: str) -> str | None:
    """The beginning of an international number, as `+` and digits; None where the text is none."""
    spaced = _SPACING.sub("", text)
    return spaced if _PREFIX.fullmatch(spaced) else None


def is_of(sender: str, prefixes: Iterable[str]) -> str | None:
    """The first of the prefixes that the sender's number begins with."""
    number = plain(sender)
    return next((prefix for prefix in prefixes if number.startswith(prefix)), None)
