"""Standard Webhooks 1.0.0: the secret that two sides share, and the signature (standardwebhooks.com: Specification).

One half of it signs: what rules notify, and replies of an account of provider `webhook`. The other believes: the
webhooks of such an account.

NotSigned   not signed by whoever has one of these secrets, or too long ago
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, InstanceOf, ValidationInfo
from standardwebhooks import Webhook, WebhookVerificationError

from worker.options import read_secret
from worker.secret import Secret

ID: Final = "webhook-id"
HEADERS: Final = (ID, "webhook-timestamp", "webhook-signature")
WANTED: Final = (
    "write whsec_ and base64 of 24 to 64 bytes, as `openssl rand -base64 32` prints it; or several, with blanks between"
)
_PREFIX: Final = "whsec_"
_BYTES: Final = range(24, 65)  # Specification: Symmetric


class NotSigned(Exception):
    """Its text is fit for a log."""


def is_signing_secret(text: str) -> bool:
    if not text.startswith(_PREFIX):
        return False
    try:
        return len(base64.b64decode(text.removeprefix(_PREFIX), validate=True)) in _BYTES
    except ValueError:
        return False


def signing_secrets(text: str) -> tuple[Secret, ...]:
    """One or, while one replaces another, several. Raises ValueError with what to write."""
    found = text.split()
    if not found or not all(map(is_signing_secret, found)):
        raise ValueError(WANTED)
    return tuple(map(Secret, found))


def _read(value: object, info: ValidationInfo) -> object:
    return value if isinstance(value, tuple) else signing_secrets(read_secret(value, info).reveal())


SigningSecrets = Annotated[tuple[InstanceOf[Secret], ...], BeforeValidator(_read)]  # of an adapter's options


def signed(secrets: Sequence[Secret], number: str, body: str, at: datetime) -> dict[str, str]:
    """The headers. `at` is an aware moment in UTC: that of the try, so that a receiver may refuse old ones. Each of
    the secrets signs, so that one can be replaced by another."""
    signatures = [Webhook(secret.reveal()).sign(number, at, body) for secret in secrets]
    return dict(zip(HEADERS, (number, str(int(at.timestamp())), " ".join(signatures)), strict=True))


def believe(secrets: Sequence[Secret], headers: Mapping[str, str], body: bytes) -> None:
    """Raises NotSigned, and nothing else, where none of the secrets signed it in the last five minutes, or will in the
    next: that is the tolerance of the reference library, and of most others."""
    given = {name: headers.get(name, "") for name in HEADERS}
    why = "no secret to believe"
    for secret in secrets:
        try:
            Webhook(secret.reveal()).verify(body, given, json_parse=False)
        except WebhookVerificationError as error:
            why = str(error).lower()
        except ValueError:  # a body that is no text, or a signature that is none
            why = "no webhook signature"
        else:
            return
    raise NotSigned(why)
