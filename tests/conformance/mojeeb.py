"""Mojeeb: Send a free-form WhatsApp text message; Send a template message; Errors; Idempotency.

What stands in documents/mojeeb has the shape of their examples, field by field, and values of our own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bot.sandbox.provider import Provider
from bot.sandbox.providers.mojeeb import Mojeeb
from tests.adapters import mojeeb_sender
from tests.conformance.subject import NUMBER, Refusal, Request, Subject
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.mojeeb import CODES, TYPES

DOCUMENTS: Final = Path(__file__).parent / "documents" / "mojeeb"
KEY: Final = "mk_live_0000000000000000000000_0000000000"

# Mojeeb: Errors, the status of each code; and of each type, for codes that are new.
STATUSES: Final = {
    "invalid_api_key": 401,
    "revoked_api_key": 401,
    "expired_api_key": 401,
    "insufficient_scope": 403,
    "agent_not_authorized": 403,
    "idempotency_key_in_progress": 409,
    "rate_limit_exceeded": 429,
    "message_not_found": 404,
    "endpoint_not_found": 404,
}
TYPE_STATUSES: Final = {
    "authentication_error": 401,
    "permission_error": 403,
    "quota_error": 402,
    "rate_limit_error": 429,
    "not_found_error": 404,
    "upstream_error": 503,
    "internal_error": 500,
}


def document(name: str) -> Any:
    return json.loads((DOCUMENTS / name).read_text(encoding="utf-8"))


def refused(code: str, kind: str) -> bytes:
    """The documents' own error, of another code."""
    return json.dumps({"error": document("error.json")["error"] | {"code": code, "type": kind}}).encode()


class MojeebSubject(Subject):
    provider = "mojeeb"

    def sender(self, base_url: str) -> Sender:
        return mojeeb_sender(base_url, KEY, number=NUMBER)

    def sandbox(self) -> Provider:
        return Mojeeb(KEY)

    def request(self, reply: Reply) -> Request:
        said = document("send-message.request.json")
        body = said | {"from": NUMBER, "to": reply.to, "text": {"body": reply.text}}
        return Request("/v1/whatsapp/messages", body, self._headers(reply.correlation_id))

    def template_request(self, message: TemplateMessage) -> Request:
        said = document("send-template.request.json")
        template = said["template"] | {"name": message.id, "parameters": dict(message.variables)}
        body = said | {"from": NUMBER, "to": message.to, "template": template}
        return Request("/v1/whatsapp/templates", body, self._headers(message.correlation_id))

    def _headers(self, correlation_id: str) -> dict[str, str]:
        named = {"idempotency-key": correlation_id, "x-correlation-id": correlation_id}
        return {"authorization": f"Bearer {KEY}", **named}

    def accepted(self) -> tuple[int, bytes, str]:
        said = document("send-message.202.json")
        return 202, json.dumps(said).encode(), said["id"]

    def refusals(self) -> Sequence[Refusal]:
        return [
            *(
                Refusal(STATUSES.get(code, 422), refused(code, "any"), answer, code)  # the code says it alone
                for code, answer in CODES.items()
            ),
            *(
                Refusal(TYPE_STATUSES.get(kind, 422), refused(f"new_{kind}", kind), answer, f"new_{kind}")
                for kind, answer in TYPES.items()
            ),
            Refusal(409, refused("new", "idempotency_error"), Answer.RETRY, "new"),
            Refusal(400, refused("new", "new_error"), Answer.PERMANENT, "new"),
            Refusal(401, refused("new", "new_error"), Answer.CONFIG, "new"),
            Refusal(500, refused("new", "new_error"), Answer.AMBIGUOUS, "new"),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(403, b"<html>", Answer.CONFIG, "http_403"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]
