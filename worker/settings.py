"""Settings: read from the environment once, complete or refused at start, every fault in one message.

Each process reads only what it needs: the receiver never sees the API token, the worker never sees a webhook key.
"""

from __future__ import annotations

import base64
import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Flag, auto
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

PREFIX: Final = "AUTOREPLY_"
WINDOW: Final = timedelta(hours=24)
ACCOUNT: Final = "prelude"  # the one account so far, and the end of its webhook's path


class Role(Flag):
    """What a process does, and so which settings it reads."""

    RECEIVER = auto()
    WORKER = auto()
    BOTH = RECEIVER | WORKER


NOBODY: Final = Role(0)
READER: Final = Role(0)  # a tool that looks into the ledger: it reads what both read


class SettingsError(Exception):
    """One or more settings are missing or wrong. `faults` has a line for each: its name, and what to write."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Secret:
    """Text that shows itself only where it is asked to."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is read. The table of these is the documentation's source, too."""

    name: str  # without the prefix
    read: Callable[[str], Any]  # raises ValueError with what to write instead
    roles: Role
    default: str | None = None  # as one would write it; None where there is none
    required: Role = NOBODY
    secret: bool = False  # also read from the file that NAME_FILE names
    example: str = ""


HTTP_ADDRESS: Final = "write an address such as https://bot.example.com, without a user, a query or a fragment"
REDIS_ADDRESS: Final = (
    "write an address such as redis://:password@host:6379/0, rediss:// for TLS or unix:///path/of/socket;"
    " characters of a password other than letters and digits are written %XX"
)


TLS_OPTIONS: Final = r"((^|&)ssl_(cert_reqs|ca_certs|ca_path|certfile|keyfile|check_hostname)=[^&]+)*"


def _http_address(text: str) -> str:
    parts = _parts(text, HTTP_ADDRESS)
    extras = parts.username is not None or parts.query or parts.fragment
    if parts.scheme not in ("https", "http") or not parts.hostname or extras:
        raise ValueError(HTTP_ADDRESS)
    return text.rstrip("/")


def _redis_address(text: str) -> Secret:
    parts = _parts(text, REDIS_ADDRESS)
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


def _parts(text: str, wanted: str) -> SplitResult:
    """The parts of an address, its port looked at. The reason of a failure may quote a password, so it stays away."""
    try:
        parts = urlsplit(text)
        good = parts.port is None or parts.port > 0
    except ValueError:
        good = False
    if not good or not text.isascii() or any(character.isspace() for character in text):
        raise ValueError(wanted) from None
    return parts


def _token(text: str) -> Secret:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("write the token alone: letters, digits and signs, without spaces or line breaks")
    return Secret(text)


def _book(text: str) -> Path:
    path = Path(text)
    if not os.access(path, os.R_OK) or not path.is_file():
        raise ValueError(f"there is no file {text} that can be read; write the path of your rule book")
    return path


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("write 1 for yes or 0 for no")
    return text == "1"


_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)
PUBLIC_KEYS: Final = (
    "write one or more RSA public keys in PEM form, each from -----BEGIN PUBLIC KEY----- to its END line;"
    " on one line, leave the line breaks away"
)


def _public_keys(text: str) -> tuple[RSAPublicKey, ...]:
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


def _retention(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    # A record must outlive its message's window, or the guarantees would end with it.
    if span < 2 * WINDOW:
        raise ValueError("write a number and a unit, at least 2d, such as 14d")
    return span


UNSIGNED: Final = (
    f"{PREFIX}PRELUDE_WEBHOOK_KEYS: missing; write the public key of the provider's webhooks (PEM),"
    f" or set {PREFIX}INSECURE_UNSIGNED=1 to accept anybody's webhooks on a test machine"
)

SETTINGS: Final = (
    Setting("REDIS_URL", _redis_address, Role.BOTH, "redis://127.0.0.1:6379/0", secret=True),
    Setting("RETENTION", _retention, Role.BOTH, "14d"),
    Setting("PRELUDE_WEBHOOK_KEYS", _public_keys, Role.RECEIVER, secret=True, example="the PEM from the dashboard"),
    Setting("INSECURE_UNSIGNED", _switch, Role.RECEIVER, "0"),
    Setting("BOOK", _book, Role.WORKER, required=Role.WORKER, example="rules/books/support.yaml"),
    Setting("PRELUDE_API_TOKEN", _token, Role.WORKER, required=Role.WORKER, secret=True, example="the API token"),
    Setting("PRELUDE_BASE_URL", _http_address, Role.WORKER, "https://api.prelude.dev"),
    Setting("PUBLIC_URL", _http_address, Role.WORKER, example="https://bot.example.com"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set, typed. What a process's role does not need is None there."""

    redis_url: Secret
    retention: timedelta
    prelude_webhook_keys: tuple[RSAPublicKey, ...] | None
    insecure_unsigned: bool | None
    book: Path | None
    prelude_api_token: Secret | None
    prelude_base_url: str | None
    public_url: str | None  # from which the address for delivery events is made

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], role: Role) -> Self:
        """Raises SettingsError with a line for each setting that is missing, wrong or misspelt."""
        faults = _misspelt(environment)
        values: dict[str, Any] = {field.name: None for field in fields(cls)}
        for setting in SETTINGS:
            if setting.roles & role or setting.roles == Role.BOTH:
                try:
                    values[setting.name.lower()] = _value(setting, environment, role)
                except ValueError as error:
                    faults.append(f"{PREFIX}{setting.name}: {error}")
        open_door = role & Role.RECEIVER and not (values["prelude_webhook_keys"] or values["insecure_unsigned"])
        if open_door and not any(UNSIGNED.split(":")[0] in fault for fault in faults):
            faults.append(UNSIGNED)
        if faults:
            raise SettingsError(faults)
        return cls(**values)


def _value(setting: Setting, environment: Mapping[str, str], role: Role) -> Any:
    text = _text(setting, environment)
    if text is None:
        if setting.required & role:
            raise ValueError(f"missing; write {setting.example}")
        return None
    return setting.read(text)


def _text(setting: Setting, environment: Mapping[str, str]) -> str | None:
    """What was set, by value or by file. An empty value counts as not set, as env files have it."""
    value = environment.get(PREFIX + setting.name, "").strip()
    path = environment.get(f"{PREFIX}{setting.name}_FILE", "").strip() if setting.secret else ""
    if value and path:
        raise ValueError(f"set here and in {PREFIX}{setting.name}_FILE; keep one of the two")
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the file that ..._FILE names cannot be read ({type(error).__name__})") from error
        if not value:
            raise ValueError("the file that ..._FILE names is empty")
    return value or setting.default


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """A name that is nearly a setting's would be ignored without a word; other names may be somebody else's."""
    known = [PREFIX + s.name for s in SETTINGS] + [f"{PREFIX}{s.name}_FILE" for s in SETTINGS if s.secret]
    strangers = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    near = [(name, difflib.get_close_matches(name, known, n=1, cutoff=0.85)) for name in strangers]
    return [f"{name}: there is no such setting; did you mean {match[0]}?" for name, match in near if match]
