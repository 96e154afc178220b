"""Webhooks of Meta's WhatsApp Cloud API (Meta: Webhooks, overview; messages webhook reference).

One request brings up to 1,000 changes, of all the numbers that an app serves. Meta has no id for an event: a message's
own id stands for it. No document names the time-out of a webhook, nor promises that ids are unique.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, Field, InstanceOf, ValidationError, ValidationInfo

from bot.inbound import Address, Event, Ignored, Inbound, PayloadError, SignatureError, Webhook
from bot.inbound.meta_messages import Reading, phone_number, read_value, settled
from bot.inbound.reading import fault, printable
from worker.options import Options, SecretText, read_secret
from worker.secret import Secret

HEADER: Final = "x-hub-signature-256"
SCHEME: Final = "sha256="
OBJECT: Final = "whatsapp_business_account"
FIELD: Final = "messages"


def _secrets(value: object, info: ValidationInfo) -> tuple[Secret, ...]:
    return tuple(read_secret(one, info) for one in (value if isinstance(value, list | tuple) else [value]))


class MetaOptions(Options):
    """Several app secrets may be valid at a time, for rotation."""

    app_secret: Annotated[tuple[InstanceOf[Secret], ...], BeforeValidator(_secrets)] = Field(
        min_length=1,
        description="env:NAME or file:PATH of the app secret, or a list of them while one replaces another",
    )
    verify_token: SecretText = Field(
        description="env:NAME or file:PATH of the verify token: a secret of your own that the app's settings repeat"
    )
    phone_number_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")] = Field(
        description="the phone number ID that stands in the app's API setup; it is not the number"
    )


class _Change(BaseModel):
    field: str = ""
    value: Any = None


class _Entry(BaseModel):
    changes: list[_Change] = []


class _Body(BaseModel):
    object: str
    entry: list[_Entry]


class MetaInbound:
    """Receives for one business number, and for those beside it in the same app."""

    Options: ClassVar[type[BaseModel]] = MetaOptions
    BODY_LIMIT: ClassVar[int] = 3 * 1024 * 1024  # Meta: Webhooks, overview

    def __init__(self, address: Address, options: MetaOptions) -> None:
        self._address = address
        self._options = options
        self._secrets = [secret.reveal().encode() for secret in options.app_secret]
        self._accounts = {options.phone_number_id: address}

    def meet(self, others: Iterable[Inbound]) -> None:
        """An app has one webhook for all its numbers: what comes for another account of this app is read for it."""
        for other in others:
            if isinstance(other, MetaInbound) and not set(self._secrets).isdisjoint(other._secrets):
                self._accounts.setdefault(other._options.phone_number_id, other._address)

    def challenge(self, query: Mapping[str, str]) -> str:
        """Meta: Create a webhook endpoint, verification requests."""
        expected = self._options.verify_token.reveal()
        if query.get("hub.mode") != "subscribe" or not _same(query.get("hub.verify_token", ""), expected):
            raise SignatureError("not our verify token")
        return query.get("hub.challenge", "")

    def verify(self, webhook: Webhook) -> None:
        given = webhook.headers.get(HEADER, "")
        if not any(_same(given, f"{SCHEME}{_digest(secret, webhook.body)}") for secret in self._secrets):
            raise SignatureError("signed with no app secret that we hold")

    def read(self, webhook: Webhook) -> Sequence[Event]:
        try:
            body = _Body.model_validate_json(webhook.body)
        except ValidationError as error:
            raise PayloadError(fault(error)) from error
        if body.object != OBJECT:
            return [Ignored("ignored_channel", printable(body.object))]
        return settled(event for entry in body.entry for change in entry.changes for event in self._read(change))

    def _read(self, change: _Change) -> Iterator[Event | PayloadError]:
        if change.field != FIELD:
            yield Ignored("ignored_event", printable(change.field))
            return
        metadata = change.value.get("metadata") if isinstance(change.value, Mapping) else None
        if not isinstance(metadata, Mapping) or "phone_number_id" not in metadata:
            yield PayloadError("metadata.phone_number_id: missing")
            return
        address = self._accounts.get(str(metadata["phone_number_id"]))
        if address is None:
            yield Ignored("ignored_event", "another number")
            return
        number = address.number or phone_number(str(metadata.get("display_phone_number", "")))
        yield from read_value(change.value, Reading(address.account, number))


def _digest(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())
