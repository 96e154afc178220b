"""Addresses that a browser has sent: anybody may have made them up. What they are to us, and where they may lead."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from bot.dashboard.saying import unsaid


def parts_of(address: str) -> SplitResult | None:
    """None where it is no address at all. Nobody hears why: that would quote it."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def page_of(address: str) -> str:
    """The path of a page of ours that the address names, on whatever host, without what it said; else the start."""
    parts = parts_of(address)
    return there(unsaid(parts.path, parts.query)) if parts else "/"


def there(wanted: str) -> str:
    """Where to go on: a path of ours, never an address of somebody else's."""
    parts = parts_of(wanted)
    ours = parts is not None and not parts.scheme and not parts.netloc
    ours = ours and wanted.startswith("/") and wanted[1:2] not in ("/", "\\")
    return wanted if ours and wanted.isprintable() else "/"
