"""The bodies of Kaleyra's callbacks: one `value` of Meta's, and `extra_info` beside it (Kaleyra: Incoming message
webhook payload, contact message; Status update webhooks payload v2, sent)."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Step, WebhookRequest

SECOND: Final = 10**9  # nanoseconds
PHONE_NUMBER_ID: Final = "100000000000001"  # Meta's, of the business number
WABA_ID: Final = "300000000000001"  # of the business account at WhatsApp
MEDIA_URL: Final = "https://media.invalid/"  # + kind; the file itself there is not
WINDOW_EXPIRED: Final = "window_expired"

# Meta's codes for the words that all providers here understand (Kaleyra: Cloud API error codes).
REASONS: Final[Mapping[str, int]] = {
    WINDOW_EXPIRED: 131047,
    "unknown_recipient": 131026,
    "insufficient_balance": 131042,
}
OTHER_REASON: Final = 131000
NOT_SENT: Final = "network"  # Kaleyra could not hand it to Meta

Event = dict[str, Any]


def wamid(seed: bytes) -> str:
    """An id as WhatsApp writes them."""
    return f"wamid.{base64.b64encode(seed).decode()}"


def received(message: Inbound) -> Event:
    """A customer wrote."""
    said = {
        "from": message.sender[1:],
        "id": message.id,
        "timestamp": str(message.at // SECOND),
        "type": message.media or "text",
        message.media or "text": _content(message),
    }
    contact = {"profile": {"name": "Sam"}, "wa_id": message.sender[1:]}
    url = f"{MEDIA_URL}{message.media}" if message.media else ""
    about = {"media_url": url, "ref": "", "ref1": "", "ref2": "", "reply_to": ""}
    own = {"display_phone_number": message.recipient[1:]}
    return _enveloped(own, {"contacts": [contact], "messages": [said]}, about)


def _content(message: Inbound) -> Any:
    """What stands under the type's name (Meta: Webhooks, messages)."""
    match message.media:
        case None:
            return {"body": message.text}
        case "location":
            return {"latitude": 48.8584, "longitude": 2.2945}
        case "contacts":  # `phones` is one object in Kaleyra's sample, and not a list as Meta has it
            return [{"name": {"formatted_name": "Sam"}, "phones": {"phone": "+1 415 555 0123", "type": "MOBILE"}}]
        case _:
            caption = {"caption": message.text} if message.text else {}
            return {"id": "200000000000001", "mime_type": "application/octet-stream", "sha256": "", **caption}


def progressed(sent: Reply | Template, step: Step, at: int) -> Event:
    """It came one step further, as the number's callback profile hears of it."""
    name = "sent" if step == "submitted" else "not-sent" if sent.reason == NOT_SENT else step
    error = {"code": _code(sent.reason), "title": sent.reason, "message": sent.reason}
    status: Event = {
        "id": uuid.uuid5(uuid.NAMESPACE_URL, sent.id).hex,
        "status": name,
        "timestamp": str(at // SECOND),
        "recipient_id": sent.to[1:],
        **({"errors": [error]} if step == "failed" else {}),
    }
    message_id = wamid(sent.id.encode())
    about = {"message_id": message_id, "ref": sent.correlation_id or "", "ref1": "", "ref2": ""}
    return {**_enveloped({}, {"statuses": [status]}, about), "status": name, "message_id": message_id}


def _code(reason: str) -> int:
    return int(reason) if reason.isdecimal() else REASONS.get(reason, OTHER_REASON)


def _enveloped(metadata: Event, value: Event, extra_info: Event) -> Event:
    metadata = {**metadata, "phone_number_id": PHONE_NUMBER_ID}
    return {
        "meta_object": {
            "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
            "field": "messages",
        },
        "extra_info": {**extra_info, "trace_id": str(uuid.uuid4()), "waba_id": WABA_ID},
    }


def request(url: str, event: Event) -> WebhookRequest:
    """What is posted."""
    return WebhookRequest(url, json.dumps(event, ensure_ascii=False).encode())
