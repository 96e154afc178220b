"""What is wrong with the service as a whole, in two words and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from worker.bookshelf import Report, differing
from worker.ledger import AccountStatus, Status

LATE: Final = timedelta(seconds=10)  # of the sweeper, which comes twice a second
NEARLY_FULL: Final = 0.8  # of the server's memory: where the receiver stops taking messages in


@dataclass(frozen=True, slots=True)
class Badge:
    """One thing."""

    text: str  # in two words
    tone: Literal["warns", "bad"]  # how bad it is
    advice: str  # what it means, and what to do


def badges(status: Status, reports: Sequence[Report]) -> list[Badge]:
    """None where all is well."""
    found = [*_of_workers(status, reports)]
    found += [badge for account in status.accounts if (badge := _of_account(account))]
    return [*found, *_of_server(status)]


def _of_workers(status: Status, reports: Sequence[Report]) -> Iterator[Badge]:
    if not reports:
        yield Badge("no worker", "bad", "nothing is answered: start `autoreply work`")
    elif status.swept is None or status.now - status.swept > LATE:
        yield Badge("sweeper late", "bad", "what a crash leaves lies there: look at the workers' logs")
    if any(report.refusal for report in reports):
        yield Badge("book refused", "bad", "a worker's file has faults; the last good book is in force")
    if differing(reports):
        yield Badge("two books", "warns", "workers answer the same account by different books")


def _of_account(account: AccountStatus) -> Badge | None:
    if account.state == "held":
        return Badge(f"{account.name}: held", "warns", "an operator has paused it; its messages wait")
    if account.state == "paused":
        why = account.why or "?"
        return Badge(f"{account.name}: sending paused, {why}", "bad", "the provider refuses: its messages wait")
    return None


def _of_server(status: Status) -> Iterator[Badge]:
    if status.memory_limit and status.memory > NEARLY_FULL * status.memory_limit:
        yield Badge("Redis nearly full", "bad", "no new messages are taken in: give it more memory")
    if not status.append_only:
        yield Badge("not on disk", "warns", "a crash of Redis loses everything: set appendonly yes")
    elif status.append_only_fails:
        yield Badge("Redis cannot write", "bad", "its file could not be written: look at its disk")
