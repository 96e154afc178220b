"""What all that operators change have in common: one script that checks before it sets, and writes the audit trail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from redis.asyncio import Redis

from worker import keys
from worker.ledger.overview import Overview
from worker.ledger.people import is_written, keyed_hash
from worker.ledger.scripts import ask_redis
from worker.ledger.times import Times

Why = Literal[
    "unknown",  # there is no such message, account or person
    "newer",  # the message is of a newer version
    "damaged",  # the message's record is
    "state",  # the message is in another state
    "arrived",  # a delivery event says that the reply was sent
    "template",  # it was answered with a template, which is not repeated
    "window",  # nothing may be sent any more
    "opted_out",
    "held",  # the account is paused already
    "open",  # nothing is paused, or handed off
    "quoted",  # there is no message of the person's that could be answered
    "same",  # it is so already
    "token",  # another text was sent with it
]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a command."""

    what: str
    on: str  # the message's key, the account, or the person's keyed hash
    refused: Why | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)  # `before`: the state; how many `records` went; ...


class Changing(Overview):
    """Raises LedgerUnavailable from every method. Then the change may have been made: ask again, and it is refused."""

    def __init__(self, redis: Redis, times: Times, *, who: str, accounts: Sequence[str]) -> None:
        """`who` is for the audit trail; `accounts` are those that the settings name."""
        super().__init__(redis, times, accounts)
        self._who = who

    def acting_as(self, who: str) -> Self:
        """The same, on the same connections, for another person. It need not be closed."""
        other = copy(self)
        other._who = who
        return other

    async def _run(self, script: str, what: str, subject: str, **call: Any) -> Result:
        if not is_written(*call.values(), *call.get("conversations", ())):
            return Result(what, "?", "unknown")
        facts = await self._scripts.run(script, who=self._who, what=what, **call)
        return Result(what, subject, facts.pop("refused", None), facts)

    async def _hashed(self, number: str) -> str:
        await ask_redis(self._redis.set(keys.AUDIT_KEY, secrets.token_hex(16), nx=True))
        return keyed_hash(str(await ask_redis(self._redis.get(keys.AUDIT_KEY))), number)
