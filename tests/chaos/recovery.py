"""How long customers wait after one death, with nothing else wrong: trials, each from rest to rest."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.sandbox.model import Inbound
from tests.chaos.nemesis import Kept
from tests.chaos.run import beside
from tests.service import Service, service
from worker.ledger import LedgerUnavailable, State

LATENCY: Final = 0.5  # seconds that the provider takes, so that a death finds replies on their way
REDIS_AWAY: Final = timedelta(seconds=2)
PATIENCE: Final = 120  # seconds until what is still owed counts as lost
CONFIRMED_WITHIN: Final = 180  # and what is sent once more when no delivery event has come for two minutes


@dataclass
class Recovery:
    """Seconds until the last of the replies was out that were owed: of each trial one."""

    after_worker: list[float] = field(default_factory=list)  # from its kill -9
    after_redis: list[float] = field(default_factory=list)  # from its return
    held_up: int = 0  # replies owed, all trials together
    doubtful: list[Inbound] = field(default_factory=list)  # nobody knows whether they arrived: none of the above
    lost: int = 0  # of all of them


async def recover(folder: Path, seed: int, trials: int, *, per_second: float) -> Recovery:
    """`trials` deaths of one of two workers, and as many of Redis."""
    dice = random.Random(seed)  # noqa: S311
    found = Recovery()
    async with service(folder) as running:
        running.world.latency = LATENCY
        running.settings["AUTOREPLY_PUBLIC_URL"] = f"http://127.0.0.1:{running.port}"
        workers = [Kept("worker", running.work), Kept("worker", running.work)]
        kept = (Kept("receiver", running.serve), *workers)

        async def kill_worker() -> None:
            dice.choice(workers).signal(signal.SIGKILL)

        async def kill_redis() -> None:
            await running.kill_redis(down=REDIS_AWAY)

        async with beside(*(each.keep() for each in kept), _talk(running, dice, per_second)):
            await asyncio.sleep(5)
            for _ in range(trials):
                found.after_worker.append(await _trial(running, dice, found, kill_worker))
                found.after_redis.append(await _trial(running, dice, found, kill_redis))
            end = time.monotonic() + CONFIRMED_WITHIN
            while _unanswered(running, found.doubtful) and time.monotonic() < end:
                await asyncio.sleep(1)
            found.lost += len(_unanswered(running, found.doubtful))
    return found


async def _talk(running: Service, dice: random.Random, per_second: float) -> None:
    number = 0
    while True:
        number += 1
        running.world.receive(f"+1555{number:07}", f"message-{number}")
        await asyncio.sleep(dice.expovariate(per_second))


async def _trial(running: Service, dice: random.Random, found: Recovery, kill: Callable[[], Awaitable[None]]) -> float:
    """The workers that died before are up again by its end."""
    await kill()
    at = time.time()
    owed = _unanswered(running, running.world.conversations.messages)
    left, doubtful = await _answered(running, owed, PATIENCE)
    found.held_up += len(owed)
    found.doubtful += doubtful
    found.lost += len(left)
    recovered = time.time()
    await asyncio.sleep(dice.uniform(4, 6))
    return recovered - at


async def _answered(running: Service, owed: list[Inbound], seconds: float) -> tuple[list[Inbound], list[Inbound]]:
    """Waits until nothing more can be sent for them. What is left then, and those that are unconfirmed."""
    end = time.monotonic() + seconds
    while True:
        left = _unanswered(running, owed)
        doubtful = [message for message in left if await _is_unconfirmed(running, message)]
        left = [message for message in left if message not in doubtful]
        if not left or time.monotonic() > end:
            return left, doubtful
        await asyncio.sleep(0.1)


async def _is_unconfirmed(running: Service, message: Inbound) -> bool:
    try:
        record = await running.record(message)
    except LedgerUnavailable:
        return False
    return record is not None and record.state is State.UNCONFIRMED


def _unanswered(running: Service, messages: list[Inbound]) -> list[Inbound]:
    answered = {reply.reply_to for reply in running.world.conversations.replies}
    return [message for message in messages if message.id not in answered]
