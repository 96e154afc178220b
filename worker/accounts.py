"""The accounts that a worker process sends for, and each one's share of it: a slow provider holds up only itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rules import Book
from worker.outbound import Sender


@dataclass(frozen=True, slots=True)
class Account:
    """One business number, as far as sending goes."""

    sender: Sender
    current_book: Callable[[], Book]  # gives the one in force
    max_per_second: float | None = None  # replies; None is as many as there are
    callback_url: str | None = None  # where the provider's delivery events shall go


class Accounts:
    """Which of them may take one more message now."""

    def __init__(self, accounts: Mapping[str, Account], concurrency: int) -> None:
        """`accounts` by name; `concurrency`: messages under way at a time in this process."""
        self._accounts = accounts
        self._concurrency = concurrency
        self._reserve = concurrency // (2 * len(accounts)) if len(accounts) > 1 else 0
        self._busy: Counter[str] = Counter()

    def __getitem__(self, name: str) -> Account:
        return self._accounts[name]

    def with_template(self) -> list[str]:
        """Those whose books have something for a window that has closed."""
        return [name for name, account in self._accounts.items() if account.current_book().window_closed is not None]

    def open(self) -> list[str]:
        """Those that have room: each has some to itself, and the rest is whoever's comes first."""
        return [name for name in self._accounts if self._busy[name] < self._reserve or self._has_room_beside(name)]

    @contextmanager
    def busy(self, name: str) -> Iterator[None]:
        """While one of its messages is under way."""
        self._busy[name] += 1
        try:
            yield
        finally:
            self._busy[name] -= 1

    def _has_room_beside(self, name: str) -> bool:
        kept = sum(max(0, self._reserve - self._busy[other]) for other in self._accounts if other != name)
        return self._concurrency - self._busy.total() > kept
