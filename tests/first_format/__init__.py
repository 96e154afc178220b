"""The ledger of the first format: its own scripts (see README.md), called as its Python called them."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import redis.asyncio

from rules.model import Message
from tests.clocked import Clock
from tests.ledgers import key_of
from worker import keys
from worker.ledger.fields import milliseconds

HERE: Final = Path(__file__).parent
PAUSE: Final = timedelta(seconds=60)  # of a message whose account the provider refused


@dataclass(frozen=True)
class FirstClaim:
    """A message in the hands of one of its workers; also, with the number of the attempt, one that is being sent."""

    key: str
    fence: int
    attempt: int
    milliseconds: int = 0  # that the attempt may last


class FirstLedger:
    """It asked for no accounts, knew no turns, and claimed the message that it was rung for."""

    def __init__(self, store: redis.asyncio.Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._shared = (HERE / "header.lua").read_text() + (HERE / "shared.lua").read_text() + "now = call.at\n"

    async def take_in(self, message: Message) -> str:
        answer = await self._run(
            "take_in",
            id=key_of(message),
            account=message.account,
            event_id=message.event_id,
            conversation=f"{keys.CONVERSATION}{message.account}:{message.sender}",
            window=milliseconds(message.window_expires_at),
            fields={
                "account": message.account,
                "event_id": message.event_id,
                "message_id": message.id,
                "sender": message.sender,
                "recipient": message.recipient,
                "text": message.text,
                "sent_at": milliseconds(message.sent_at),
            },
        )
        return str(answer["what"])

    async def claim(self, key: str, owner: str) -> FirstClaim | None:
        answer = await self._run("claim", id=key, owner=owner)
        if "refused" in answer:
            return None
        return FirstClaim(key, int(answer["record"]["fence"]), int(answer["record"]["attempt"]))

    async def begin(self, claim: FirstClaim) -> FirstClaim | None:
        answer = await self._run(
            "begin",
            id=claim.key,
            fence=claim.fence,
            attempt=claim.attempt + 1,
            fields={**self._decided(), "rule": "greeting", "reply": "Hi!", "phrase": "hello"},
            remember={},
            fired={"fired:greeting": self._clock.ms},
        )
        if "refused" in answer:
            return None
        return FirstClaim(claim.key, claim.fence, claim.attempt + 1, answer["milliseconds"])

    async def stay_silent(self, claim: FirstClaim) -> bool:
        fields = {**self._decided(), "rule": None, "reply": None, "phrase": None, "reason": "no_rule"}
        return await self._settle(claim, "silent", fields, {"remember": {}})

    async def settle(self, attempt: FirstClaim, to: str, reason: str) -> bool:
        delay = {"retrying": timedelta(seconds=1), "paused": PAUSE}.get(to)
        rest: dict[str, Any] = {"remember": {}}
        if delay is not None:
            rest["delay"] = int(delay / timedelta(milliseconds=1))
        entry = {"correlation_id": f"{attempt.key}_{attempt.attempt}", "answer": to, "code": reason, "ms": 1}
        fields = {"reason": reason, "provider_id": None, f"attempt:{attempt.attempt}": json.dumps(entry)}
        return await self._settle(attempt, to, fields, rest)

    async def sweep(self) -> list[list[str]]:
        """The records that moved."""
        await self._store.delete(keys.SWEEPER)  # it lives by the server's own clock
        return list((await self._run("sweep"))["moved"])

    async def _settle(self, claim: FirstClaim, to: str, fields: dict[str, Any], rest: dict[str, Any]) -> bool:
        call = {"id": claim.key, "fence": claim.fence, "attempt": claim.attempt, "to": to, "fields": fields}
        return bool((await self._run("settle", **call, **rest))["settled"])

    def _decided(self) -> dict[str, Any]:
        return {"book": "v1", "actions": None, "shadows": None, "asked": "{}", "decided_at": self._clock.ms}

    async def _run(self, name: str, **call: Any) -> dict[str, Any]:
        script = self._shared + (HERE / f"{name}.lua").read_text()
        call |= {"clock": "2026-01-01T00:00:00.000000Z", "at": self._clock.ms}
        answer = await cast(Awaitable[str], self._store.eval(script, 0, json.dumps(call)))
        found: dict[str, Any] = json.loads(answer)
        return found
