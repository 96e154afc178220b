"""Webhooks of Twilio: a message for one of our WhatsApp senders (Twilio: Request to your incoming message webhook URL),
and what became of replies (Twilio: Track the message status of outbound messages).

The signature (Twilio: Webhooks security; their Python library, request_validator.py) puts names and values together
without anything between them. So it proves that no letter was changed, but not where a name ends: only what Twilio once
signed can be cut otherwise, and only by somebody who saw it under way.

`MessageType`, and that stickers come as image/webp, was seen in webhooks of others and stands in no page that we read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, ValidationInfo
from pydantic.alias_generators import to_pascal

from bot.inbound import Address, Event, Ignored, PayloadError, SignatureError, Webhook
from bot.inbound.reading import fault, printable
from rules.media import KINDS
from rules.model import Message
from worker.ledger import Delivery, DeliveryEvent, read_correlation_id
from worker.options import Options, read_secret
from worker.secret import Secret
from worker.setting_values import WINDOW, token

HEADER: Final = "x-twilio-signature"
SETTINGS_HEADER: Final = "x-twilio-webhooks-signature-settings"  # key=...,algorithm=...; without it, HMAC_SHA1
ALGORITHMS: Final = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
BODY_HASH: Final = "bodySHA256"
CHANNEL: Final = "whatsapp:"

DELIVERIES: Final[Mapping[str, Delivery]] = {
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
WINDOW_CLOSED: Final = "63016"

_URL: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*?)(?P<port>:[0-9]+)?(?P<rest>[/?#].*)?", re.DOTALL)
_TYPES: Final = {"image/webp": "sticker", "text/vcard": "contacts", "text/x-vcard": "contacts"}


def _tokens(value: object, info: ValidationInfo) -> object:
    if isinstance(value, tuple):
        return value
    return tuple(token(text) for text in read_secret(value, info).reveal().split())


class TwilioOptions(Options):
    """Several tokens may be valid at a time: while the secondary Auth Token becomes the primary one."""

    auth_tokens: Annotated[InstanceOf[tuple[Secret, ...]], BeforeValidator(_tokens)] = Field(
        description="env:NAME or file:PATH of the account's primary Auth Token; of several, a line for each"
    )


Short = Annotated[str, Field(max_length=200)]


class _Form(BaseModel):
    """What is read of a form; Twilio adds fields without notice."""

    model_config = ConfigDict(alias_generator=to_pascal)

    message_sid: Annotated[str, Field(min_length=1, max_length=200)]


class _Status(_Form):
    message_status: Short
    error_code: Short = ""


class _Message(_Form):
    sender: Annotated[str, Field(alias="From", min_length=1, max_length=80)]
    recipient: Annotated[str, Field(alias="To", min_length=1, max_length=80)]
    sms_status: Short = "received"
    message_type: Short = ""
    body: str = ""
    button_text: str = ""
    num_media: Annotated[int, Field(ge=0)] = 0
    media_content_type0: Annotated[str, Field(alias="MediaContentType0", max_length=200)] = ""
    latitude: Short = ""


class TwilioInbound:
    """Receives for one WhatsApp sender."""

    Options: ClassVar[type[BaseModel]] = TwilioOptions
    SIGNS_URL: ClassVar[bool] = True
    ACKNOWLEDGEMENT: ClassVar[tuple[str, str]] = ("text/xml", "<Response/>")  # or it would be taken for a reply

    def __init__(
        self, address: Address, options: TwilioOptions, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`clock`: webhooks of messages have no time of their own."""
        self._account = address.account
        self._tokens = tuple(each.reveal().encode() for each in options.auth_tokens)
        self._clock = clock

    def verify(self, webhook: Webhook) -> None:
        signature = webhook.headers.get(HEADER, "").encode()
        if not signature:
            raise SignatureError("no signature")
        algorithm, signed = _algorithm(webhook.headers), _signed(webhook)
        for each in self._tokens:
            for url in spellings(webhook.url):
                mac = hmac.new(each, (url + signed).encode(), algorithm)
                if hmac.compare_digest(base64.b64encode(mac.digest()), signature):
                    return
        raise SignatureError("signed by no token that we hold, or for another address than ours")

    def read(self, webhook: Webhook) -> Sequence[Event]:
        if _is_json(webhook):  # of other products of theirs: messages come as forms
            return [Ignored("ignored_event", "json")]
        try:
            form = dict(_pairs(webhook.body))
            if "MessageStatus" in form:
                return [self._delivery(_Status.model_validate(form), webhook.url)]
            return [self._message(_Message.model_validate(form))]
        except ValidationError as error:
            raise PayloadError(fault(error)) from error
        except ValueError as error:
            raise PayloadError("body: no form") from error

    def _delivery(self, status: _Status, url: str) -> DeliveryEvent | Ignored:
        attempt = read_correlation_id(dict(parse_qsl(_query(url))).get("correlation_id", ""))
        what = DELIVERIES.get(status.message_status)
        if attempt is None or what is None or not attempt[0].startswith(f"{self._account}_"):
            return Ignored("ignored_event", printable(status.message_status))
        code = printable(status.error_code)
        return DeliveryEvent(*attempt, "expired" if what == "failed" and code == WINDOW_CLOSED else what, code)

    def _message(self, form: _Message) -> Message | Ignored:
        if not form.sender.startswith(CHANNEL):
            channel, colon, _ = form.sender.partition(":")
            return Ignored("ignored_channel", printable(channel) if colon else "sms")
        if form.sms_status != "received" or form.message_type == "reaction":
            return Ignored("ignored_event", printable(form.message_type or form.sms_status))
        now = self._clock()
        return Message(
            account=self._account,
            event_id=form.message_sid,
            id=form.message_sid,
            sender=form.sender.removeprefix(CHANNEL),
            recipient=form.recipient.removeprefix(CHANNEL),
            text=form.body or form.button_text,
            sent_at=now,
            window_expires_at=now + WINDOW,
            media=_media(form),
        )


