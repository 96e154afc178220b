"""How the settings of what rules may notify become values. Raises ValueError with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from worker.secret import Secret
from worker.setting_values import address_parts
from worker.standard_webhooks import is_signing_secret

ENDPOINTS: Final = (
    "write names with their addresses, such as helpdesk=https://desk.example.com/hooks/autoreply, with blanks between;"
    " a name has letters, digits, - and _, and an address no user and no fragment"
)
SECRETS: Final = (
    "write a secret for each endpoint, such as helpdesk=whsec_..., with blanks between; what follows whsec_ is base64"
    " of 24 to 64 bytes, and `openssl rand -base64 32` makes one"
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # as the rule book has it


def endpoints(text: str) -> dict[str, str]:
    """The address of each, by its name."""
    found: dict[str, str] = {}
    for name, address in _pairs(text, ENDPOINTS):
        if name in found:
            raise ValueError(f"{name} stands there twice; {ENDPOINTS}")
        parts = address_parts(address, ENDPOINTS)
        bare = parts.username is None and not parts.fragment
        if parts.scheme not in ("https", "http") or not parts.hostname or not bare:
            raise ValueError(ENDPOINTS)
        found[name] = address
    return found


def endpoint_secrets(text: str) -> dict[str, tuple[Secret, ...]]:
    """Those of each endpoint: several, while one replaces another."""
    found: dict[str, tuple[Secret, ...]] = {}
    for name, secret in _pairs(text, SECRETS):
        if not is_signing_secret(secret):
            raise ValueError(f"that of {name} cannot be used; {SECRETS}")
        found[name] = (*found.get(name, ()), Secret(secret))
    return found


def unfit(
    notify: Mapping[str, str] | None, secrets: Mapping[str, tuple[Secret, ...]] | None, *, private: bool
) -> list[str]:
    """What is good by itself and does not go together. Each with the name of the setting that is to be mended."""
    notify, secrets = notify or {}, secrets or {}
    plain = [name for name, address in notify.items() if address.startswith("http:") and not private]
    return [
        *(
            f"NOTIFY: {name}: write https://, as customers' words go there; http:// needs AUTOREPLY_NOTIFY_PRIVATE=1"
            for name in plain
        ),
        *(f"NOTIFY_SECRETS: none for {name}; {SECRETS}" for name in notify if name not in secrets),
        *(
            f"NOTIFY_SECRETS: AUTOREPLY_NOTIFY has no endpoint {name}; add it there, or take its secret away here"
            for name in secrets
            if name not in notify
        ),
    ]


def _pairs(text: str, wanted: str) -> list[tuple[str, str]]:
    """NAME=VALUE, with blanks or line breaks between them. What is wrong may be a secret, so it is not quoted."""
    pairs = [each.partition("=") for each in text.split()]
    if not all(_NAME.fullmatch(name) and value for name, _, value in pairs):
        raise ValueError(wanted)
    return [(name, value) for name, _, value in pairs]
