"""Round trips shared: the scripts that are asked for while one trip is under way go together on the next.

A trip never waits to fill. Under load one trip carries dozens of calls, so the ledger needs one connection and a burst
of webhooks cannot use up a pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, RedisError

AT_MOST: Final = 128  # calls on one trip: the last one waits for the answers of all


@dataclass(frozen=True, slots=True)
class _Call:
    script: AsyncScript
    argument: str
    answer: asyncio.Future[str]


class Lane:
    """Runs scripts of one argument. Each is atomic by itself; those of one trip are not so together."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: list[_Call] = []
        self._driving: asyncio.Task[None] | None = None

    async def run(self, script: AsyncScript, argument: str) -> str:
        """The script's answer. Raises RedisError or OSError; then it may have run all the same."""
        call = _Call(script, argument, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._driving is None:
            self._driving = asyncio.create_task(self._drive())
        return await call.answer

    async def aclose(self) -> None:
        if self._driving is not None:
            self._driving.cancel()
            await asyncio.gather(self._driving, return_exceptions=True)

    async def _drive(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
                # Whoever gave up waiting has been told that nothing is known to be written: so nothing is.
                await self._trip([call for call in batch if not call.answer.done()])
        finally:
            self._driving = None

    async def _trip(self, calls: Sequence[_Call]) -> None:
        try:
            answers = await self._ask(calls)
            missing = [call for call, answer in zip(calls, answers, strict=True) if isinstance(answer, NoScriptError)]
            if missing:  # the server was restarted, or is new to us
                await self._teach(missing)
                again = iter(await self._ask(missing))
                answers = [next(again) if isinstance(answer, NoScriptError) else answer for answer in answers]
        except (RedisError, OSError) as error:
            answers = [error] * len(calls)
        for call, answer in zip(calls, answers, strict=True):
            _deliver(call.answer, answer)

    async def _ask(self, calls: Sequence[_Call]) -> list[str | Exception]:
        if not calls:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.evalsha(call.script.sha, 0, call.argument)
            return list(await pipeline.execute(raise_on_error=False))

    async def _teach(self, calls: Sequence[_Call]) -> None:
        for script in {call.script.sha: call.script.script for call in calls}.values():
            await self._redis.script_load(script)


def _deliver(future: asyncio.Future[str], answer: str | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
