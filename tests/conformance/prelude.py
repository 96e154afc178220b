"""Prelude: 2-Way Messaging with WhatsApp; Reply to an inbound message; Send a message; Errors; Notify, webhooks.

documents/prelude: `message` and `reply` stand in 2-Way Messaging with WhatsApp word by word; `accepted` and `error` are
the examples of their fields in the OpenAPI of Reply to an inbound message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.inbound import Event, Ignored, Inbound, Unsubscribed, Webhook
from bot.sandbox.provider import Provider
from bot.sandbox.providers.prelude import Prelude
from rules.model import Message
from tests.adapters import prelude_inbound, prelude_sender
from tests.conformance.subject import ACCOUNT, URL, Refusal, Request, Subject
from tests.events import EXAMPLE, sign, signing_key
from worker.ledger import DeliveryEvent
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.prelude import CODES

DOCUMENTS: Final = Path(__file__).parent / "documents" / "prelude"
TOKEN = "a_token"

# Prelude: Notify, webhooks, "Failed", less what is not read.
FAILED = {
    "id": "evt_2",
    "type": "transactional.message.failed",
    "payload": {"id": "dls_1", "message_id": "tx_1", "correlation_id": "shop_im_1_2", "reason": "carrier_rejected"},
    "created_at": "2025-10-24T08:59:10.736925502Z",
}
STOP = {
    "id": "evt_3",
    "type": "marketing.subscription.stop",
    "payload": {"action": "STOP", "from": "+33612345678", "to": "+14155551234"},
}


def raw(name: str) -> bytes:
    return (DOCUMENTS / f"{name}.json").read_bytes()


def body(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode()


def webhook(body: bytes, *, signed: bytes | None = None, key: str = "provider") -> Webhook:
    return Webhook(URL, {"x-webhook-signature": sign(body if signed is None else signed, signing_key(key))}, body)


class PreludeSubject(Subject):
    provider = "prelude"
    refuses_longer = False  # no document has a limit

    def inbound(self) -> Inbound:
        return prelude_inbound(account=ACCOUNT)

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        message = Message(
            account=ACCOUNT,
            event_id="evt_01k8aq2zggeyssvt53zgvpx63a",
            id="im_01k8aq2zggeyssvt53zgvpx63a",
            sender="+33612345678",
            recipient="+14155551234",
            text="Hi, I have a question about my order",
            sent_at=datetime(2025, 10, 24, 8, 59, 10, 736925, UTC),
            window_expires_at=datetime(2025, 10, 25, 8, 59, 10, 736909, UTC),
        )
        failed = DeliveryEvent("shop_im_1", 2, "failed", "carrier_rejected")
        unknown = EXAMPLE | {"type": "inbound.message.edited"}
        return [
            ("a message", webhook(raw("message")), [message]),
            ("a delivery event", webhook(body(FAILED)), [failed]),
            ("who unsubscribed", webhook(body(STOP)), [Unsubscribed(ACCOUNT, "+33612345678")]),
            ("a new type", webhook(body(unknown)), [Ignored("ignored_event", "inbound.message.edited")]),
        ]

    def forged(self) -> Mapping[str, Webhook]:
        told = raw("message")
        return {
            "altered": webhook(told.replace(b"order", b"0rder"), signed=told),
            "truncated": webhook(told[:-1], signed=told),
            "encoded anew": webhook(body(json.loads(told)), signed=told),
            "another's key": webhook(told, key="stranger"),
            "not signed": Webhook(URL, {}, told),
        }

    def unreadable(self) -> Mapping[str, bytes]:
        return {"empty": b"", "no JSON": b"{", "a list": b"[]", "without a type": b'{"id": "evt_1"}'}

    def sender(self, base_url: str) -> Sender:
        return prelude_sender(base_url, TOKEN)

    def sandbox(self) -> Provider:
        return Prelude(TOKEN, signing_key())

    def request(self, reply: Reply) -> Request:
        said = json.loads(raw("reply")) | {"to": reply.to, "text": reply.text, "reply_to": reply.quotes}
        said["correlation_id"] = reply.correlation_id
        more = {"callback_url": reply.callback_url} if reply.callback_url else {}
        return Request("/v2/notify/reply", said | more, {"authorization": f"Bearer {TOKEN}"})

    def template_request(self, message: TemplateMessage) -> Request:
        said = {
            "template_id": message.id,
            "to": message.to,
            "variables": dict(message.variables),
            "preferred_channel": "whatsapp",
            "correlation_id": message.correlation_id,
        }
        more = {"callback_url": message.callback_url} if message.callback_url else {}
        return Request("/v2/notify", said | more, {"authorization": f"Bearer {TOKEN}"})

    def accepted(self) -> tuple[int, bytes, str]:
        return 200, raw("accepted"), "tx_01k8ap1btqf5r9fq2c8ax5fhc9"

    def refusals(self) -> Sequence[Refusal]:
        error = json.loads(raw("error"))
        return [
            Refusal(400, raw("error"), Answer.PERMANENT, "invalid_phone_number"),
            *(Refusal(400, body(error | {"code": code}), answer, code) for code, answer in CODES.items()),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]
