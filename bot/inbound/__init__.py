"""How webhooks come in: one file a provider, and what the rest of the receiver may know of any of them.

SignatureError   not from the provider, as far as anybody can tell: 401
PayloadError     from the provider, but it cannot be read: 400
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from rules.model import Message
from worker.ledger import DeliveryEvent


class SignatureError(Exception):
    """The body is not signed by a key that we hold."""


class PayloadError(Exception):
    """The body is not an event as the provider documents it. Its text is fit for a log."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An authentic event that asks for no reply."""

    why: Literal["ignored_event", "ignored_channel"]  # the name it is counted under
    kind: str  # the event's type or the channel, fit for a log


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Somebody has told the provider, not us, to stop."""

    account: str
    sender: str


Event = Message | DeliveryEvent | Unsubscribed | Ignored


class Inbound(Protocol):
    """Receives for one account."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureError, and nothing else, where the body is not the provider's."""
        ...

    def read(self, body: bytes) -> Event:
        """Raises PayloadError, and nothing else, where the body is no event."""
        ...
