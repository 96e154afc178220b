"""What calls answer about the service as a whole. The comment behind a field is its description in the document."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from typing_extensions import TypedDict

from bot.dashboard.api.answers import AnyMessage, ConversationLine
from bot.dashboard.api.schemas import Fields, Time
from bot.dashboard.badges import Badge
from worker.ledger import AccountState, AccountStatus, NeedKind, RqView, State, TrailEntry


class Account(TypedDict):
    """One account, and what waits in it."""

    state: AccountState  # held: an operator has paused it; paused: the provider's refusals have


class Worker(TypedDict):
    """A worker process, and one of its books."""

    host: str  # where it runs
    pid: int  # of its process
    book: str  # the version in force
    rules: int  # of that book
    refuses: str | None  # the version that its file holds instead


class Redis(TypedDict):
    """The server that holds all of it."""

    server: str  # its name and version
    memory: int  # bytes in use
    memory_limit: int | None  # bytes; none where there is no limit
    append_only: bool  # whether it writes down what it holds as it changes
    swept: Time | None  # when the sweeper came last


class Status(TypedDict):
    """Everything at a glance."""

    now: Time  # by the server's clock
    badges: list[Annotated[dict[str, Any], Fields(Badge)]]  # what is wrong; none where all is well
    states: dict[State, int]  # how many messages are in each
    counts: dict[str, int]  # what happened how often, by what it is, as long as this Redis holds it
    accounts: list[Annotated[dict[str, Any], Fields(AccountStatus, Account)]]  # by name
    tightest: list[AnyMessage]  # those without an answer whose windows close first
    workers: list[Worker]  # those that are alive
    redis: Redis  # how it is
    rings: int  # on RQ's queue
    notices: int  # to endpoints of yours, not delivered yet


class Minute(TypedDict):
    """What happened in one minute, and how long people waited."""

    at: Time  # when it began
    counts: dict[str, int]  # by what is counted: `taken_in`, each state that is an end, and more
    p50: float | None  # seconds within which half of the replies went out; none where none did
    p95: float | None  # and within which 95 of a hundred did


class Series(TypedDict):
    """Minute by minute."""

    minutes: list[Minute]  # oldest first, without a gap; the last one is not over yet


class Reason(TypedDict):
    """Messages with the same reason."""

    reason: str | None  # one of ours, or the provider's code
    number: int  # of the messages; of the latest of their kind


class Need(TypedDict):
    """Messages of one kind that wait for a person."""

    kind: NeedKind  # the state that they are in
    number: int  # of the messages
    exact: bool  # else there are at least so many
    groups: list[Reason]  # those with most first
    first: list[AnyMessage]  # the latest change first


class HandedOff(TypedDict):
    """Conversations that a person answers now."""

    number: int  # of the conversations
    unanswered: list[ConversationLine]  # the first 50 that no person has answered since, the tightest windows first
    first: list[ConversationLine]  # of the others, the one that the book answers soonest, first


class ClosingSoon(TypedDict):
    """Messages without an answer whose windows close within the hour."""

    number: int  # of the messages
    first: list[AnyMessage]  # the one whose window closes soonest, first


class Needs(TypedDict):
    """What waits for a person."""

    needs: list[Need]  # one of each kind
    handed_off: HandedOff  # what a person has already
    closing: ClosingSoon  # what will be too late


Queue: TypeAlias = Annotated[dict[str, Any], Fields(RqView)]


class Job(TypedDict):
    """One of RQ's: a ring for a message."""

    message: str  # its key
    status: str | None  # as RQ has it; none where RQ has forgotten it
    enqueued_at: str | None  # a time as RQ writes it
    started_at: str | None  # a time as RQ writes it
    worker: str | None  # the name of the one that has it
    failed_of: str | None  # the end of its traceback; none for a viewer


class Jobs(TypedDict):
    """A page of RQ's jobs."""

    jobs: list[Job]  # those next in the queue, or those that leave a registry last, first
    number: int  # of all of them
    next: int | None  # the `start` of the next page; none where nothing is left


class Audit(TypedDict):
    """A page of what operators did."""

    entries: list[Annotated[dict[str, Any], Fields(TrailEntry)]]  # the latest first
    next: str | None  # the `after` of the next page; none where nothing is left
