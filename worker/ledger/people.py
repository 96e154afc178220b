"""How a person's number is found, and how it is named where it must not stand."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

_BESIDE: Final = re.compile(r"[\s().\u2010-\u2015/-]")  # what people write between digits
_DIGITS: Final = re.compile(r"\+?[0-9]+")
_ABROAD: Final = re.compile(r"^00(?=[1-9])")  # in the place of `+`, as one dials


def is_number(text: str) -> bool:
    """Whether a person is meant and no account: it begins with `+` or a digit."""
    return _plain(text)[:1] in set("+0123456789")


def spellings(number: str) -> tuple[str, ...]:
    """The sender ids that may be meant: a number with `+` and without, however it was written or copied; another
    provider's id only as it is."""
    digits = _BESIDE.sub("", _plain(number))
    if not _DIGITS.fullmatch(digits):
        return (number,)
    own = digits.removeprefix("+")
    called = own if own != digits else _ABROAD.sub("", digits, count=1)
    return tuple(dict.fromkeys((f"+{called}", called, own)))


def _plain(text: str) -> str:
    """With the digits and the plus of ASCII, and without what only says which way the letters run."""
    visible = (each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return "".join(str(unicodedata.decimal(each, each)) for each in visible)


def is_written(*texts: object) -> bool:
    """Whether they can be written down: half a character may stand in a text that came as JSON, and not in Redis."""
    try:
        "".join(text for text in texts if isinstance(text, str)).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_seen(text: str) -> bool:
    """Whether anything of it is: not blanks, controls and what joins letters or turns them round."""
    return any(each.isprintable() and not each.isspace() for each in text)


def account_and_sender(person: str) -> tuple[str, str]:
    """Of a conversation's name."""
    account, _, sender = person.partition(":")
    return account, sender


def keyed_hash(key: str, number: str) -> str:
    """The same for every spelling of a number. Whoever has the key can tell whether a number is meant, nobody else."""
    return (
        "person:"
        + hmac.new(key.encode(), spellings(number)[0].encode(errors="replace"), hashlib.sha256).hexdigest()[:16]
    )
