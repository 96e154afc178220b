"""What stands in the ledger at one moment, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from worker.ledger.record import State

AccountState = Literal["open", "held", "paused"]


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """What is known of one account."""

    name: str  # in the settings
    ready: int  # messages that wait for a worker
    oldest: datetime | None  # when the one of them came that has waited longest
    closes: datetime | None  # when the first of their windows does
    held: datetime | None  # since when an operator has paused it
    why: str | None  # the provider's code, where its refusals have
    since: datetime | None  # when they began
    until: datetime | None  # when it is probed

    @property
    def state(self) -> AccountState:
        if self.held:
            return "held"
        return "paused" if self.until else "open"


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at a glance."""

    now: datetime  # the server's
    states: dict[State, int]
    accounts: tuple[AccountStatus, ...]
    counts: dict[str, int]
    rings: int  # on RQ's queue
    notices: int  # to the operator's endpoints, not delivered yet
    swept: datetime | None  # when the latest sweep was
    server: str  # its name and version
    append_only: bool  # whether it writes down what it holds as it changes
    append_only_fails: bool  # whether it could not, the last time
    memory: int  # bytes
    memory_limit: int  # 0 where there is none
    epoch: datetime | None  # when this server first held what is ours
