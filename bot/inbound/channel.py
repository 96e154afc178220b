"""Webhooks of a channel of the operator's own (provider `webhook`): signed as Standard Webhooks 1.0.0 have it, by a
contract that we wrote. worker/outbound/channel.py is the other half, and says why it is called so.

    {"type": "message", "id", "from", "to"?, "text", "media"?, "sent_at", "window_expires_at"?}
    {"type": "delivery", "correlation_id", "status": sent|delivered|read|failed|expired, "reason"?}

`from` is the channel's own id of the person; a phone number is written +14155550199. `id` is the message's: one that
comes twice is one message, whatever its webhook-id. Moments are RFC 3339; a window that is not given ends 24 hours
after `sent_at`. Fields and types that are new to us are no fault: the other side may be ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.inbound import Address, Event, Ignored, PayloadError, SignatureError, Webhook
from bot.inbound.reading import Moment, fault, printable
from rules.media import KINDS
from rules.model import Message
from worker.ledger import Delivery, DeliveryEvent, read_correlation_id
from worker.options import Options
from worker.standard_webhooks import NotSigned, SigningSecrets, believe

WINDOW: Final = timedelta(hours=24)
WINDOW_EXPIRED: Final = "window_expired"  # as a reason of `failed` it means the same as the status `expired`
STATUSES: Final[dict[str, Delivery]] = {name: name for name in get_args(Delivery)}


def _kind(value: object) -> object:
    if value is not None and value not in KINDS:
        raise ValueError("no kind of media")
    return value


Id = Annotated[str, Field(min_length=1, max_length=200)]
Party = Annotated[str, Field(min_length=1, max_length=64)]


class _Type(BaseModel):
    type: Annotated[str, Field(max_length=200)]


class _Message(BaseModel):
    """Type `message`."""

    type: Literal["message"]
    id: Id
    sender: Annotated[Party, Field(alias="from")]
    recipient: Annotated[Party | None, Field(alias="to")] = None
    text: str  # the caption of media; empty where there is none
    media: Annotated[str | None, BeforeValidator(_kind)] = None
    sent_at: Moment
    window_expires_at: Moment | None = None


class _Delivery(BaseModel):
    """Type `delivery`."""

    correlation_id: Annotated[str, Field(max_length=200)]
    status: Annotated[str, Field(max_length=200)]
    reason: Annotated[str | None, Field(max_length=200)] = None


class ChannelOptions(Options):
    secrets: SigningSecrets = Field(
        description="env:NAME or file:PATH of the secret that signs webhooks: whsec_ and what `openssl rand -base64 32`"
        " prints; or of several, with blanks between"
    )


class ChannelInbound:
    """Receives for one account."""

    Options: ClassVar[type[BaseModel]] = ChannelOptions

    def __init__(self, address: Address, options: ChannelOptions) -> None:
        self._account = address.account
        self._number = address.number or ""
        self._secrets = options.secrets

    def verify(self, webhook: Webhook) -> None:
        try:
            believe(self._secrets, webhook.headers, webhook.body)
        except NotSigned as error:
            raise SignatureError(str(error)) from error

    def read(self, webhook: Webhook) -> Sequence[Event]:
        return [self._event(webhook.body)]

    def _event(self, body: bytes) -> Event:
        try:
            match _Type.model_validate_json(body).type:
                case "message":
                    return self._message(_Message.model_validate_json(body))
                case "delivery":
                    return self._delivery(_Delivery.model_validate_json(body))
                case other:
                    return Ignored("ignored_event", printable(other))
        except ValidationError as error:
            raise PayloadError(fault(error)) from error

    def _message(self, message: _Message) -> Message:
        return Message(
            account=self._account,
            event_id=message.id,
            id=message.id,
            sender=message.sender,
            recipient=message.recipient or self._number,
            text=message.text,
            sent_at=message.sent_at,
            window_expires_at=_window(message),
            media=message.media,
        )

    def _delivery(self, told: _Delivery) -> DeliveryEvent | Ignored:
        attempt = read_correlation_id(told.correlation_id)
        what = STATUSES.get(told.status)
        if attempt is None or what is None or not attempt[0].startswith(f"{self._account}_"):
            return Ignored("ignored_event", f"delivery {printable(told.status)}")
        reason = printable(told.reason or "")
        return DeliveryEvent(*attempt, "expired" if what == "failed" and reason == WINDOW_EXPIRED else what, reason)


def _window(message: _Message) -> datetime:
    try:
        return message.window_expires_at or message.sent_at + WINDOW
    except OverflowError as error:
        raise PayloadError("sent_at: its window ends outside the calendar") from error
