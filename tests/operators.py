"""What tests of what operators see and change do again and again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import redis.asyncio

from rules.model import Message
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, key_of, state_of, sweep
from worker.ledger import Attempt, Delivery, DeliveryEvent, Ledger, Notice, Operating, State

NUMBER = "+33612345678"  # of whom `a_message` is
TOLD: Final[Mapping[State, Delivery]] = {State.DELIVERED: "delivered", State.READ: "read", State.FAILED: "failed"}


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


async def populate(ledger: Ledger, operating: Operating) -> Mapping[State, Message]:
    """A message in each state, each of another person. `ledger` has the short times of tests; takes 1 second."""
    found = {State.GIVEN_UP: await _given_up(ledger)}
    states = (State.SENT, State.REJECTED, State.UNCONFIRMED, State.RETRYING, State.WINDOW_CLOSED)
    for state in states:
        found[state], _ = await ended(ledger, state, _from(state))
    for state, told in TOLD.items():
        found[state], attempt = await ended(ledger, State.SENT, _from(state))
        await ledger.deliver(DeliveryEvent(key_of(found[state]), attempt.number, told, "131026"))
    found[State.SILENT] = _from(State.SILENT)
    await ledger.stay_silent(await claimed(ledger, found[State.SILENT]), SILENCE, "v1")
    found[State.DISCARDED], _ = await ended(ledger, State.REJECTED, _from(State.DISCARDED))
    await operating.discard(key_of(found[State.DISCARDED]))
    found[State.TEMPLATED] = _from(State.TEMPLATED)
    claim = await claimed(ledger, found[State.TEMPLATED])
    templated = await ledger.begin(claim, SILENCE, "v1", template=True)
    assert templated is not None
    await ledger.settle(templated, State.TEMPLATED, {"reason": "accepted"})
    found[State.SENDING] = _from(State.SENDING)
    await begun(ledger, found[State.SENDING])
    found[State.CLAIMED] = _from(State.CLAIMED)
    await claimed(ledger, found[State.CLAIMED])
    # The last to be claimed: its account is held from here on.
    found[State.PAUSED], _ = await ended(ledger, State.PAUSED, _from(State.PAUSED))
    found[State.QUEUED] = _from(State.QUEUED)
    await ledger.take_in(found[State.QUEUED])
    states_now = {state: await state_of(ledger, message) for state, message in found.items()}
    assert states_now == {state: state for state in State}
    return found


def _from(state: State) -> Message:
    """One of a person of its own, so that none waits for another."""
    number = list(State).index(state)
    return a_message(f"where is parcel {number}", sender=f"+3361234{number:04}")


async def _given_up(ledger: Ledger) -> Message:
    """Its workers died of it. Nothing else may wait meanwhile."""
    message = _from(State.GIVEN_UP)
    await ledger.take_in(message)
    for owner in "abc":
        assert await ledger.claim(owner, ACCOUNTS) is not None
        await sweep(ledger, ledger.times.lease)
    return message
