"""Numbers of senders. Providers write them with a plus, without, or give an id that is no number at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_LOCAL = re.compile(r"\+?0[0-9]*")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,18}")
_SPACING = re.compile(r"[\s().\u2010-\u2015-]+")


def plain(sender: str) -> str:
    """A number as `+` and its digits; any other id as it is."""
    spaced = _SPACING.sub("", sender)
    return "+" + spaced.lstrip("+") if _NUMBER.fullmatch(spaced) else sender


def is_local(text: str) -> bool:
    """Whether it is a number that begins with 0, as it is dialled inside a country or from one to another."""
    return _LOCAL.fullmatch(_SPACING.sub("", text)) is not None


def read_prefix(text: str) -> str | None:
    """The beginning of an international number, as `+` and digits; None where the text is none."""
    spaced = _SPACING.sub("", text)
    return spaced if _PREFIX.fullmatch(spaced) else None


def is_of(sender: str, prefixes: Iterable[str]) -> str | None:
    """The first of the prefixes that the sender's number begins with."""
    number = plain(sender)
    return next((prefix for prefix in prefixes if number.startswith(prefix)), None)
