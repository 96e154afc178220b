"""The seam: what one provider is to a sandbox that knows none. `providers/` has a player for each.

RefusedError   a request of the business is not accepted: the client hears a code, and nothing is sent
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.sandbox.bodies import parse_json
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template

Step = Literal["accepted", "submitted", "delivered", "read", "failed"]  # submitted: handed to WhatsApp


class RefusedError(Exception):
    """A reply or a template is not accepted. A provider whose errors say more raises a subclass of its own."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.code = code  # the provider's
        self.status = status  # None: the one that the provider has for the code


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One event on its way to a receiver, the same on each attempt but for what `Provider.sign` adds."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Sections:
    """Of an account in the accounts file. Secrets stand there as `env:NAME`."""

    inbound: Mapping[str, Any] | None  # None where the provider sends no webhooks
    reply: Mapping[str, Any]
    secrets: Mapping[str, str]  # by the names of the variables that hold them


@dataclass(frozen=True, slots=True)
class Posted:
    """A request of the business, authorized and read."""

    body: Any  # what `Provider.read` made of it
    headers: Mapping[str, str]
    path: Mapping[str, str]  # the parameters in the path
    business_number: str  # the sandbox's, E.164
    at: int  # nanoseconds since the epoch


# Checks a request and gives what is sent, and the answer if nothing goes wrong. What is sent may be an entry of before,
# where the provider knows the request again by its key: it is not sent twice. Raises RefusedError.
Accept = Callable[[Posted, Conversations], tuple[Reply | Template, Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A POST of the provider's that sends something. Faults and latency are for these."""

    path: str  # as starlette writes it
    accept: Accept


class Provider(ABC):
    """One account at one provider."""

    window: ClassVar[timedelta] = timedelta(hours=24)  # from a customer's message, in which replies are allowed
    unreadable: ClassVar[str]  # the error code of a body that cannot be read
    rate_limited: ClassVar[str]  # the error code of 429

    @classmethod
    @abstractmethod
    def create(cls, token: str, key_file: Path) -> Self:
        """For the command line. A private key, where there is one, is read from the file, or made and kept there.

        Raises OSError or ValueError if the file cannot be used.
        """

    @abstractmethod
    def sections(self, base_url: str) -> Sections:
        """What an accounts file says to take the sandbox at `base_url` for this account."""

    def settings(self, base_url: str) -> Mapping[str, str]:
        """The same as environment variables, where these alone can say it."""
        return {}

    # customers write

    @abstractmethod
    def new_ids(self, at: int) -> tuple[str, str]:
        """Of a message and of its event. Providers whose events have no id repeat the message's."""

    @abstractmethod
    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        """What announces the message; None if the provider has no event for it."""

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        """Headers that prove one attempt to deliver."""
        return {}

    def taken(self, status: int) -> bool:
        """Whether this answer ends the attempts to deliver."""
        return 200 <= status < 300

    # the business answers

    @abstractmethod
    def endpoints(self) -> Sequence[Endpoint]:
        """Where replies and templates are posted."""

    @abstractmethod
    def authorize(self, request: HTTPConnection) -> None:
        """By the head of the request, before its body is read. Raises RefusedError."""

    def read(self, raw: bytes) -> Any:
        """The body of a request, decoded: JSON, unless overridden. Raises BadBodyError."""
        return parse_json(raw)

    @abstractmethod
    def refusal(self, refused: RefusedError) -> Response:
        """The answer to a request that is not accepted. Faults bring codes that no document names."""

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        """What tells the business of this step: nothing, where it must ask, or where a later step is told with it.

        `failed` has its reason in `sent.reason`: a word of `faults`, or a code of the provider's.
        """
        return ()

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        """What else the provider serves, such as the state of a reply. No fault touches these."""
        return ()
