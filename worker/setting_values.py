"""How the text of a setting becomes its value. Each reader raises ValueError with what to write instead."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Final, cast, get_args
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from worker.ledger import WhenUnconfirmed
from worker.secret import Secret

WINDOW: Final = timedelta(hours=24)
SHORTEST_PASSWORD: Final = 12  # characters


HTTP_ADDRESS: Final = "write an address such as https://bot.example.com, without a user, a query or a fragment"
REDIS_ADDRESS: Final = (
    "write an address such as redis://:password@host:6379/0, rediss:// for TLS or unix:///path/of/socket;"
    " characters of a password other than letters and digits are written %XX"
)


TLS_OPTIONS: Final = r"((^|&)ssl_(cert_reqs|ca_certs|ca_path|certfile|keyfile|check_hostname)=[^&]+)*"


def http_address(text: str) -> str:
    parts = address_parts(text, HTTP_ADDRESS)
    extras = parts.username is not None or parts.query or parts.fragment
    if parts.scheme not in ("https", "http") or not parts.hostname or extras:
        raise ValueError(HTTP_ADDRESS)
    return text.rstrip("/")


def password(text: str) -> Secret:
    if len(text) < SHORTEST_PASSWORD:
        raise ValueError(
            f"it has fewer than {SHORTEST_PASSWORD} characters; write what `openssl rand -base64 18` prints"
        )
    return Secret(text)


def proxies(text: str) -> tuple[str, ...]:
    """Addresses and networks."""
    found = tuple(each.strip() for each in text.split(","))
    try:
        for each in found:
            ip_network(each)
    except ValueError:
        raise ValueError("write addresses or networks with commas between, such as 127.0.0.1, 172.30.20.1") from None
    return found


def redis_address(text: str) -> Secret:
    parts = address_parts(text, REDIS_ADDRESS)
    if text.startswith("unix:///"):
        good = len(parts.path) > 1
    else:
        good = text.startswith(("redis://", "rediss://")) and bool(parts.hostname)
        good = good and bool(re.fullmatch(r"/?\d{0,5}", parts.path))
    # Other options could undo the time-outs that the guarantees rest on.
    options = {"rediss": TLS_OPTIONS, "unix": r"(db=\d+)?"}.get(parts.scheme, "")
    if not good or not re.fullmatch(options, parts.query):
        raise ValueError(REDIS_ADDRESS)
    return Secret(text)


def address_parts(text: str, wanted: str) -> SplitResult:
    """The parts of an address, its port looked at. The reason of a failure may quote a password, so it stays away."""
    try:
        parts = urlsplit(text)
        good = parts.port is None or parts.port > 0
    except ValueError:
        good = False
    if not good or not text.isascii() or any(character.isspace() for character in text):
        raise ValueError(wanted) from None
    return parts


def token(text: str) -> Secret:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("write the token alone: letters, digits and signs, without spaces or line breaks")
    return Secret(text)


def switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("write 1 for yes or 0 for no")
    return text == "1"


_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)
PUBLIC_KEYS: Final = (
    "write one or more RSA public keys in PEM form, each from -----BEGIN PUBLIC KEY----- to its END line;"
    " on one line, leave the line breaks away"
)


def public_keys(text: str) -> tuple[RSAPublicKey, ...]:
    blocks = _PEM.findall(text)
    if not blocks or text.count("-----BEGIN") != len(blocks):
        raise ValueError(PUBLIC_KEYS)
    return tuple(_public_key(block) for block in blocks)


def _public_key(block: str) -> RSAPublicKey:
    """`block` is base64 with or without line breaks, real ones or `\\n`: env files can hold no real ones."""
    try:
        key = load_der_public_key(base64.b64decode("".join(block.replace("\\n", "").split()), validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"one of the keys cannot be read; {PUBLIC_KEYS}") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"one of the keys is no RSA key; {PUBLIC_KEYS}")
    return key


_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _span(text: str) -> timedelta | None:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def confirm_within(text: str) -> timedelta:
    """How long a delivery event is waited for."""
    span = _span(text)
    if span is None or not timedelta(seconds=10) <= span <= timedelta(hours=6):
        raise ValueError("write a number and a unit, from 10s to 6h, such as 2m")
    return span


def shed_after(text: str) -> timedelta:
    """How old a backlog may get."""
    span = _span(text)
    if span is None or not timedelta(seconds=10) <= span <= WINDOW:
        raise ValueError("write a number and a unit, from 10s to 24h, such as 30m")
    return span


def when_unconfirmed(text: str) -> WhenUnconfirmed:
    """What becomes of a reply of which nobody knows whether it was sent."""
    if text not in get_args(WhenUnconfirmed):
        raise ValueError("write auto, resend or hold")
    return cast(WhenUnconfirmed, text)


def per_second(text: str) -> float:
    """A rate."""
    if not re.fullmatch(r"\d{1,5}(\.\d{1,3})?", text) or float(text) <= 0:
        raise ValueError("write a number of replies a second, such as 80 or 0.5")
    return float(text)


def retention(text: str) -> timedelta:
    """How long records are kept."""
    span = _span(text) or timedelta(0)
    # A record must outlive its message's window, or the guarantees would end with it.
    if span < 2 * WINDOW:
        raise ValueError("write a number and a unit, at least 2d, such as 14d")
    return span
