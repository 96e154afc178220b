"""How replies go out: one file a provider, and what the rest of the worker may know of any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from worker.ledger import Delivery
from worker.secret import Secret


class Answer(StrEnum):
    """What a provider's answer means for the message: what the worker does next."""

    ACCEPTED = "accepted"
    WINDOW = "window"  # the 24 hours are over, says the provider
    PERMANENT = "permanent"  # never: trying again cannot help
    RETRY = "retry"  # later; this time nothing was sent
    CONFIG = "config"  # never on this account until somebody mends it
    AMBIGUOUS = "ambiguous"  # the request left and nobody knows what became of it


@dataclass(frozen=True, slots=True)
class Reply:
    """One text to one person, in answer to one message."""

    to: str  # the message's sender
    text: str
    quotes: str  # the provider's id of the message
    correlation_id: str  # comes back in delivery events
    callback_url: str | None = None  # where delivery events go
    # The same for all attempts of which one alone may send something; None: no other has this one's correlation id.
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """A message that the provider has approved, for a window that has closed."""

    to: str
    id: str  # the template's
    variables: Mapping[str, str]
    correlation_id: str
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt to send."""

    answer: Answer
    code: str  # the provider's error code, or ours; stable, fit for a log
    status: int | None = None  # of HTTP; None where no answer came
    provider_id: str | None = None  # of the reply, where it was accepted
    request_id: str | None = None  # the provider's, for their support
    retry_after: timedelta | None = None  # where the provider named a time
    is_personal: bool = False  # it says nothing of anybody but this person


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of the operator's that rules may have told of something. It may hold a token: nobody is shown it."""

    url: str = field(repr=False)
    secrets: tuple[Secret, ...]  # each signs, so that one can be replaced by another


class Sender(Protocol):
    """Sends for one account."""

    Options: ClassVar[type[BaseModel]]  # what the account's settings say of it
    # Whether a request that comes again with the same key, within a day, sends nothing more: then a reply that nobody
    # knows the end of is simply sent again.
    IDEMPOTENT: ClassVar[bool]

    @property
    def LONGEST(self) -> int:  # noqa: N802  mostly a constant of the class, but an account's settings may say it
        """Characters of one text; a longer reply goes out in parts."""
        ...

    @classmethod
    def connect(cls, options: Any, *, number: str | None, connections: int) -> Self:
        """`options` are of the type above; `number` is that of the business, where the settings know it."""
        ...

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        """Tries once and ends within `allowed`. Raises nothing: every end is an Outcome."""
        ...

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        """The same with a template."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Examinable(Protocol):
    """Its provider can be asked whether it would take our replies, without sending one."""

    async def examine(self, allowed: timedelta) -> Outcome:
        """ACCEPTED where the credentials are good. Raises nothing."""
        ...


@runtime_checkable
class Limited(Protocol):
    """Its provider has a rate of its own, which holds where the account names none."""

    PER_SECOND: ClassVar[float]  # requests of an account, whatever they are about


@runtime_checkable
class Bound(Protocol):
    """Its provider takes replies only to messages that it brought itself, by its own ids of them."""

    BOUND_TO: ClassVar[Sequence[str]]  # the inbound adapters that have these ids


@dataclass(frozen=True, slots=True)
class Looked:
    """What its provider says, asked for a reply that was accepted."""

    what: Delivery | None = None  # None: nothing was learnt
    code: str = ""  # the provider's, where it failed
    wait: timedelta | None = None  # nothing of the account shall be asked for so long


@runtime_checkable
class Polled(Protocol):
    """Its provider tells what became of a reply only where it is asked."""

    EVERY: ClassVar[timedelta]  # between two questions of an account, whatever they are about

    async def look_up(self, provider_id: str, allowed: timedelta) -> Looked:
        """Asks once. Raises nothing."""
        ...
