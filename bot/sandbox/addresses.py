"""Which phone numbers and URLs are well formed, and which URLs stay on this host."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_phone_number(text: str) -> bool:
    """Whether it is in E.164 format."""
    return _E164.fullmatch(text) is not None


def is_web(url: str) -> bool:
    """Whether it is an http or https URL with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def is_loopback(url: str) -> bool:
    """Whether the URL names this host by `localhost` or a loopback address. Other names are not resolved."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
