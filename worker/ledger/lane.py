"""Round trips shared: the scripts that are asked for while one trip is under way go together on the next.

A trip never waits to fill. Under load one trip carries dozens of calls, so the ledger needs one connection and a burst
of webhooks cannot use up a pool. Calls of one script go to it together: what it costs to begin is paid once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, RedisError

AT_MOST: Final = 64  # calls on one trip: the last one waits for the answers of all, and so do other clients


@dataclass(frozen=True, slots=True)
class _Call:
    script: AsyncScript
    argument: str
    answer: asyncio.Future[str]
    until: float  # of the loop's clock: how long it is waited for


_Together = Mapping[str, Sequence[_Call]]  # by the script's hash


class Lane:
    """Runs scripts that answer each of their arguments with a text or an error. Nothing comes between the calls of one
    script on a trip, but each stands for itself."""

    def __init__(self, redis: Redis, patience: timedelta) -> None:
        """`patience` is how long one call may take, the wait for its trip included."""
        self._redis = redis
        self._patience = patience.total_seconds()
        self._waiting: list[_Call] = []
        self._driving: asyncio.Task[None] | None = None
        self._asked: deque[_Call] = deque()  # the longest ago first; those that have their answer among them
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, script: AsyncScript, argument: str) -> str:
        """The script's answer. Raises RedisError, OSError or TimeoutError; then it may have run all the same."""
        loop = asyncio.get_running_loop()
        call = _Call(script, argument, loop.create_future(), loop.time() + self._patience)
        self._waiting.append(call)
        if self._driving is None:
            self._driving = asyncio.create_task(self._drive())
        self._watch(call)
        return await call.answer

    # One timer for all calls: one for each would take as long as all the rest of a call.

    def _watch(self, call: _Call) -> None:
        while self._asked and self._asked[0].answer.done():
            self._asked.popleft()
        self._asked.append(call)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(call.until, self._give_up)

    def _give_up(self) -> None:
        """On those that have waited too long; and looks again when the next will have."""
        loop = asyncio.get_running_loop()
        while self._asked and (self._asked[0].answer.done() or self._asked[0].until <= loop.time()):
            _deliver(self._asked.popleft().answer, TimeoutError())
        self._timer = loop.call_at(self._asked[0].until, self._give_up) if self._asked else None

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._driving is not None:
            self._driving.cancel()
            await asyncio.gather(self._driving, return_exceptions=True)

    async def _drive(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
                # Whoever gave up waiting has been told that nothing is known to be written: so nothing is.
                batch = [call for call in batch if not call.answer.done()]
                try:
                    await self._trip(batch)
                finally:  # nobody waits for what will not come
                    for call in batch:
                        call.answer.cancel()
        finally:
            self._driving = None

    async def _trip(self, calls: Sequence[_Call]) -> None:
        together: dict[str, list[_Call]] = {}
        for call in calls:
            together.setdefault(call.script.sha, []).append(call)
        try:
            answers = await self._ask(together)
            missing = {sha: together[sha] for sha, answer in answers.items() if isinstance(answer, NoScriptError)}
            if missing:  # the server was restarted, or is new to us
                await self._teach(missing)
                answers |= await self._ask(missing)
        except (RedisError, OSError) as error:
            answers = dict.fromkeys(together, error)
        for sha, answer in answers.items():
            each = [answer] * len(together[sha]) if isinstance(answer, Exception) else answer
            for call, one in zip(together[sha], each, strict=True):
                _deliver(call.answer, one)

    async def _ask(self, together: _Together) -> dict[str, list[str | Exception] | Exception]:
        if not together:
            return {}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for sha, calls in together.items():
                pipeline.evalsha(sha, 0, *(call.argument for call in calls))
            return dict(zip(together, await pipeline.execute(raise_on_error=False), strict=True))

    async def _teach(self, together: _Together) -> None:
        for calls in together.values():
            await self._redis.script_load(calls[0].script.script)


def _deliver(future: asyncio.Future[str], answer: str | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
