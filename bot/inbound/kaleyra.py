"""Callbacks of Kaleyra's WhatsApp API v2: one `value` of Meta's and `extra_info` beside it (Kaleyra: Incoming message
webhook payload; Status update webhooks payload v2; Callback profiles; Callback advanced authentication).

Kaleyra signs nothing: a callback proves itself by what its profile was told to add, a header, a user and a password, or
a token that it fetches from us. What the documents leave open is read leniently: how the client's id and secret are
written in the request for a token (JSON, a form or Basic), and what stands in a callback of NOT-SENT, which Meta never
saw. Meta's errors come "as is" (WhatsApp Message API V2 error codes).

Older kinds of callbacks are not read: texts that operators write around variables, which lack the id of the message
and whose quotes and line breaks nobody escapes; and the shape of Meta's On-Premises API, of numbers that are not on v2.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Self
from urllib.parse import parse_qsl

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    InstanceOf,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from bot.inbound import Address, Event, Ignored, PayloadError, SignatureError, Webhook, bearer
from bot.inbound.meta_messages import Reading, phone_number, read_value, settled
from bot.inbound.reading import fault, printable
from worker.options import Options, read_secret
from worker.secret import Secret
from worker.setting_values import token

CHANNEL: Final = "whatsapp"
NOT_SENT: Final = "not-sent"  # Kaleyra: WhatsApp status; Kaleyra did not hand it to Meta
OLDER: Final = "no value in a meta_object: give the number callbacks of WhatsApp API v2, and not of an older kind"
# Numbers of some countries are written with or without a digit behind the country's; what follows tells them apart.
SUFFIX: Final = 8
WAYS: Final = (("header", "header_secret"), ("user", "password"), ("client_id", "client_secret"))

Object = Mapping[str, Any]
JSON: Final = TypeAdapter(dict[str, Any])  # refuses half a surrogate pair, which json.loads takes and Redis does not


def _secrets(value: object, info: ValidationInfo) -> object:
    if value is None or isinstance(value, tuple):
        return value
    return tuple(token(part) for part in read_secret(value, info).reveal().split())


# Several may be valid at a time, for rotation.
SecretTexts = Annotated[InstanceOf[tuple[Secret, ...]] | None, BeforeValidator(_secrets)]


class KaleyraOptions(Options):
    """One of three ways in which callbacks prove themselves, as their profile has it."""

    header: str | None = Field(default=None, pattern="^[A-Za-z0-9-]{1,64}$", description="the name of a header")
    header_secret: SecretTexts = Field(default=None, description="env:NAME or file:PATH of what stands in it")
    user: str | None = Field(default=None, pattern="^[^:]+$", description="the user of Basic authentication")
    password: SecretTexts = Field(default=None, description="env:NAME or file:PATH of the user's password")
    client_id: str | None = Field(default=None, min_length=1, description="the client that asks us for tokens")
    client_secret: SecretTexts = Field(default=None, description="env:NAME or file:PATH of the client's secret")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [[name for name in way if getattr(self, name) is not None] for way in WAYS]
        if [len(names) for names in given if names] != [2]:
            ways = ", or ".join(f"`{first}` and `{second}`" for first, second in WAYS)
            raise ValueError(f"write how callbacks prove themselves, in one way alone: {ways}")
        return self


class KaleyraInbound:
    """Receives for one number of a Kaleyra account."""

    Options: ClassVar[type[BaseModel]] = KaleyraOptions

    def __init__(self, address: Address, options: KaleyraOptions, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970."""
        self._account = address.account
        self._number = address.number
        self._options = options
        self._clock = clock

    # who is it

    def verify(self, webhook: Webhook) -> None:
        if not self._is_believed(webhook.headers):
            raise SignatureError("it does not bear what its callback profile should add")

    def _is_believed(self, headers: Mapping[str, str]) -> bool:
        told = self._options
        if told.header and told.header_secret:
            found = headers.get(told.header.lower(), "")
            return any(_same(found, each.reveal()) for each in told.header_secret)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if told.user and told.password:
            known = [f"{told.user}:{each.reveal()}".encode() for each in told.password]
            good = any(_same(given.strip(), base64.b64encode(each).decode()) for each in known)
            return good and scheme.lower() == "basic"
        good = bearer.is_good(given.strip(), self._account, told.client_secret or (), self._clock())
        return good and scheme.lower() == "bearer"

    def issue(self, webhook: Webhook) -> Mapping[str, Any]:
        """As in the documents' sample, whose numbers are texts."""
        client, secret = _client(webhook)
        known = [each for each in self._options.client_secret or () if _same(secret, each.reveal())]
        if not _same(client, self._options.client_id or "") or not known:
            raise SignatureError("no client of ours asks for the token")
        return {
            "token_type": "Bearer",
            "expires_in": str(int(bearer.LIFETIME.total_seconds())),
            "access_token": bearer.issue(self._account, known[0], self._clock()),
        }

    # what does it say

    def read(self, webhook: Webhook) -> Sequence[Event]:
        body = _read(webhook.body)
        value, extra_info = _value(body), _object(body.get("extra_info"))
        if (channel := value.get("messaging_product", CHANNEL)) != CHANNEL:
            return [Ignored("ignored_channel", printable(channel))]
        recipient = _digits(_object(value.get("metadata")).get("display_phone_number"))
        if self._number and recipient and self._number[-SUFFIX:] != recipient[-SUFFIX:]:
            return [Ignored("ignored_event", "another number's")]  # one profile may be given to several
        number = self._number or phone_number(recipient)
        reading = Reading(self._account, number, correlation_id=lambda _: extra_info.get("ref"))
        told = settled(read_value(value, reading))
        return told or [Ignored("ignored_event", printable(_object(body.get("meta_object")).get("field")))]


