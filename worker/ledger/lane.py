"""Round trips shared: the scripts that are asked for while one trip is under way go together on the next.

A trip never waits to fill. Under load one trip carries dozens of calls, so the ledger needs one connection and a burst
of webhooks cannot use up a pool. Calls of one script go to it together: what it costs to begin is paid once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


_Together = Mapping[str, Sequence[_Call]]  # by the script's hash


class Lane:
    """Runs scripts that answer each of their arguments with a text or an error. Nothing comes between the calls of one
    script on a trip, but each stands for itself."""

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
