"""The bodies of Prelude's webhook events.

The inbound event is documented, and those of templates are. That replies emit `transactional.message.*` is not: their
`tx_` ids suggest it, and the fields are those of other transactional messages, less what only a template or an SMS has.
Note where the `tx_` id stands: in `id` of `created`, in `message_id` of all others (Prelude: Webhooks, delivery
statuses).
"""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Step, WebhookRequest
from bot.sandbox.providers.prelude.ids import new_id
from bot.sandbox.providers.prelude.sending import expiry
from bot.sandbox.rfc3339 import timestamp

Event = dict[str, Any]

_CUSTOMER = "0197a000-0000-7000-8000-000000000000"  # who is billed: one in the whole sandbox
_NOTHING = {"amount": "0", "currency": "EUR"}


def received(message: Inbound) -> Event:
    """A customer wrote."""
    payload = {
        "message_id": message.id,
        "channel": "whatsapp",
        "from": message.sender,
        "to": message.recipient,
        "content": {"text": message.text},
        "conversation": {"window_expires_at": timestamp(message.window_expires_at)},
    }
    return {
        "id": message.event_id,
        "type": "inbound.message.received",
        "payload": payload,
        "created_at": timestamp(message.at),
    }


def progressed(sent: Reply | Template, step: Step, at: int) -> Event:
    """It came one step further."""
    if step == "accepted":
        return _created(sent, at)
    return _submitted(sent, at) if step == "submitted" else _settled(sent, at)


def _created(sent: Reply | Template, at: int) -> Event:
    """It was accepted. A reply expires when the window does."""
    variables = sent.variables if isinstance(sent, Template) else {}
    own = {"id": sent.id, "to": sent.to, "expires_at": expiry(sent), "variables": variables, "fee": _NOTHING}
    return _event("created", sent, at, own)


def _submitted(sent: Reply | Template, at: int) -> Event:
    """It was handed to WhatsApp."""
    own = {"message_id": sent.id, "attempt_id": new_id("att", at), "type": "transactional", "channel": "whatsapp"}
    return _event("submitted", sent, at, own)


def _settled(sent: Reply | Template, at: int) -> Event:
    """It reached the phone, or never will: by its state."""
    own = {"id": new_id("dls", at), "message_id": sent.id, "price": _NOTHING, "status": sent.state}
    if sent.reason:
        own["reason"] = sent.reason
    return _event(sent.state, sent, at, own)


def _event(what: str, sent: Reply | Template, at: int, own: dict[str, Any]) -> Event:
    payload = {**own, "customer_uuid": _CUSTOMER, "created_at": timestamp(at)}
    if sent.correlation_id is not None:
        payload["correlation_id"] = sent.correlation_id
    if isinstance(sent, Template):
        payload["template_id"] = sent.template_id
    return {
        "id": new_id("evt", at),
        "type": f"transactional.message.{what}",
        "payload": payload,
        "created_at": timestamp(at),
    }


def request(url: str, event: Event) -> WebhookRequest:
    """What is posted; the signature comes with each attempt."""
    return WebhookRequest(url, json.dumps(event, ensure_ascii=False).encode())
