"""How pages name messages and conversations in addresses. No number stands in such a name: browsers remember them.

What somebody writes into the filters of a list does stand in the list's address, a number too: it is a link to keep.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


def message_path(key: str) -> str:
    return f"/messages/{quote(key, safe='')}"


class Addresses:
    """Turns people into tokens and back. A token is always the same for a person, and tells nobody else who it is."""

    def __init__(self) -> None:
        self._cipher: AESSIV | None = None

    def learn(self, secret: str) -> None:
        """What tokens are made with: the same for all processes of the dashboard."""
        self._cipher = AESSIV(hashlib.sha512(b"people" + secret.encode()).digest()[:32])

    def conversation_path(self, account: str, sender: str) -> str:
        if self._cipher is None:
            raise RuntimeError("the secret is not known yet")
        sealed = self._cipher.encrypt(f"{account}:{sender}".encode(), None)
        return f"/conversations/{urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def person(self, token: str) -> tuple[str, str] | None:
        """Account and sender; None where it is no token of ours."""
        if self._cipher is None:
            raise RuntimeError("the secret is not known yet")
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            account, _, sender = self._cipher.decrypt(sealed, None).decode().partition(":")
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return account, sender
