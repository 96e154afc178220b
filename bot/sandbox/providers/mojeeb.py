"""Mojeeb, its public API v1: replies and templates out, nothing in (Mojeeb: Overview; Send a free-form WhatsApp text
message; Send a template message; Message status; Errors; Idempotency).

It has no webhooks. Its documents leave open what becomes of a text outside the window: here it is accepted, and has
failed when it is asked for, as their "final delivery happens via the WhatsApp Business Cloud API" suggests. They name
no code for a body that cannot be read or a text of a wrong length; here both are `invalid_request`.
"""

from __future__ import annotations

import hmac
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.addresses import is_phone_number
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Posted, Provider, RefusedError, Sections, WebhookRequest
from bot.sandbox.rfc3339 import timestamp

AGENT: Final = "00000000-0000-4000-8000-000000000001"
LONGEST: Final = 4096
KEY_LONGEST: Final = 255
KEY_KEPT: Final = 24 * 3600 * 10**9  # nanoseconds
IN_PROGRESS: Final = "idempotency_key_in_progress"
RATE_LIMITED: Final = "rate_limit_exceeded"
_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")

# Mojeeb: Errors.
_KINDS: Final = {
    "invalid_api_key": ("authentication_error", 401),
    "revoked_api_key": ("authentication_error", 401),
    "expired_api_key": ("authentication_error", 401),
    "insufficient_scope": ("permission_error", 403),
    "agent_not_authorized": ("permission_error", 403),
    IN_PROGRESS: ("idempotency_error", 409),
    "idempotency_key_in_use_with_different_params": ("idempotency_error", 422),
    RATE_LIMITED: ("rate_limit_error", 429),
    "message_not_found": ("not_found_error", 404),
    "endpoint_not_found": ("not_found_error", 404),
}
_TYPES: Final = {402: "quota_error", 500: "internal_error", 503: "upstream_error"}


class _Refused(RefusedError):
    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.more = more  # fields of the envelope


@dataclass(frozen=True, slots=True)
class _Known:
    """A request that was accepted with a key."""

    body: Mapping[str, Any]
    id: str
    at: int


