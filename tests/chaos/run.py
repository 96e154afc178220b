"""The service, its customers and the nemesis, until all has come to rest."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.chaos.nemesis import Kept, Nemesis
from tests.chaos.proxy import proxy
from tests.chaos.verdict import Verdict, judge
from tests.service import Service, service
from worker.ledger import LedgerUnavailable, State

MOVING: Final = frozenset({State.QUEUED, State.CLAIMED, State.SENDING, State.RETRYING, State.PAUSED})
CONFIRM: Final = timedelta(seconds=20)  # until what nobody knows the end of is sent once more, unless told otherwise
REST_WITHIN: Final = 600  # seconds after the last harm
PEOPLE: Final = 60


@dataclass(frozen=True, slots=True)
class Run:
    """One seed's."""

    seed: int
    seconds: float
    nemesis: Nemesis
    verdict: Verdict


async def run(
    folder: Path,
    seed: int,
    stop: Callable[[Nemesis], bool],
    *,
    per_second: float,
    pause: tuple[float, float],
    confirm: timedelta = CONFIRM,
) -> Run:
    """Until `stop`, and until all has come to rest. The same seed does the same harm in the same order; what it meets
    is the machine's affair."""
    began = time.monotonic()
    dice = random.Random(seed)  # noqa: S311
    async with service(folder) as running, proxy(running.server.port, seed) as between:
        running.settings |= {
            "AUTOREPLY_REDIS_URL": f"redis://127.0.0.1:{between.port}/0",
            "AUTOREPLY_PUBLIC_URL": f"http://127.0.0.1:{running.port}",
            "AUTOREPLY_CONFIRM_WITHIN": f"{confirm.seconds}s",
        }
        kept = [Kept("receiver", running.serve), Kept("worker", running.work), Kept("worker", running.work)]
        nemesis = Nemesis(running, between, kept, random.Random(seed + 1))  # noqa: S311
        async with beside(*(each.keep() for each in kept)):
            await asyncio.sleep(3)
            async with beside(_talk(running, dice, per_second)):
                await nemesis.rage(lambda: stop(nemesis), pause)
            await nemesis.relent()
            await _rest(running, confirm)
            return Run(seed, time.monotonic() - began, nemesis, await judge(running, MOVING))


@asynccontextmanager
async def beside(*endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs them until the block is left, however it is left. What one of them raises is raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in endless]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _talk(running: Service, dice: random.Random, per_second: float) -> None:
    """Few people who write much, some of them with little time left."""
    number = 0
    while True:
        number += 1
        window = timedelta(seconds=dice.uniform(5, 40)) if dice.random() < 0.05 else timedelta(hours=24)
        sender = f"+1555{dice.randrange(PEOPLE):07}" if window > timedelta(hours=1) else f"+1666{number:07}"
        running.world.receive(sender, f"message-{number}", window=window)
        await asyncio.sleep(dice.expovariate(per_second))


async def _rest(running: Service, confirm: timedelta) -> None:
    """Until nothing moves, and nothing has for as long as it takes until what is unconfirmed is sent once more."""
    end, before, since = time.monotonic() + REST_WITHIN, None, time.monotonic()
    while time.monotonic() < end:
        arrived = all(message.state == "delivered" for message in running.world.conversations.messages)
        with suppress(LedgerUnavailable):  # on a busy machine
            states = await running.ledger.states()
            if states != before or not arrived or any(states[state] for state in MOVING):
                before, since = states, time.monotonic()
            elif time.monotonic() > since + 1.5 * confirm.total_seconds():
                return
        await asyncio.sleep(0.5)
