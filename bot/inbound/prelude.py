"""Webhooks of Prelude: `inbound.message.received` (Prelude: 2-Way Messaging with WhatsApp), what became of replies
(Prelude: Notify, delivery status webhooks), and who unsubscribed (Prelude: Subscription management).

Where messages are announced, a person at Prelude sets (2-Way Messaging with WhatsApp); no document says that each
number may have an address of its own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import BaseModel, BeforeValidator, Field, InstanceOf, ValidationError, ValidationInfo, model_validator

from bot.inbound import Address, Event, Ignored, Inbound, PayloadError, SignatureError, Unsubscribed, Webhook
from bot.inbound.reading import Moment, fault, printable
from rules.model import Message
from worker import log
from worker.ledger import Delivery, DeliveryEvent, read_correlation_id
from worker.options import Options, read_secret
from worker.setting_values import public_keys

HEADER: Final = "x-webhook-signature"
SCHEME: Final = "rsassa-pss-sha256="
MESSAGE_EVENT: Final = "inbound.message.received"
CHANNEL: Final = "whatsapp"
DELIVERY: Final = "transactional.message."
UNSUBSCRIBED: Final = "marketing.subscription.stop"

# What the end of a delivery event's type means. `pending_delivery` and `unknown` say nothing. `read` stands in no
# document; WhatsApp has it, and it would be named so.
DELIVERIES: Final[dict[str, Delivery]] = {
    "created": "sent",
    "submitted": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
}
WINDOW_EXPIRED: Final = "window_expired"

_PADDING: Final = PSS(MGF1(SHA256()), PSS.AUTO)  # the documents fix no salt length, and senders differ


def _keys(value: object, info: ValidationInfo) -> object:
    if value is None or isinstance(value, tuple):
        return value
    return public_keys(read_secret(value, info).reveal())


M = TypeVar("M", bound=BaseModel)
Keys = tuple[RSAPublicKey, ...]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Event(BaseModel, extra="allow"):
    """What is read of every event, of types that are new to us too."""

    id: Id
    type: Annotated[str, Field(max_length=200)]
    payload: Any = None


class _Channel(BaseModel):
    channel: Annotated[str, Field(max_length=200)]


class _Content(BaseModel):
    text: str | None = None


class _Window(BaseModel):
    window_expires_at: Moment


class _Message(BaseModel):
    message_id: Id
    sender: Annotated[str, Field(alias="from", min_length=1, max_length=64)]
    recipient: Annotated[str, Field(alias="to", min_length=1, max_length=64)]
    content: _Content | None = None
    conversation: _Window


class _MessageEvent(BaseModel):
    """`inbound.message.received` on a channel of ours."""

    id: Id
    created_at: Moment
    payload: _Message


class _Delivery(BaseModel):
    correlation_id: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=200)] = ""


class _DeliveryEvent(BaseModel):
    """`transactional.message.*`."""

    type: str
    payload: _Delivery


class _Subscription(BaseModel):
    sender: Annotated[str, Field(alias="from", min_length=1, max_length=64)]


class _SubscriptionEvent(BaseModel):
    """`marketing.subscription.stop`."""

    payload: _Subscription


class PreludeOptions(Options):
    """Several keys may be valid at a time, for rotation."""

    webhook_keys: Annotated[InstanceOf[tuple[RSAPublicKey, ...]] | None, BeforeValidator(_keys)] = Field(
        default=None, description="env:NAME or file:PATH of one or more public keys (PEM)"
    )
    unsigned: bool = False  # anybody's webhooks are taken: for test machines alone

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.webhook_keys is None and not self.unsigned:
            raise ValueError(
                "`webhook_keys` is missing; write env:NAME or file:PATH of the public key of the provider's webhooks"
                " (PEM), or `unsigned: true` to accept anybody's webhooks on a test machine"
            )
        return self


class PreludeInbound:
    """Receives for one Prelude account."""

    Options: ClassVar[type[BaseModel]] = PreludeOptions

    def __init__(self, address: Address, options: PreludeOptions) -> None:
        self._account = address.account
        self._number = address.number
        self._keys = options.webhook_keys
        self._neighbours: dict[str, str] = {}  # accounts by their numbers
        if self._keys is None:
            advice = "for test machines alone: anybody can write to them"
            log.logger().warning("webhooks_unsigned", account=address.account, advice=advice)

    def meet(self, others: Iterable[Inbound]) -> None:
        """Whoever signs for this account and another may announce here what was written to the other."""
        for other in others:
            if isinstance(other, PreludeInbound) and other._number and _is_shared(self._keys, other._keys):
                self._neighbours.setdefault(other._number, other._account)

    def verify(self, webhook: Webhook) -> None:
        if self._keys is None:
            return
        signature = _signature(webhook.headers.get(HEADER, ""))
        if not any(_signed_by(key, signature, webhook.body) for key in self._keys):
            raise SignatureError("signed by no key that we hold")

    def read(self, webhook: Webhook) -> Sequence[Event]:
        return [self._event(webhook.body)]

    def _event(self, body: bytes) -> Event:
        try:
            event = _Event.model_validate_json(body)
            if event.type.startswith(DELIVERY):
                return self._delivery(_as(_DeliveryEvent, event))
            if event.type == UNSUBSCRIBED:
                return Unsubscribed(self._account, _as(_SubscriptionEvent, event).payload.sender)
            if event.type != MESSAGE_EVENT:
                return Ignored("ignored_event", printable(event.type))
            channel = _Channel.model_validate(event.payload).channel
            if channel != CHANNEL:
                return Ignored("ignored_channel", printable(channel))
            return self._message(_as(_MessageEvent, event))
        except ValidationError as error:
            raise PayloadError(fault(error)) from error

    def _delivery(self, event: _DeliveryEvent) -> DeliveryEvent | Ignored:
        attempt = read_correlation_id(event.payload.correlation_id)
        what = DELIVERIES.get(event.type.removeprefix(DELIVERY))
        if attempt is None or what is None or not attempt[0].startswith(f"{self._account}_"):
            return Ignored("ignored_event", printable(event.type))
        reason = printable(event.payload.reason)
        return DeliveryEvent(*attempt, "expired" if what == "failed" and reason == WINDOW_EXPIRED else what, reason)

    def _message(self, event: _MessageEvent) -> Message:
        payload = event.payload
        own = payload.recipient == self._number
        return Message(
            account=self._account if own else self._neighbours.get(payload.recipient, self._account),
            event_id=event.id,
            id=payload.message_id,
            sender=payload.sender,
            recipient=payload.recipient,
            text=(payload.content.text if payload.content else None) or "",
            sent_at=event.created_at,
            window_expires_at=payload.conversation.window_expires_at,
        )


def _as(model: type[M], event: _Event) -> M:
    """The whole event, read once. Raises ValidationError where it is no such one."""
    return model.model_validate({**(event.model_extra or {}), **event.__dict__})


def _is_shared(one: Keys | None, other: Keys | None) -> bool:
    """Whether who signs for the one signs for the other. Who signs nothing speaks for nobody else."""
    return not {key.public_numbers() for key in one or ()}.isdisjoint(key.public_numbers() for key in other or ())


def _signature(header: str) -> bytes:
    """Base64 in its standard or URL alphabet, padded or not: the documents name one, and senders differ."""
    if not header.startswith(SCHEME):
        raise SignatureError(f"no {SCHEME} signature")
    text = header.removeprefix(SCHEME).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError("the signature is no base64") from error


def _signed_by(key: RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, _PADDING, SHA256())
    except InvalidSignature:
        return False
    return True
