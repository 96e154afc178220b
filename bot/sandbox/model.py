"""What the sandbox remembers: a customer's message, a business's reply or template, and how each looks as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.sandbox.ids import timestamp

DAY: Final = 24 * 3600 * 10**9  # nanoseconds


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
class Sent:
    """Something that the business sent and the sandbox accepted."""

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
    def callback_url(self) -> str | None:
        """Where its delivery events go."""
        return self.request.get("callback_url")

    @property
    def correlation_id(self) -> str | None:
        """The sender's own name for it."""
        return self.request.get("correlation_id")

    def echo(self, *names: str) -> dict[str, Any]:
        """Its id and these fields of the request, if they were given."""
        return {"id": self.id, **{name: self.request[name] for name in names if self.request.get(name) is not None}}

    def told(self, kind: str) -> dict[str, Any]:
        """Every field of the request and what became of it."""
        fate = {"state": self.state, "reason": self.reason} if self.reason else {"state": self.state}
        return {**self.request, "kind": kind, "id": self.id, "created_at": timestamp(self.at), **fate}


@dataclass(frozen=True, slots=True)
class Reply(Sent):
    """A reply to one message."""

    @property
    def text(self) -> str:
        """What was said."""
        return str(self.request["text"])

    def as_response(self) -> dict[str, Any]:
        """The body of the 200 (Prelude: SendNotifyReplyResponse); optional fields only if they were given."""
        echoed = self.echo("to", "text", "reply_to", "callback_url", "correlation_id")
        return {**echoed, "created_at": timestamp(self.at)}

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it."""
        return self.told("reply")


@dataclass(frozen=True, slots=True)
class Template(Sent):
    """A message that Prelude and WhatsApp have approved: it needs no open window."""

    @property
    def template_id(self) -> str:
        return str(self.request["template_id"])

    @property
    def variables(self) -> dict[str, str]:
        """What the template's blanks are filled with. What stands around them, only Prelude knows."""
        return dict(self.request.get("variables") or {})

    @property
    def expires_at(self) -> str:
        """When it is not worth delivering any more: as it was asked for, or a day later."""
        return str(self.request.get("expires_at") or timestamp(self.at + DAY))

    def as_response(self) -> dict[str, Any]:
        """The body of the 200 (Prelude: Send a message)."""
        echoed = self.echo("to", "template_id", "callback_url", "correlation_id")
        moments = {"created_at": timestamp(self.at), "expires_at": self.expires_at}
        return {**echoed, "variables": self.variables, **moments}

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it."""
        return self.told("template")


Entry = Inbound | Reply | Template
