"""The accounts that a worker process sends for, and each one's share of it: a slow provider holds up only itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rules import Book
from worker.outbound import Polled, Sender


@dataclass(frozen=True, slots=True)
class Account:
    """One business number, as far as sending goes."""

    sender: Sender
    current_book: Callable[[], Book]  # gives the one in force
    max_per_second: float | None = None  # replies; None is as many as there are
    callback_url: str | None = None  # where the provider's delivery events shall go


FIRST: Final = 32  # of an account, under way at once, until its provider has shown what it takes
FEWEST: Final = 4
SHRINK: Final = 0.7
SHRINK_EVERY: Final = 1.0  # seconds: what was under way when it shrank says nothing new


class Limit:
    """How many messages of an account are under way at once. One more with each that its provider takes, while half of
    what is allowed is, so twice as many after each round trip; fewer where it fails, hangs or asks to wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = float(min(FIRST, most))
        self._shrunk = 0.0

    @property
    def now(self) -> int:
        return int(self._now)

    def heard(self, *, kept_up: bool, under_way: int) -> None:
        """What the provider answered, and how many were under way then."""
        if kept_up:
            if under_way >= self.now / 2:  # as TCP has it: the others are asked for, or being written down
                self._now = min(self._now + 1, self._most)
        elif time.monotonic() - self._shrunk > SHRINK_EVERY:
            self._shrunk = time.monotonic()
            self._now = max(self._now * SHRINK, min(FEWEST, self._most))


class Accounts:
    """Which of them may take one more message now."""

    def __init__(self, accounts: Mapping[str, Account], concurrency: int) -> None:
        """`accounts` by name; `concurrency`: messages under way at a time in this process."""
        self._accounts = accounts
        self._concurrency = concurrency
        self._reserve = concurrency // (2 * len(accounts)) if len(accounts) > 1 else 0
        self._busy: Counter[str] = Counter()
        self._limits = {name: Limit(concurrency) for name in accounts}
        self._polled = {name for name, account in accounts.items() if isinstance(account.sender, Polled)}

    def __getitem__(self, name: str) -> Account:
        return self._accounts[name]

    def __len__(self) -> int:
        return len(self._accounts)

    def with_template(self) -> list[str]:
        """Those whose books have something for a window that has closed."""
        return [name for name, account in self._accounts.items() if account.current_book().window_closed is not None]

    def is_polled(self, name: str) -> bool:
        """Whether its provider must be asked what becomes of a reply."""
        return name in self._polled

    def open(self) -> list[str]:
        """Those that have room: each has some to itself, and the rest is whoever's comes first."""
        return [
            name
            for name, limit in self._limits.items()
            if self._busy[name] < limit.now and (self._busy[name] < self._reserve or self._has_room_beside(name))
        ]

    def capacity(self) -> int:
        """How many may be under way at once, of all together."""
        return min(self._concurrency, sum(limit.now for limit in self._limits.values()))

    def heard(self, name: str, *, kept_up: bool) -> None:
        """What its provider answered: whether it keeps up with what is sent."""
        self._limits[name].heard(kept_up=kept_up, under_way=self._busy[name])

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
