"""Kaleyra, WhatsApp API v2 (its documents are named where each fact is used).

`contract` checks requests against its tables, `errors` has its codes and `events` the bodies of its callbacks.

Of the ways in which a callback can prove itself, this player has the header. What the documents leave open: whether a
reply that comes late is refused at once (here it is accepted, and fails with Meta's 131047), whether a template must be
known (here all are), and how a callback of NOT-SENT looks (here as one of FAILED).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Posted, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.providers.kaleyra import contract, errors, events

PATH: Final = "/v2/{sid}/whatsapp/{number}/messages"
HEADER: Final = "X-Autoreply-Secret"
SID: Final = "HXAP1600000000IN"
DAY: Final = 24 * 3600 * 10**9  # nanoseconds


class Kaleyra(Provider):
    """One number of an account at Kaleyra."""

    unreadable = "WA400"
    rate_limited = "WA429"  # no document has a code for it

    def __init__(self, api_key: str, secret: str, sid: str = SID) -> None:
        """`secret` is what its callbacks bear in the header."""
        self.api_key = api_key
        self.secret = secret
        self.sid = sid

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        return cls(token, hashlib.sha256(f"callbacks of {token}".encode()).hexdigest())  # the same at each start

    def sections(self, base_url: str) -> Sections:
        return Sections(
            inbound={"provider": "kaleyra", "header": HEADER, "header_secret": "env:KALEYRA_WEBHOOK_SECRET"},
            reply={"provider": "kaleyra", "sid": self.sid, "api_key": "env:KALEYRA_API_KEY", "base_url": base_url},
            secrets={"KALEYRA_WEBHOOK_SECRET": self.secret, "KALEYRA_API_KEY": self.api_key},
        )

    # customers write

    def new_ids(self, at: int) -> tuple[str, str]:
        wamid = events.wamid(secrets.token_bytes(24))
        return wamid, wamid

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        return events.request(webhook_url, events.received(message))

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        return {HEADER: self.secret}

    # the business answers

    def endpoints(self) -> Sequence[Endpoint]:
        return [Endpoint(PATH, _accept)]

    def authorize(self, request: HTTPConnection) -> None:
        given = request.headers.get("api-key", "").encode()
        if not hmac.compare_digest(given, self.api_key.encode()) or request.path_params["sid"] != self.sid:
            raise RefusedError("RBC001")

    def refusal(self, refused: RefusedError) -> Response:
        return errors.envelope(refused)

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        """To the callback profile of the number, whatever the request said. Nothing tells that it was accepted."""
        return [] if step == "accepted" else [events.request(webhook_url, events.progressed(sent, step, at))]


def _accept(posted: Posted, conversations: Conversations) -> tuple[Reply | Template, Response]:
    """Of any message, in any window: a late one fails afterwards. Raises RefusedError."""
    if posted.path["number"] != posted.business_number:
        raise RefusedError("WA401")
    request = contract.check(posted.body)
    message = request["messaging_object"]
    sent = _template(posted, message) if message.get("type") == "template" else _reply(posted, message, conversations)
    answer = {"code": "WA202", "message": "Request Accepted", "data": {"message_id": sent.id}, "error": {}}
    return sent, JSONResponse(answer, 202)


def _reply(posted: Posted, message: Mapping[str, Any], conversations: Conversations) -> Reply:
    expires_at = conversations.window_expires_at(message["to"], posted.business_number)
    return Reply(
        **_common(posted, message),
        expires_at=expires_at,
        failing="" if posted.at < expires_at else events.WINDOW_EXPIRED,
        text=message["text"]["body"],
        reply_to=message.get("context", {}).get("message_id"),
    )


def _template(posted: Posted, message: Mapping[str, Any]) -> Template:
    template = message["template"]
    bodies = (part.get("parameters", []) for part in template.get("components", []) if part["type"] == "body")
    parameters = [parameter for body in bodies for parameter in body]
    return Template(
        **_common(posted, message),
        expires_at=posted.at + DAY,
        template_id=template["name"],
        variables={each.get("parameter_name", str(place)): each["text"] for place, each in enumerate(parameters, 1)},
    )


def _common(posted: Posted, message: Mapping[str, Any]) -> dict[str, Any]:
    """What replies and templates have alike."""
    return {
        "id": f"A{secrets.token_hex(10)[:19].upper()}",
        "to": message["to"],
        "at": posted.at,
        "request": posted.body,
        "correlation_id": contract.ref(posted.body),
    }
