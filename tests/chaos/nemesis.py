"""Does harm, as its seed says."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from bot.sandbox.faults import Fault
from tests.chaos.proxy import Proxy
from tests.service import Service

What = Literal["receiver", "worker", "redis"]

# A refusal of the account is not among them: it pauses for a minute, as it shall, and would be all that is measured.
FAULTS: Final = (
    Fault(kind="rate_limit", seconds=1, count=100),
    Fault(kind="error", code="internal", count=100),
    Fault(kind="status", status=502, accepts=False, count=100),
    Fault(kind="status", status=503, count=100),
    Fault(kind="hang", seconds=30, count=2),
    Fault(kind="hang", seconds=3, count=100),
    Fault(kind="drop", count=100),
    Fault(kind="reset", accepts=False, count=100),
    Fault(kind="garbage", count=100),
)


@dataclass
class Kept:
    """A process that is started again whenever it ends, as an init system does."""

    what: What
    start: Callable[[], Awaitable[asyncio.subprocess.Process]]
    process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                self.process = await self.start()
            except AssertionError:  # it was killed before it was up
                continue
            await self.process.wait()

    def signal(self, number: int) -> bool:
        """Whether there was a process to hear it."""
        if self.process is None or self.process.returncode is not None:
            return False
        try:
            self.process.send_signal(number)
        except ProcessLookupError:  # it has ended, and nobody has been told yet
            return False
        return True


@dataclass
class Nemesis:
    """Its victims, and what it has done."""

    service: Service
    proxy: Proxy
    kept: list[Kept]
    random: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    harm: Counter[str] = field(default_factory=Counter)

    async def rage(self, stop: Callable[[], bool], pause: tuple[float, float]) -> None:
        """Does one thing after another until `stop` says so, with pauses of so many seconds between."""
        deeds = {
            self._kill: 12,
            self._end: 3,
            self._freeze: 2,
            self._kill_redis: 2,
            self._freeze_redis: 1,
            self._swallow: 3,
            self._slow_redis: 1,
            self._break_provider: 4,
        }
        while not stop():
            deed = self.random.choices(list(deeds), list(deeds.values()))[0]
            self.harm[deed.__name__.strip("_")] += 1
            await deed()
            await asyncio.sleep(self.random.uniform(*pause))

    async def relent(self) -> None:
        """All is well again."""
        self.service.world.faults.clear()
        self.proxy.swallow = self.proxy.delay = 0.0

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)

    async def _end(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        victim = self.random.choice(self.kept)
        if victim.signal(number):
            self.kills[victim.what] += 1

    async def _freeze(self) -> None:
        victim = self.random.choice(self.kept)
        if victim.signal(signal.SIGSTOP):
            await asyncio.sleep(self.random.uniform(0.5, 20 if self.random.random() < 0.2 else 3))
            victim.signal(signal.SIGCONT)

    async def _kill_redis(self) -> None:
        self.kills["redis"] += 1
        await self.service.kill_redis(down=timedelta(seconds=self.random.choice([0.1, 0.5, 2, 5])))

    async def _freeze_redis(self) -> None:
        process = self.service.server._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self.random.uniform(0.5, 4))
        process.send_signal(signal.SIGCONT)

    async def _swallow(self) -> None:
        self.proxy.swallow = 0.05
        await asyncio.sleep(self.random.uniform(0.5, 2))
        self.proxy.swallow = 0.0

    async def _slow_redis(self) -> None:
        self.proxy.delay = 0.2
        await asyncio.sleep(self.random.uniform(0.5, 2))
        self.proxy.delay = 0.0

    async def _break_provider(self) -> None:
        # For a time, and not for so many requests: an account that its breaker has shut asks seldom.
        self.service.world.faults.add(self.random.choice(FAULTS))
        await asyncio.sleep(self.random.uniform(0.5, 3))
        self.service.world.faults.clear()