class Mojeeb(Provider):
    """One agent, whose WhatsApp connection has the sandbox's number."""

    unreadable = "invalid_request"
    rate_limited = RATE_LIMITED

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key
        self._known: dict[str, _Known] = {}

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        return cls(token)

    def sections(self, base_url: str) -> Sections:
        reply = {"provider": "mojeeb", "api_key": "env:MOJEEB_API_KEY", "agent_id": AGENT, "base_url": base_url}
        return Sections(None, reply, {"MOJEEB_API_KEY": self._api_key})

    def new_ids(self, at: int) -> tuple[str, str]:
        return str(uuid.uuid4()), str(uuid.uuid4())

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        return None

    def endpoints(self) -> Sequence[Endpoint]:
        return [
            Endpoint("/v1/whatsapp/messages", self._accept_text),
            Endpoint("/v1/whatsapp/templates", self._accept_template),
        ]

    def authorize(self, request: HTTPConnection) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._api_key.encode()):
            raise RefusedError("invalid_api_key")

    def refusal(self, refused: RefusedError) -> Response:
        """The envelope. Codes that no document has are of a kind by their status."""
        kind, status = _KINDS.get(refused.code, ("validation_error", 422))
        if refused.status is not None and refused.status != status:
            kind, status = _TYPES.get(refused.status, kind), refused.status
        more = refused.more if isinstance(refused, _Refused) else {}
        error = {"type": kind, "code": refused.code, "message": str(refused) or "The request was refused."}
        headers = {}
        if status == 429:
            reset = str(int(time.time()) + 60)
            headers = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        if status in (409, 429):
            headers["Retry-After"] = "1"
        return JSONResponse({"error": {**error, "correlation_id": f"req_{uuid.uuid4().hex}", **more}}, status, headers)

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        """What became of a message (Mojeeb: Message status). `sent` once it is with WhatsApp; here, at once."""

        async def status(request: Request) -> Response:
            try:
                self.authorize(request)
            except RefusedError as refused:
                return self.refusal(refused)
            sent = _find(conversations, request.path_params["id"])
            return self.refusal(RefusedError("message_not_found")) if sent is None else JSONResponse(_json(sent))

        return [Route("/v1/whatsapp/messages/{id}", status, methods=["GET"])]

    def _accept_text(self, posted: Posted, conversations: Conversations) -> tuple[Reply | Template, Response]:
        body = _checked(posted)
        text = body["text"].get("body") if isinstance(body.get("text"), dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= LONGEST:
            raise _Refused(self.unreadable, param="text.body")
        expires_at = conversations.window_expires_at(body["to"], posted.business_number)
        failing = "window_expired" if posted.at >= expires_at else ""
        reply = Reply(**_common(posted, expires_at), text=text, failing=failing)
        return self._once(posted, reply, conversations)

    def _accept_template(self, posted: Posted, conversations: Conversations) -> tuple[Reply | Template, Response]:
        body = _checked(posted)
        template = body.get("template")
        if not isinstance(template, dict) or not isinstance(template.get("language"), str):
            raise _Refused(self.unreadable, param="template")
        if not isinstance(template.get("name"), str) or not _NAME.fullmatch(template["name"]):
            raise _Refused("invalid_template_name", param="template.name")
        common, variables = _common(posted, posted.at + KEY_KEPT), dict(template.get("parameters") or {})
        return self._once(posted, Template(**common, template_id=template["name"], variables=variables), conversations)

    def _once(
        self, posted: Posted, sent: Reply | Template, conversations: Conversations
    ) -> tuple[Reply | Template, Response]:
        """What was accepted with the same key in the last 24 hours, and then that (Mojeeb: Idempotency)."""
        key = posted.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= KEY_LONGEST:
            raise _Refused(self.unreadable, param="Idempotency-Key")
        known = self._known.get(key or "")
        headers = {"X-Correlation-ID": posted.headers.get("x-correlation-id", f"req_{uuid.uuid4().hex}")}
        if known is not None and posted.at < known.at + KEY_KEPT:
            if known.body != posted.body:
                raise RefusedError("idempotency_key_in_use_with_different_params")
            earlier = _find(conversations, known.id)
            if earlier is not None:
                return earlier, JSONResponse(_json(earlier), 202, {**headers, "Idempotent-Replayed": "true"})
        if key is not None:
            self._known[key] = _Known(posted.body, sent.id, posted.at)
        return sent, JSONResponse(_json(sent, "queued"), 202, headers)


def _checked(posted: Posted) -> Mapping[str, Any]:
    """What both endpoints require."""
    body = posted.body
    if not isinstance(body, dict):
        raise RefusedError(Mojeeb.unreadable)
    if body.get("agent_id") != AGENT:
        raise _Refused("invalid_agent_id", param="agent_id")
    if not isinstance(body.get("from"), str) or not is_phone_number(body["from"]):
        raise _Refused("invalid_from_phone", param="from")
    if body["from"] != posted.business_number:
        raise _Refused("from_phone_not_found_for_agent", param="from", available_phones=[posted.business_number])
    if not isinstance(body.get("to"), str) or not is_phone_number(body["to"]):
        raise _Refused("invalid_phone_number", param="to")
    return body


def _common(posted: Posted, expires_at: int) -> dict[str, Any]:
    named = posted.headers.get("x-correlation-id")
    return {
        "id": str(uuid.uuid4()),
        "to": posted.body["to"],
        "at": posted.at,
        "expires_at": expires_at,
        "request": posted.body,
        "correlation_id": named,
    }


def _find(conversations: Conversations, key: str) -> Reply | Template | None:
    sent: list[Reply | Template] = [*conversations.replies, *conversations.templates]
    return next((each for each in sent if each.id == key), None)


def _json(sent: Reply | Template, status: str | None = None) -> dict[str, Any]:
    """The body of the 202 and of the status. Why a message has failed is not told."""
    return {
        "id": sent.id,
        "status": status or sent.state,
        "agent_id": AGENT,
        "to": sent.to,
        "type": "template" if isinstance(sent, Template) else "text",
        "platform_message_id": None if status else f"wamid.{sent.id}",
        "created_at": timestamp(sent.at),
        "sent_at": None if status else timestamp(sent.at),
        "failed_at": timestamp(sent.at) if sent.state == "failed" else None,
    }