def _read(body: bytes) -> Object:
    try:
        return JSON.validate_json(body)
    except ValidationError as error:
        raise PayloadError(fault(error)) from error


def _value(body: Object) -> Object:
    """Meta's, with Kaleyra's own status in Meta's words. Of a message that Meta never saw there may be none."""
    value = _object(_object(body.get("meta_object")).get("value"))
    if not value and "extra_info" in body and "status" in body:
        value = {"statuses": [{"status": body["status"]}]}
    if not value:
        raise PayloadError(OLDER)
    statuses = value.get("statuses") or []
    listed = statuses if isinstance(statuses, list) else [statuses]
    return {**value, "statuses": [_translated(status, body) for status in listed]}


def _translated(status: Any, body: Object) -> Any:
    """In small letters, and without NOT-SENT."""
    if not isinstance(status, Mapping):
        return status
    name = str(status.get("status")).lower().replace("_", "-")
    errors = status.get("errors") or body.get("errors")
    if name == NOT_SENT:
        return {**status, "status": "failed", "errors": errors or [{"code": NOT_SENT}]}
    return {**status, "status": name, "errors": errors}


def _client(webhook: Webhook) -> tuple[str, str]:
    """The id and the secret in a request for a token. Raises SignatureError."""
    scheme, _, given = webhook.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() == "basic":
            user, _, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
            return user, secret
        said = _said(webhook.body)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise SignatureError("the request for a token cannot be read") from error
    plain = {"".join(filter(str.isalnum, name)).lower(): str(value) for name, value in said.items()}
    return plain.get("clientid", ""), plain.get("clientsecret", "")


def _said(body: bytes) -> Mapping[str, Any]:
    text = body.decode()
    return _object(json.loads(text)) if text.lstrip().startswith("{") else dict(parse_qsl(text, max_num_fields=20))


def _same(given: str, known: str) -> bool:
    """Takes the same time for any."""
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())


def _object(value: Any) -> Object:
    return value if isinstance(value, Mapping) else {}


def _digits(value: Any) -> str:
    return "".join(character for character in str(value or "") if character.isdecimal())
