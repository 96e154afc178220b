"""The replies that were sent through a provider that tells nothing by itself: when to ask it, and for which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from worker import keys
from worker.ledger.scripts import Scripts, ask_redis


@dataclass(frozen=True, slots=True)
class Question:
    """What became of this attempt?"""

    key: str  # of the message
    attempt: int
    provider_id: str  # of the reply


class Asking:
    """Raises LedgerUnavailable from every method."""

    _redis: Redis
    _scripts: Scripts

    async def next_question(self, account: str, every: timedelta, rate: float | None = None) -> Question | None:
        """The right to ask for a reply of the account now; None where none is due, or the latest question was asked
        less than `every` ago, by any process. `rate`: requests of the account a second, at most, replies included."""
        call: dict[str, Any] = {"account": account, "every": _whole(every), **({} if rate is None else {"rate": rate})}
        answer = await self._scripts.run("next_question", **call)
        if "refused" in answer:
            return None
        return Question(answer["id"], answer["attempt"], answer["provider_id"])

    async def ask_later(self, account: str, wait: timedelta) -> None:
        """No process asks anything of the account before that."""
        await ask_redis(self._redis.set(keys.ASKED + account, 1, px=_whole(wait)))


def _whole(span: timedelta) -> int:
    return max(1, int(span / timedelta(milliseconds=1)))
