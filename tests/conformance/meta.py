"""Meta's WhatsApp Cloud API: messages webhook reference; Contextual replies; Template messages; Error codes.

What is in documents/meta stands there word by word.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.inbound import Address, Event, Ignored, Inbound, Webhook
from bot.inbound.meta import MetaInbound, MetaOptions
from bot.sandbox.provider import Provider
from bot.sandbox.providers.meta import PHONE_NUMBER_ID, Meta
from rules.model import Message
from tests.conformance.subject import ACCOUNT, NUMBER, URL, Refusal, Request, Subject
from worker.ledger import Delivery, DeliveryEvent
from worker.outbound import Answer, Reply, Sender, TemplateMessage
from worker.outbound.meta import MetaOptions as MetaReplyOptions
from worker.outbound.meta import MetaSender
from worker.outbound.meta_codes import CODES
from worker.secret import Secret

DOCUMENTS: Final = Path(__file__).parent / "documents" / "meta"
TOKEN: Final = "a_token"
APP_SECRET: Final = "an_app_secret"
VERIFY_TOKEN: Final = "a_verify_token"


def document(name: str) -> Any:
    return json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))


def raw(name: str) -> bytes:
    return (DOCUMENTS / f"{name}.json").read_bytes()


def webhook(body: bytes, *, signed: bytes | None = None, secret: str = APP_SECRET) -> Webhook:
    digest = hmac.new(secret.encode(), body if signed is None else signed, hashlib.sha256).hexdigest()
    return Webhook(URL, {"x-hub-signature-256": f"sha256={digest}"}, body)


def body(value: Mapping[str, Any], phone_number_id: str = PHONE_NUMBER_ID) -> bytes:
    """Of one change."""
    metadata = {"display_phone_number": NUMBER[1:], "phone_number_id": phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def status(name: str, *codes: int, correlation_id: str = "shop_im_1_2") -> Mapping[str, Any]:
    """A `value` (Meta: Webhooks, status messages)."""
    told = {
        "id": "wamid.EXAMPLE2",
        "status": name,
        "timestamp": "1760000009",
        "recipient_id": "15550100001",
        "biz_opaque_callback_data": correlation_id,
    }
    errors = [
        {"code": code, "title": "Refused", "message": "Refused", "error_data": {"details": "for a reason"}}
        for code in codes
    ]
    return {"statuses": [told | ({"errors": errors} if errors else {})]}


def inbound(
    account: str = ACCOUNT, phone_number_id: str = PHONE_NUMBER_ID, secrets: tuple[str, ...] = (APP_SECRET,)
) -> MetaInbound:
    options = MetaOptions(
        app_secret=tuple(Secret(secret) for secret in secrets),
        verify_token=Secret(VERIFY_TOKEN),
        phone_number_id=phone_number_id,
    )
    return MetaInbound(Address(account, NUMBER, URL), options)


class MetaSubject(Subject):
    provider = "meta"

    def inbound(self) -> Inbound:
        return inbound()

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        sent_at = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
        message = Message(
            account=ACCOUNT,
            event_id="wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
            id="wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
            sender="+16505551234",
            recipient=NUMBER,
            text="Does it come in another color?",
            sent_at=sent_at,
            window_expires_at=sent_at + timedelta(hours=24),
        )
        steps: dict[str, Delivery] = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read"}
        others = document("text_message")
        others["entry"][0]["changes"][0] |= {"field": "account_alerts"}
        return [
            ("a message", webhook(raw("text_message")), [message]),
            (
                "a delivery event of another sender",
                webhook(raw("delivered")),
                [Ignored("ignored_event", "status delivered")],
            ),
            *(
                (name, webhook(body(status(name))), [DeliveryEvent("shop_im_1", 2, what)])
                for name, what in steps.items()
            ),
            ("a failure", webhook(body(status("failed", 131026))), [DeliveryEvent("shop_im_1", 2, "failed", "131026")]),
            (
                "a late window",
                webhook(body(status("failed", 131047))),
                [DeliveryEvent("shop_im_1", 2, "expired", "131047")],
            ),
            ("another field", webhook(json.dumps(others).encode()), [Ignored("ignored_event", "account_alerts")]),
            ("another number", webhook(body(status("sent"), "1")), [Ignored("ignored_event", "another number")]),
            ("nothing", webhook(b'{"object":"whatsapp_business_account","entry":[]}'), []),
            ("another product", webhook(b'{"object":"page","entry":[]}'), [Ignored("ignored_channel", "page")]),
        ]

    def forged(self) -> Mapping[str, Webhook]:
        told = raw("text_message")
        right = webhook(told).headers["x-hub-signature-256"]
        return {
            "altered": webhook(told.replace(b"color", b"c0lor"), signed=told),
            "truncated": webhook(told[:-1], signed=told),
            "encoded anew": webhook(json.dumps(json.loads(told)).encode(), signed=told),
            "another's secret": webhook(told, secret="strangers"),
            "no secret": webhook(told, secret=""),
            "not signed": Webhook(URL, {}, told),
            "no scheme": Webhook(URL, {"x-hub-signature-256": right.removeprefix("sha256=")}, told),
            "the older scheme": Webhook(URL, {"x-hub-signature": right}, told),
            "no digest": Webhook(URL, {"x-hub-signature-256": "sha256="}, told),
        }

    def unreadable(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "no JSON": b"{",
            "a list": b"[]",
            "without an object": b'{"entry": []}',
            "without an entry": b'{"object": "whatsapp_business_account"}',
            "no value": b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages"}]}]}',
            "a message without anything": body({"messages": [{"type": "text"}]}),
            "a message from nobody": body({"messages": [{"type": "text", "id": "wamid.1", "timestamp": "1760000000"}]}),
            "messages that are none": body({"messages": "hello"}),
        }

    def sender(self, base_url: str) -> Sender:
        options = MetaReplyOptions(access_token=Secret(TOKEN), phone_number_id=PHONE_NUMBER_ID, base_url=base_url)
        return MetaSender.connect(options, number=NUMBER, connections=8)

    def sandbox(self) -> Provider:
        return Meta(TOKEN, APP_SECRET, VERIFY_TOKEN)

    def request(self, reply: Reply) -> Request:
        said = {
            **document("contextual_reply"),
            "to": reply.to,
            "context": {"message_id": reply.quotes},
            "text": {"body": reply.text, "preview_url": False},
            "biz_opaque_callback_data": reply.correlation_id,
        }
        return self._posted(said)

    def template_request(self, message: TemplateMessage) -> Request:
        positional = [{"type": "text", "text": text} for _, text in sorted(message.variables.items())]
        said = {
            **document("template_message"),
            "to": message.to,
            "template": {
                "name": message.id,
                "language": {"code": "en"},
                "components": [{"type": "body", "parameters": positional}],
            },
            "biz_opaque_callback_data": message.correlation_id,
        }
        return self._posted(said)

    def _posted(self, said: Mapping[str, Any]) -> Request:
        path = f"/v25.0/{PHONE_NUMBER_ID}/messages"
        return Request(path, said, {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"})

    def accepted(self) -> tuple[int, bytes, str]:
        return 200, raw("accepted"), "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA"

    def refusals(self) -> Sequence[Refusal]:
        """Codes with the status 400, which the documents have had for most of them; it does not count. Of the hundred
        from 200 on, three.
        """
        codes = [code for code in CODES if len(code) != 3 or not code.startswith("2") or code in ("200", "219", "299")]
        told = document("rate_limit")["error"]
        no_number = {"error": {"code": 100, "error_subcode": 33, "type": "GraphMethodException"}}
        return [
            Refusal(400, raw("rate_limit"), Answer.RETRY, "130429"),
            *(
                Refusal(400, json.dumps({"error": told | {"code": int(code)}}).encode(), CODES[code], code)
                for code in codes
            ),
            Refusal(429, json.dumps({"error": told | {"code": 131048}}).encode(), Answer.CONFIG, "131048"),
            Refusal(400, json.dumps(no_number).encode(), Answer.CONFIG, "100"),
            Refusal(400, json.dumps({"error": told | {"code": 999999}}).encode(), Answer.PERMANENT, "999999"),
            Refusal(500, json.dumps({"error": told | {"code": 999999}}).encode(), Answer.AMBIGUOUS, "999999"),
            Refusal(401, b"", Answer.CONFIG, "http_401"),
            Refusal(408, b"", Answer.AMBIGUOUS, "http_408"),
            Refusal(409, b"", Answer.RETRY, "http_409"),
            Refusal(429, b"", Answer.RETRY, "http_429"),
            Refusal(302, b"", Answer.CONFIG, "http_302"),
            Refusal(404, b"<html>", Answer.CONFIG, "http_404"),
            Refusal(502, b"<html>", Answer.AMBIGUOUS, "http_502"),
        ]
