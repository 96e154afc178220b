"""Prelude's example of an inbound event, and a key to sign with."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

# Prelude: 2-Way Messaging with WhatsApp, "Webhook event".
EXAMPLE: Final[dict[str, Any]] = {
    "id": "evt_01k8aq2zggeyssvt53zgvpx63a",
    "type": "inbound.message.received",
    "payload": {
        "message_id": "im_01k8aq2zggeyssvt53zgvpx63a",
        "channel": "whatsapp",
        "from": "+33612345678",
        "to": "+14155551234",
        "content": {"text": "Hi, I have a question about my order"},
        "conversation": {"window_expires_at": "2025-10-25T08:59:10.736909995Z"},
    },
    "created_at": "2025-10-24T08:59:10.736925502Z",
}


def nanoseconds(moment: datetime) -> str:
    """As Prelude writes a moment."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}995Z"


def example_event(window: timedelta = timedelta(hours=24)) -> dict[str, Any]:
    """The example with its times moved to now."""
    event, now = deepcopy(EXAMPLE), datetime.now(UTC)
    event["created_at"] = nanoseconds(now)
    event["payload"]["conversation"]["window_expires_at"] = nanoseconds(now + window)
    return event


def signing_key(name: str = "provider") -> RSAPrivateKey:
    """One key a name, made once a run."""
    return _signing_key(name)


@cache
def _signing_key(name: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def sign(body: bytes, key: RSAPrivateKey | None = None, salt: int = 32) -> str:
    """The header's value as Prelude documents it."""
    signature = (key or signing_key()).sign(body, PSS(MGF1(SHA256()), salt), SHA256())
    return "rsassa-pss-sha256=" + urlsafe_b64encode(signature).rstrip(b"=").decode()


def signed(event: Any, key: RSAPrivateKey | None = None) -> dict[str, Any]:
    """Arguments of a POST that delivers the event."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    headers = {"content-type": "application/json", "x-webhook-signature": sign(body, key)}
    return {"content": body, "headers": headers}
