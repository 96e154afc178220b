"""Twilio, Programmable Messaging: WhatsApp (Twilio: Messages resource; Request to your incoming message webhook URL;
Track the message status of outbound messages; Webhooks security).

`sending` is its endpoint, `errors` has its codes. Not documented, and so as it was seen: which fields a webhook of
WhatsApp has, and that a photograph is image/jpeg, a sticker image/webp. The account's SID is the same everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.bodies import BadBodyError
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.providers.twilio import errors, sending
from bot.sandbox.providers.twilio.sending import ACCOUNT, ACCOUNT_SID, CHANNEL

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

# What stands in a webhook for each kind of media.
MEDIA: Final = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg",
    "document": "application/pdf",
    "sticker": "image/webp",
    "contacts": "text/vcard",
}
STATUSES: Final[Mapping[Step, str]] = {
    "accepted": "queued",
    "submitted": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "undelivered",
}


class Twilio(Provider):
    """One account, with one WhatsApp sender."""

    unreadable = "20001"
    rate_limited = "20429"

    def __init__(self, auth_token: str) -> None:
        self.auth_token = auth_token

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        return cls(token)

    def sections(self, base_url: str) -> Sections:
        token = "env:TWILIO_AUTH_TOKEN"  # noqa: S105  where it is found
        return Sections(
            inbound={"provider": "twilio", "auth_tokens": token},
            reply={"provider": "twilio", "account_sid": ACCOUNT_SID, "auth_token": token, "base_url": base_url},
            secrets={"TWILIO_AUTH_TOKEN": self.auth_token},
        )

    # customers write

    def new_ids(self, at: int) -> tuple[str, str]:
        sid = sending.new_sid()
        return sid, sid

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        fields = {
            "SmsMessageSid": message.id,
            "NumMedia": "1" if message.media in MEDIA else "0",
            "ProfileName": "Customer",
            "SmsSid": message.id,
            "WaId": message.sender.removeprefix("+"),
            "SmsStatus": "received",
            "Body": message.text,
            "To": CHANNEL + message.recipient,
            "NumSegments": "1",
            "MessageSid": message.id,
            "AccountSid": ACCOUNT_SID,
            "From": CHANNEL + message.sender,
            "ApiVersion": "2010-04-01",
        }
        if message.media in MEDIA:
            fields |= {"MediaContentType0": MEDIA[message.media], "MediaUrl0": f"https://api.example/{message.id}/0"}
        elif message.media == "location":
            fields |= {"Latitude": "52.5", "Longitude": "13.4"}
        return WebhookRequest(webhook_url, urlencode(fields).encode(), FORM)

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        signed = request.url + "".join(name + value for name, value in sorted(pairs))
        mac = hmac.new(self.auth_token.encode(), signed.encode(), hashlib.sha1)
        return {"X-Twilio-Signature": base64.b64encode(mac.digest()).decode()}

    # the business answers

    def endpoints(self) -> Sequence[Endpoint]:
        return [Endpoint(f"{ACCOUNT}/Messages.json", sending.accept)]

    def authorize(self, request: HTTPConnection) -> None:
        wanted = base64.b64encode(f"{ACCOUNT_SID}:{self.auth_token}".encode()).decode()
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Basic {wanted}".encode()):
            raise RefusedError("20003")
        if request.path_params["account_sid"] != ACCOUNT_SID:
            raise RefusedError("20404")

    def read(self, raw: bytes) -> dict[str, str]:
        try:
            return dict(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True, errors="strict"))
        except ValueError:
            raise BadBodyError(errors.SENTENCES["20001"]) from None

    def refusal(self, refused: RefusedError) -> Response:
        return errors.envelope(refused)

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        """Where the request asked for them alone."""
        if sent.callback_url is None:
            return ()
        status = STATUSES[step]
        fields = {
            "SmsSid": sent.id,
            "SmsStatus": status,
            "MessageStatus": status,
            "ChannelToAddress": sent.to,
            "To": CHANNEL + sent.to,
            "ChannelPrefix": "whatsapp",
            "MessageSid": sent.id,
            "AccountSid": ACCOUNT_SID,
            "From": sent.request["From"],
            "ApiVersion": "2010-04-01",
        }
        if step in ("delivered", "read", "failed"):
            fields["EventType"] = status.upper()
        if step == "failed":
            fields["ErrorCode"] = errors.REASONS.get(sent.reason, sent.reason)
        return [WebhookRequest(sent.callback_url, urlencode(fields).encode(), FORM)]

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        return [Route(f"{ACCOUNT}.json", self._account)]

    async def _account(self, request: Request) -> Response:
        try:
            self.authorize(request)
        except RefusedError as refused:
            return self.refusal(refused)
        return JSONResponse({"sid": ACCOUNT_SID, "friendly_name": "Sandbox", "status": "active", "type": "Full"})
