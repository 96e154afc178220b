"""The bodies of Prelude's webhook events.

The inbound event is documented. That replies emit `transactional.message.*` is not: their `tx_` ids suggest it, and
the fields are those of other transactional messages, less what only a template or an SMS has. Note where the `tx_` id
stands: in `id` of `created`, in `message_id` of all others (Prelude: Webhooks, delivery statuses).
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.ids import new_id, timestamp
from bot.sandbox.model import Inbound, Reply

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


def created(reply: Reply, at: int, expires_at: int) -> Event:
    """A reply was accepted; it expires when the window does."""
    own = {"id": reply.id, "to": reply.number, "expires_at": timestamp(expires_at), "variables": {}, "fee": _NOTHING}
    return _event("created", reply, at, own)


def submitted(reply: Reply, at: int) -> Event:
    """A reply was handed to WhatsApp."""
    own = {"message_id": reply.id, "attempt_id": new_id("att", at), "type": "transactional", "channel": "whatsapp"}
    return _event("submitted", reply, at, own)


def settled(reply: Reply, at: int) -> Event:
    """A reply reached the phone, or never will: by its state."""
    own = {"id": new_id("dls", at), "message_id": reply.id, "price": _NOTHING, "status": reply.state}
    if reply.reason:
        own["reason"] = reply.reason
    return _event(reply.state, reply, at, own)


def _event(what: str, reply: Reply, at: int, own: dict[str, Any]) -> Event:
    payload = {**own, "customer_uuid": _CUSTOMER, "created_at": timestamp(at)}
    if reply.correlation_id is not None:
        payload["correlation_id"] = reply.correlation_id
    return {
        "id": new_id("evt", at),
        "type": f"transactional.message.{what}",
        "payload": payload,
        "created_at": timestamp(at),
    }
