"""What tests of what operators see and change do again and again."""

from __future__ import annotations

from datetime import timedelta

import redis.asyncio

from rules.model import Message
from tests.conftest import a_message
from tests.ledgers import HELLO, SILENCE, claimed
from worker.ledger import Attempt, Ledger, Notice, State

NUMBER = "+33612345678"  # of whom `a_message` is


async def begun(ledger: Ledger, message: Message) -> Attempt:
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    return attempt


async def ended(ledger: Ledger, state: State, message: Message | None = None) -> tuple[Message, Attempt]:
    message = message or a_message()
    attempt = await begun(ledger, message)
    await ledger.settle(attempt, state, {"reason": "because"}, delay=timedelta(hours=1))
    return message, attempt


async def everything(store: redis.asyncio.Redis) -> dict[str, str]:
    """All keys of the server, with what is in them."""
    found = {}
    async for key in store.scan_iter("*"):
        match await store.type(key):
            case "hash":
                value: object = await store.hgetall(key)
            case "zset":
                value = await store.zrange(key, 0, -1)
            case "list":
                value = await store.lrange(key, 0, -1)
            case "set":
                value = await store.smembers(key)
            case "stream":
                value = await store.xrange(key)
            case _:
                value = await store.get(key)
        found[key] = str(value)
    return found


async def traces(store: redis.asyncio.Redis, *words: str) -> list[str]:
    return [key for key, value in (await everything(store)).items() for word in words if word in key or word in value]


async def a_life(ledger: Ledger) -> None:
    """Messages of one person in all kinds of states, with whatever else is written for them."""
    for state in (State.SENT, State.REJECTED, State.UNCONFIRMED, State.SILENT):
        message = a_message("the secret text")
        claim = await claimed(ledger, message)
        notice = Notice("desk", f'{{"data": {{"sender": "{NUMBER}", "text": "the secret text"}}}}')
        if state is State.SILENT:
            await ledger.stay_silent(claim, SILENCE, "v1", notices=[notice])
        else:
            attempt = await ledger.begin(claim, HELLO, "v1", notices=[notice])
            assert attempt is not None
            await ledger.settle(attempt, state, {}, delay=timedelta(seconds=1))
    for _ in range(3):
        await ledger.take_in(a_message("the secret text"))
