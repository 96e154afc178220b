"""How webhooks come in: one file a provider, and what the rest of the receiver may know of any of them.

SignatureError   not from the provider, as far as anybody can tell: 401
PayloadError     from the provider, but it cannot be read: 400
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

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


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request of the provider's, as it came."""

    url: str  # that the provider called, query and all
    headers: Mapping[str, str]  # whatever their case
    body: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Which account's webhooks an adapter takes, and where."""

    account: str
    number: str | None  # of the business, E.164, where the settings know it
    url: str | None  # of the webhook, as the world sees it, where the settings know it


class Inbound(Protocol):
    """Receives for one account. What a provider asks for besides is in the protocols below."""

    Options: ClassVar[type[BaseModel]]  # what the account's settings say of it

    def __init__(self, address: Address, options: Any) -> None:
        """`options` are of the type above."""
        ...

    def verify(self, webhook: Webhook) -> None:
        """Raises SignatureError, and nothing else, where it is not the provider's."""
        ...

    def read(self, webhook: Webhook) -> Sequence[Event]:
        """What it tells, in its order. Raises PayloadError, and nothing else, where it is no event."""
        ...


@runtime_checkable
class Challenged(Protocol):
    """Its provider asks by GET whether we are who we say, before it sends anything."""

    def challenge(self, query: Mapping[str, str]) -> str:
        """The answer, as plain text. Raises SignatureError where the question is not the provider's."""
        ...


@runtime_checkable
class Issuing(Protocol):
    """Its provider fetches the token that its webhooks bear from us, at the webhook's path and `/token`."""

    def issue(self, webhook: Webhook) -> Mapping[str, Any]:
        """The answer, as JSON. Raises SignatureError where it is not the provider who asks."""
        ...


@runtime_checkable
class Addressed(Protocol):
    """Its provider signs the address that it calls, so that the settings must know it."""

    SIGNS_URL: ClassVar[bool]


@runtime_checkable
class Acknowledging(Protocol):
    """Its provider reads what stands in the answer to a webhook."""

    ACKNOWLEDGEMENT: ClassVar[tuple[str, str]]  # media type and body


@runtime_checkable
class Neighbourly(Protocol):
    """Its provider may bring to one account's webhook what is meant for another's."""

    def meet(self, others: Iterable[Inbound]) -> None:
        """All adapters of the service, before any webhook comes."""
        ...


@runtime_checkable
class Batching(Protocol):
    """Its provider puts many events into one request, and would send it again and again where it were too long."""

    BODY_LIMIT: ClassVar[int]  # bytes
