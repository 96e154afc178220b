"""What one provider brings to the questions that all are asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from bot.inbound import Event, Inbound, Webhook
from bot.sandbox.provider import Provider
from worker.outbound import Answer, Reply, Sender, TemplateMessage

ACCOUNT: Final = "shop"
NUMBER: Final = "+14155550100"  # the business
CUSTOMER: Final = "+14155550199"
URL: Final = "https://bot.example.com/webhooks/shop"  # of the webhook


@dataclass(frozen=True, slots=True)
class Request:
    """What an adapter sends."""

    path: str  # with its query
    body: Any  # of JSON, decoded; of a form, its fields
    headers: Mapping[str, str] = field(default_factory=dict)  # these at least, in lower case


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the provider's that is no success, and what it means."""

    status: int
    body: bytes
    answer: Answer
    code: str  # as logs and records call it


class Subject(ABC):
    """One adapter, or a pair of them."""

    provider: ClassVar[str]
    refuses_longer: ClassVar[bool] = True  # than its sender's LONGEST

    # in

    def inbound(self) -> Inbound | None:
        """The adapter as an account's settings make it; None where the provider has no webhooks."""
        return None

    def told(self) -> Sequence[tuple[str, Webhook, Sequence[Event]]]:
        """Authentic webhooks, each with a name and what it tells: messages, delivery events, and what is ignored."""
        return ()

    def forged(self) -> Mapping[str, Webhook]:
        """Webhooks that are not the provider's: altered, truncated, encoded anew, signed by another or not at all."""
        return {}

    def unreadable(self) -> Mapping[str, bytes]:
        """Bodies that are no event of the provider's, though they may be authentic."""
        return {}

    # out

    @abstractmethod
    def sender(self, base_url: str) -> Sender:
        """The adapter as an account's settings make it, at another address."""

    @abstractmethod
    def sandbox(self) -> Provider:
        """The player that believes what `sender` says of itself, and whose webhooks `inbound` believes."""

    @abstractmethod
    def request(self, reply: Reply) -> Request:
        """What goes out for it, word by word as the documents have it."""

    @abstractmethod
    def template_request(self, message: TemplateMessage) -> Request:
        """The same with a template."""

    @abstractmethod
    def accepted(self) -> tuple[int, bytes, str]:
        """The documents' own success: its status, its body, and the provider's id in it."""

    @abstractmethod
    def refusals(self) -> Sequence[Refusal]:
        """One for each documented code, and those of a proxy in between."""
