"""The bodies of Meta's webhooks (Meta: messages webhook reference; status messages webhook reference).

One change in each request: Meta may batch, and does when a receiver was away. Non-ASCII characters are escaped, as Meta
signs them.
"""

from __future__ import annotations

import json
from typing import Any, Final

from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Step, WebhookRequest
from bot.sandbox.providers.meta.errors import told_later

Value = dict[str, Any]

_ACCOUNT: Final = "102290129340398"  # of the documents' examples
_DISPLAYED: Final = "15550783881"
_FILE: Final = {"id": "1003383421387256", "sha256": "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI="}
_MIME: Final = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg; codecs=opus",
    "document": "application/pdf",
    "sticker": "image/webp",
}
_STATUS: Final[dict[Step, str]] = {"submitted": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}


def received(message: Inbound) -> Value:
    """A customer wrote."""
    number = message.sender[1:]
    kind = message.media or "text"
    written = {
        "from": number,
        "from_user_id": _user_id(number),
        "id": message.id,
        "timestamp": _seconds(message.at),
        "type": kind,
        kind: _content(kind, message.text),
    }
    return {"contacts": [_contact(message.sender)], "messages": [written]}


def progressed(sent: Reply | Template, step: Step, at: int) -> Value:
    """It came one step further."""
    status: dict[str, Any] = {"id": sent.id, "status": _STATUS[step], "timestamp": _seconds(at)}
    status["recipient_id" if sent.to.startswith("+") else "recipient_user_id"] = sent.to.removeprefix("+")
    if sent.correlation_id is not None:
        status["biz_opaque_callback_data"] = sent.correlation_id
    if step == "failed":
        status["errors"] = [told_later(sent.reason)]
    elif step != "read":
        billed = isinstance(sent, Template)
        category = "utility" if billed else "service"
        status["pricing"] = {"billable": billed, "pricing_model": "PMP", "category": category}
    return {"contacts": [_contact(sent.to)], "statuses": [status]}


def request(url: str, phone_number_id: str, number: str, told: Value) -> WebhookRequest:
    """What is posted; the signature comes with each attempt."""
    metadata = {"display_phone_number": number.removeprefix("+") or _DISPLAYED, "phone_number_id": phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **told}
    change = {"value": value, "field": "messages"}
    body = {"object": "whatsapp_business_account", "entry": [{"id": _ACCOUNT, "changes": [change]}]}
    return WebhookRequest(url, json.dumps(body).encode())


def _content(kind: str, text: str) -> Any:
    match kind:
        case "text":
            return {"body": text}
        case "location":
            return {"latitude": 37.44, "longitude": -122.16}
        case "contacts":
            return [{"name": {"formatted_name": "A friend", "first_name": "A friend"}}]
        case _:
            captioned = {"caption": text} if text else {}
            return {**captioned, "mime_type": _MIME.get(kind, "application/octet-stream"), **_FILE}


def _contact(to: str) -> dict[str, Any]:
    number = {"wa_id": to[1:], "user_id": _user_id(to[1:])} if to.startswith("+") else {"user_id": to}
    return {"profile": {"name": "A customer"}, **number}


def _user_id(number: str) -> str:
    """Everybody has one, and the number besides until they take a username (Meta: Business-scoped user ids)."""
    return f"US.{number.rjust(20, '1')}"


def _seconds(at: int) -> str:
    return str(at // 10**9)
