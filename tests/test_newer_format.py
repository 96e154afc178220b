"""What a newer version wrote is left to it: not claimed, not moved, not set aside; and nobody waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import pytest
import redis.asyncio

from rules.model import Message
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, key_of, state_of
from tests.test_turns import claim, sent, taken_in
from worker import keys, queue
from worker.ledger import Ledger, State
from worker.ledger.fields import milliseconds
from worker.ledger.operating import Operating

NEWER: Final = "3"
HOUR: Final = timedelta(hours=1)


async def newer(ledger: Ledger, store: redis.asyncio.Redis, message: Message) -> str:
    """Takes one in as a newer version might, with fields and perhaps a state that this one does not know."""
    await taken_in(ledger, message)
    await store.hset(keys.RECORD + key_of(message), mapping={"format": NEWER, "mood": "good"})
    return keys.RECORD + key_of(message)


async def sweep_often(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await asyncio.sleep(ledger.times.ring_after.total_seconds() + 0.02)
    for _ in range(3):
        await store.delete(keys.SWEEPER)
        await ledger.sweep(when_unconfirmed="resend")


async def test_it_is_not_claimed_and_the_next_one_is(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    record = await newer(ledger, store, a_message(window=HOUR))
    before = await store.hgetall(record)
    mine = a_message(sender="+49151")
    await taken_in(ledger, mine)
    assert (await claim(ledger)).record.message.id == mine.id
    assert await ledger.claim("b", ACCOUNTS) is None
    assert await store.hgetall(record) == before
    assert await store.zcard(keys.READY + "prelude") == 1


@pytest.mark.parametrize("state", ["queued", "claimed", "sending", "retrying", "paused", "unconfirmed", "dreaming"])
async def test_no_sweep_changes_it(ledger: Ledger, store: redis.asyncio.Redis, state: str) -> None:
    message = a_message(window=timedelta(milliseconds=1))
    record = await newer(ledger, store, message)
    await store.zrem(keys.STATE + "queued", key_of(message))
    await store.zadd(keys.STATE + state, {key_of(message): milliseconds(message.sent_at)})
    await store.zadd(keys.DUE, {key_of(message): 1})
    await store.hset(record, "state", state)
    await store.hdel(record, "account", "window")
    before = await store.hgetall(record)
    await sweep_often(ledger, store)
    assert await store.hgetall(record) == before
    for where in (keys.STATE + state, keys.DUE, keys.READY + "prelude"):
        assert await store.zscore(where, key_of(message)) is not None
    assert "record_set_aside" not in await ledger.counts()


async def test_it_is_not_taken_up_where_it_stands_nowhere_else(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    record = await newer(ledger, store, message)
    await store.delete(keys.READY + "prelude", keys.LINE + "prelude:+33612345678", queue.QUEUE_KEY)
    await store.hdel(keys.CONVERSATION + "prelude:+33612345678", "turn")
    before = await store.hgetall(record)
    await sweep_often(ledger, store)
    assert await ledger.claim("a", ACCOUNTS, rung=key_of(message)) is None
    assert await store.hgetall(record) == before
    assert await store.zscore(keys.STATE + "queued", key_of(message)) is not None
    assert not await store.exists(keys.LINE + "prelude:+33612345678")
    assert await store.llen(queue.QUEUE_KEY) == 0


@pytest.mark.parametrize("state", ["queued", "sending", "dreaming"])
async def test_nobody_waits_behind_it(ledger: Ledger, store: redis.asyncio.Redis, state: str) -> None:
    first, second, third = a_message(), a_message(), a_message()
    record = await newer(ledger, store, first)
    await store.hset(record, "state", state)
    before = await store.hgetall(record)
    await taken_in(ledger, second, third)
    for message in (second, third):
        ours = await claim(ledger)
        assert ours.record.message.id == message.id
        await sent(ledger, ours)
    assert await store.hgetall(record) == before
    assert await store.zscore(keys.LINE + "prelude:+33612345678", key_of(first)) is not None


async def test_it_is_folded_into_no_burst(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await taken_in(ledger, a_message())
    await newer(ledger, store, a_message())
    assert (await claim(ledger)).behind == ()


async def test_an_account_is_probed_though_it_is_ready_before_all_others(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message(window=HOUR)
    await newer(ledger, store, message)
    mine = a_message(sender="+49151")
    await taken_in(ledger, mine)
    await store.delete(queue.QUEUE_KEY)
    await store.hset(keys.ACCOUNT + "prelude", mapping={"until": "1", "why": "unauthorized"})
    await sweep_often(ledger, store)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(mine)]


async def test_operators_are_told_to_use_the_newer_command(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    await newer(ledger, store, message)
    operating = Operating(store, ledger.times, who="ana", accounts=ACCOUNTS)
    assert (await operating.discard(key_of(message))).refused == "newer"
    assert (await operating.resend(key_of(message))).refused == "newer"
    assert await state_of(ledger, message) == State.QUEUED
