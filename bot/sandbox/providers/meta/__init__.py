"""Meta's WhatsApp Cloud API (its documents are named where each fact is used).

`sending` checks its one endpoint, `errors` has its codes, `events` the bodies of its webhooks. Late replies are taken,
and fail afterwards with 131047: that is how it is mostly seen, and no document says that it is always so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Self

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.providers.meta import errors, events, sending

PHONE_NUMBER_ID: Final = "106540352242922"  # of the documents' examples
HEADER: Final = "X-Hub-Signature-256"


class Meta(Provider):
    """One business number of an app at Meta."""

    unreadable = "100"
    rate_limited = "130429"

    def __init__(self, access_token: str, app_secret: str, verify_token: str) -> None:
        self.access_token = access_token
        self.app_secret = app_secret
        self.verify_token = verify_token

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        """What Meta would have given out, and what the operator would have chosen, both made from the token."""
        made = [hashlib.sha256(f"{what} {token}".encode()).hexdigest()[:32] for what in ("app secret", "verify token")]
        return cls(token, *made)

    def sections(self, base_url: str) -> Sections:
        return Sections(
            inbound={
                "provider": "meta",
                "app_secret": "env:META_APP_SECRET",
                "verify_token": "env:META_VERIFY_TOKEN",
                "phone_number_id": PHONE_NUMBER_ID,
            },
            reply={
                "provider": "meta",
                "access_token": "env:META_ACCESS_TOKEN",
                "phone_number_id": PHONE_NUMBER_ID,
                "base_url": base_url,
            },
            secrets={
                "META_APP_SECRET": self.app_secret,
                "META_VERIFY_TOKEN": self.verify_token,
                "META_ACCESS_TOKEN": self.access_token,
            },
        )

    # customers write

    def new_ids(self, at: int) -> tuple[str, str]:
        wamid = new_wamid()
        return wamid, wamid

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        return events.request(webhook_url, PHONE_NUMBER_ID, message.recipient, events.received(message))

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        digest = hmac.new(self.app_secret.encode(), request.body, hashlib.sha256).hexdigest()
        return {HEADER: f"sha256={digest}"}

    def taken(self, status: int) -> bool:
        """Anything but 200 is sent again (Meta: Webhooks, overview)."""
        return status == 200

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        """The number itself, which shows whether a token is good."""
        return [Route("/{version}/{phone_number_id}", self._number, methods=["GET"])]

    async def _number(self, request: Request) -> Response:
        try:
            self.authorize(request)
            sending.check_number(request.path_params, PHONE_NUMBER_ID)
        except RefusedError as refused:
            return self.refusal(refused)
        return JSONResponse({"id": PHONE_NUMBER_ID})

    # the business answers

    def endpoints(self) -> Sequence[Endpoint]:
        accept = partial(sending.accept, PHONE_NUMBER_ID, new_wamid)
        return [Endpoint("/{version}/{phone_number_id}/messages", accept)]

    def authorize(self, request: HTTPConnection) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.access_token.encode()):
            raise RefusedError("190", "Invalid OAuth access token - Cannot parse access token")

    def refusal(self, refused: RefusedError) -> Response:
        return errors.envelope(refused)

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        """To the app's one webhook. What the window was over for has never been `sent`."""
        if step == "accepted" or (step == "submitted" and sent.failing):
            return ()
        return [events.request(webhook_url, PHONE_NUMBER_ID, "", events.progressed(sent, step, at))]


def new_wamid() -> str:
    """As Meta writes them: base64 of something of its own."""
    return f"wamid.{base64.b64encode(secrets.token_bytes(40)).decode()}"