def spellings(url: str) -> tuple[str, ...]:
    """With the port and without: Twilio signs now the one, now the other, says their library."""
    found = _URL.fullmatch(url)
    if found is None:
        return (url,)
    scheme, host, rest = found["scheme"], found["host"], found["rest"] or ""
    port = found["port"] or (":443" if scheme == "https" else ":80")
    return f"{scheme}://{host}{rest}", f"{scheme}://{host}{port}{rest}"


def _signed(webhook: Webhook) -> str:
    """What is signed behind the URL: of a form its pairs, sorted, each once; of JSON nothing: the URL has its hash."""
    if _is_json(webhook):
        told = dict(parse_qsl(_query(webhook.url))).get(BODY_HASH, "")
        if not hmac.compare_digest(hashlib.sha256(webhook.body).hexdigest().encode(), told.encode()):
            raise SignatureError("the body is not the one that was signed")
        return ""
    try:
        return "".join(name + value for name, value in sorted(set(_pairs(webhook.body))))
    except ValueError as error:
        raise SignatureError("the body is no form") from error


def _algorithm(headers: Mapping[str, str]) -> Callable[..., hashlib._Hash]:
    parts = (part.partition("=") for part in headers.get(SETTINGS_HEADER, "").split(","))
    name = next((value.strip() for name, _, value in parts if name.strip() == "algorithm"), "") or "HMAC_SHA1"
    if name.upper() not in ALGORITHMS:
        raise SignatureError("signed in a way that we do not know")
    return ALGORITHMS[name.upper()]


def _is_json(webhook: Webhook) -> bool:
    return webhook.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Raises ValueError where it is no form: half of its letters replaced, several bodies would have one signature."""
    return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)


def _query(url: str) -> str:
    return url.partition("?")[2].partition("#")[0]


def _media(form: _Message) -> str | None:
    if form.message_type in KINDS:
        return form.message_type
    if form.latitude:
        return "location"
    if form.num_media == 0:
        return None
    content_type = form.media_content_type0.partition(";")[0].strip().lower()
    kind = content_type.partition("/")[0]
    return _TYPES.get(content_type) or (kind if kind in ("image", "video", "audio") else "document")
