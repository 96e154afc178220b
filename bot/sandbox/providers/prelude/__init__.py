"""Prelude, Notify v2: two-way WhatsApp (its documents are named where each fact is used).

`sending` is its two endpoints, `contract` checks their requests against its OpenAPI, `prelude.yaml`; `errors` has its
codes, `events` the bodies of its webhooks, `signing` their signature.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.providers.prelude import errors, events, sending, signing
from bot.sandbox.providers.prelude.contract import Contract
from bot.sandbox.providers.prelude.ids import new_id


class Prelude(Provider):
    """An account at Prelude."""

    unreadable = "invalid_request"
    rate_limited = "rate_limited"

    def __init__(self, api_token: str, key: rsa.RSAPrivateKey, style: signing.Style = signing.USUAL) -> None:
        self.api_token = api_token
        self.public_pem = signing.public_pem(key)
        self._key = key
        self._style = style
        self._contract = Contract.load()

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        return cls(token, signing.read_or_create_key(key_file))

    def sections(self, base_url: str) -> Sections:
        return Sections(
            inbound={"provider": "prelude", "webhook_keys": "env:PRELUDE_WEBHOOK_KEYS"},
            reply={"provider": "prelude", "api_token": "env:PRELUDE_API_TOKEN", "base_url": base_url},
            secrets={"PRELUDE_WEBHOOK_KEYS": self.public_pem, "PRELUDE_API_TOKEN": self.api_token},
        )

    def settings(self, base_url: str) -> Mapping[str, str]:
        return {
            "AUTOREPLY_PRELUDE_BASE_URL": base_url,
            "AUTOREPLY_PRELUDE_API_TOKEN": self.api_token,
            "AUTOREPLY_PRELUDE_WEBHOOK_KEYS": self.public_pem,
        }

    # customers write

    def new_ids(self, at: int) -> tuple[str, str]:
        return new_id("im", at), new_id("evt", at)

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        """Texts only. Media open the window too, but no webhook tells of them (Prelude: Two-way messaging, limits)."""
        if message.media is not None:
            return None
        return events.request(webhook_url, events.received(message))

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        return {signing.HEADER: signing.sign(self._key, request.body, self._style)}

    def taken(self, status: int) -> bool:
        """`200 OK`, say the documents, not any 2xx."""
        return status == 200

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        """The public key, which the dashboard shows in life."""
        return [Route("/sandbox/public-key", self._public_key)]

    async def _public_key(self, request: Request) -> Response:
        return PlainTextResponse(self.public_pem, media_type="application/x-pem-file")

    # the business answers

    def endpoints(self) -> Sequence[Endpoint]:
        return [
            Endpoint("/v2/notify/reply", partial(sending.accept_reply, self._contract)),
            Endpoint("/v2/notify", partial(sending.accept_template, self._contract)),
        ]

    def authorize(self, request: HTTPConnection) -> None:
        header = request.headers.get("authorization", "")
        scheme, _, given = header.partition(" ")
        if not header:
            raise RefusedError("missing_api_token")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.api_token.encode()):
            raise RefusedError("invalid_api_token")

    def refusal(self, refused: RefusedError) -> Response:
        return errors.envelope(refused)

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        """To the callback_url, if there is one. No document has an event for `read`."""
        if sent.callback_url is None or step == "read":
            return ()
        return [events.request(sent.callback_url, events.progressed(sent, step, at))]
