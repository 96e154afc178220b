"""What the sandbox remembers: a customer's message, a business's reply or template, and how each looks as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.rfc3339 import timestamp


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message that a customer wrote, and whether the receiver took its webhook."""

    id: str  # the provider's
    event_id: str  # the same on each delivery
    sender: str  # E.164
    recipient: str  # the business number, E.164
    text: str  # with media, the caption
    at: int  # nanoseconds since the epoch
    window_expires_at: int  # nanoseconds since the epoch
    # lost: all attempts are used up; unannounced: the provider has no webhook for it
    state: Literal["sending", "retrying", "delivered", "lost", "unannounced"] = "sending"
    attempts: int = 0  # deliveries that failed
    media: str | None = None  # such as `image`; the file itself there is not

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
            "media": self.media,
            "created_at": timestamp(self.at),
            "window_expires_at": timestamp(self.window_expires_at),
            "state": self.state,
            "attempts": self.attempts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Something that the business sent and the sandbox accepted, in no provider's words but those of `request`."""

    id: str  # the provider's
    to: str  # E.164
    at: int  # nanoseconds since the epoch
    expires_at: int  # nanoseconds since the epoch; when it is not worth delivering any more
    request: Mapping[str, Any]  # the body as it was posted, fields that no document names included
    callback_url: str | None = None  # where its delivery events go, if the request said so
    correlation_id: str | None = None  # the sender's own name for it
    state: Literal["sent", "delivered", "read", "failed"] = "sent"
    reason: str = ""  # why it failed
    failing: str = ""  # why it will fail: nobody is told before it does

    @property
    def number(self) -> str:
        """Whose conversation it belongs to."""
        return self.to

    def told(self, kind: str, **own: object) -> dict[str, Any]:
        """What is the same for all kinds; what the business did not say is left out."""
        said = {"callback_url": self.callback_url, "correlation_id": self.correlation_id, **own}
        fate = {"state": self.state, "reason": self.reason} if self.reason else {"state": self.state}
        return {
            "kind": kind,
            "id": self.id,
            "to": self.to,
            **{name: value for name, value in said.items() if value is not None},
            "created_at": timestamp(self.at),
            **fate,
            "request": self.request,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Sent):
    """A text to a customer in an open window."""

    text: str
    reply_to: str | None = None  # the message that is quoted; not every provider quotes

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it."""
        return self.told("reply", text=self.text, reply_to=self.reply_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Sent):
    """A message that the provider and WhatsApp have approved: it needs no open window."""

    template_id: str
    variables: Mapping[str, str]  # what fills the template's blanks; what stands around them, only the provider knows

    def as_json(self) -> dict[str, Any]:
        """As the control API and the phone see it."""
        return self.told("template", template_id=self.template_id, variables=self.variables)


Entry = Inbound | Reply | Template
