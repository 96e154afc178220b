"""What the sandbox remembers: a customer's message and a business's reply, and how both look as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.ids import timestamp


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message that a customer wrote, and whether the receiver took its webhook."""

    id: str  # im_...
    event_id: str  # evt_..., the same on each delivery
    sender: str  # E.164
    recipient: str  # the business number, E.164
    text: str
    at: int  # nanoseconds since the epoch
    window_expires_at: int  # nanoseconds since the epoch
    state: Literal["sending", "retrying", "delivered", "lost"] = "sending"  # lost: all attempts are used up
    attempts: int = 0  # deliveries that failed

    @property
    def number(self) -> str:
        """Whose conversation it belongs to."""
        return self.sender

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it."""
        return {
            "kind": "message",
            "id": self.id,
            "event_id": self.event_id,
            "from": self.sender,
            "to": self.recipient,
            "text": self.text,
            "created_at": timestamp(self.at),
            "window_expires_at": timestamp(self.window_expires_at),
            "state": self.state,
            "attempts": self.attempts,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply that the sandbox accepted."""

    id: str  # tx_...
    request: Mapping[str, Any]  # the body as it was posted, fields that no document names included
    at: int  # nanoseconds since the epoch
    state: Literal["sent", "delivered", "failed"] = "sent"
    reason: str = ""  # why it failed

    @property
    def number(self) -> str:
        """Whose conversation it belongs to."""
        return str(self.request["to"])

    @property
    def text(self) -> str:
        """What was said."""
        return str(self.request["text"])

    @property
    def callback_url(self) -> str | None:
        """Where its delivery events go."""
        return self.request.get("callback_url")

    @property
    def correlation_id(self) -> str | None:
        """The sender's own name for it."""
        return self.request.get("correlation_id")

    def as_response(self) -> dict[str, Any]:
        """The body of the 200 (Prelude: SendNotifyReplyResponse); optional fields only if they were given."""
        named = ("to", "text", "reply_to", "callback_url", "correlation_id")
        echoed = {name: self.request[name] for name in named if self.request.get(name) is not None}
        return {"id": self.id, **echoed, "created_at": timestamp(self.at)}

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it: every field of the request and what became of it."""
        fate = {"state": self.state, "reason": self.reason} if self.reason else {"state": self.state}
        return {**self.request, "kind": "reply", "id": self.id, "created_at": timestamp(self.at), **fate}


Entry = Inbound | Reply
