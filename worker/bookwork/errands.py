"""Work that takes longer than somebody waits for a page: it goes on beside, says how far it is, and its result lies
ready for a while. In this process alone, and in its memory: results quote what customers wrote."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from worker import log
from worker.bookwork.apart import ApartFailed
from worker.ledger import LedgerUnavailable

LIES_READY: Final = timedelta(minutes=30)
MOST: Final = 20  # at a time; of more, those that ended first are forgotten
MOST_RUNNING: Final = 5

Kind = Literal["compare", "unmatched"]


class TooMany(Exception):
    """Others run; begin it again when one has ended."""


@dataclass(slots=True)
class Errand:
    """One piece of work."""

    id: str
    kind: Kind
    about: str  # the book's id
    began: datetime
    data: bytes = field(default=b"", repr=False)  # the changed book that it is about
    began_with: str = ""  # the version with which that change began
    step: str = "begins"  # what it does now, for a person
    done: int = 0  # messages
    of: int = 0  # messages that there may be at most
    failed: str | None = None  # why nothing came of it
    result: Any = None
    ended: float | None = field(default=None, repr=False)  # by the clock of this process

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def percent(self) -> int:
        return 100 if not self.running else min(99, 100 * self.done // self.of) if self.of else 0


class Errands:
    """Those of this process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._errands: dict[str, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self,
        kind: Kind,
        about: str,
        work: Callable[[Errand], Awaitable[Any]],
        *,
        data: bytes = b"",
        began_with: str = "",
    ) -> Errand:
        """Begins it, and returns at once. Raises TooMany."""
        self._forget()
        if sum(errand.running for errand in self._errands.values()) >= MOST_RUNNING:
            raise TooMany("others look through messages right now; begin it again in a moment")
        errand = Errand(secrets.token_hex(8), kind, about, datetime.now(UTC), data, began_with)
        self._errands[errand.id] = errand
        task = asyncio.create_task(self._run(errand, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return errand

    def find(self, errand_id: str) -> Errand | None:
        self._forget()
        return self._errands.get(errand_id)

    def latest(self, kind: Kind, about: str) -> Errand | None:
        """The one that was begun last."""
        self._forget()
        fitting = (each for each in reversed(self._errands.values()) if (each.kind, each.about) == (kind, about))
        return next(fitting, None)

    def drop(self) -> None:
        """Ends them all, and forgets what came of them: somebody is to be forgotten whom they may quote."""
        for task in self._tasks:
            task.cancel()
        self._errands.clear()

    async def aclose(self) -> None:
        """Ends them all."""
        tasks = list(self._tasks)
        self.drop()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, errand: Errand, work: Callable[[Errand], Awaitable[Any]]) -> None:
        try:
            errand.result = await work(errand)
        except (ApartFailed, LedgerUnavailable) as error:
            errand.failed = str(error)
        except Exception as error:  # the edge of the task: nobody else would ever hear of it
            errand.failed = f"a fault of autoreply ({type(error).__name__})"
            log.logger().error("errand_failed", kind=errand.kind, error=type(error).__name__)
        finally:
            errand.ended = self._clock()

    def _forget(self) -> None:
        now = self._clock()
        ended = {each.id: each.ended for each in self._errands.values() if each.ended is not None}
        old = [number for number, at in ended.items() if now - at > LIES_READY.total_seconds()]
        for number in [*old, *list(ended)[: max(0, len(self._errands) - MOST)]]:
            self._errands.pop(number, None)
