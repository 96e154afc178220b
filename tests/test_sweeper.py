"""The sweeper: what should be moving and is not is rung for again, and nothing else is."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import redis.asyncio
import structlog

from rules import parse
from tests.adapters import prelude_sender
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed, key_of, state_of, sweep
from worker import keys, queue
from worker.accounts import Account, Accounts
from worker.connection import connect
from worker.ledger import Claim, Ledger, State, Times
from worker.secret import Secret
from worker.sweeper import sweep_forever


async def test_a_lost_ring_is_rung_again(ledger: Ledger, store: redis.asyncio.Redis, times: Times) -> None:
    message = a_message()
    await ledger.take_in(message)
    await store.delete(queue.QUEUE_KEY, queue.JOB_PREFIX + key_of(message))
    await sweep(ledger, times.ring_after)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(message)]
    assert await ledger.claim("a", ACCOUNTS) is not None


async def test_a_backlog_is_not_rung_for_twice(ledger: Ledger, store: redis.asyncio.Redis, times: Times) -> None:
    messages = [a_message(sender=f"+49{n}") for n in range(20)]
    for message in messages:
        await ledger.take_in(message)
    for _ in range(3):
        await sweep(ledger, times.ring_after)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(message) for message in messages]


async def test_a_ring_lost_in_front_of_a_backlog_is_rung_again(
    ledger: Ledger, store: redis.asyncio.Redis, times: Times
) -> None:
    lost, behind = a_message(), a_message(sender="+4915112345678")
    await ledger.take_in(lost)
    await ledger.take_in(behind)
    await store.lpop(queue.QUEUE_KEY)  # into a worker that died
    await sweep(ledger, times.ring_after)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == [key_of(behind), key_of(lost)]


async def test_a_claim_of_the_dead_is_handed_on(ledger: Ledger, times: Times) -> None:
    message = a_message()
    await claimed(ledger, message)
    await sweep(ledger, times.lease)
    assert await state_of(ledger, message) == State.QUEUED
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert claim.record.fence == 2


async def test_a_message_that_kills_its_worker_three_times_is_given_up(ledger: Ledger, times: Times) -> None:
    message = a_message()
    await ledger.take_in(message)
    for owner in ("a", "b", "c"):
        assert await ledger.claim(owner, ACCOUNTS) is not None
        await sweep(ledger, times.lease)
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (record.state, record.reason) == (State.GIVEN_UP, "crashed")


async def test_those_that_were_in_hand_with_a_message_that_kills_are_not_given_up_with_it(
    ledger: Ledger, times: Times
) -> None:
    """The worker takes what is ready and dies, whenever the one is among it; else it sends."""
    poison, *others = (a_message(sender=f"+49{n}") for n in range(4))
    for message in (poison, *others):
        await ledger.take_in(message)
    for _ in range(12):
        in_hand = [claim async for claim in ready(ledger)]
        if key_of(poison) not in {claim.record.key for claim in in_hand}:
            for claim in in_hand:
                assert await ledger.begin(claim, HELLO, "v1") is not None
            await sweep(ledger)
        else:
            await sweep(ledger, times.lease)
    assert await state_of(ledger, poison) == State.GIVEN_UP
    assert {await state_of(ledger, message) for message in others} <= {State.SENDING, State.UNCONFIRMED}


async def ready(ledger: Ledger) -> AsyncIterator[Claim]:
    while claim := await ledger.claim(uuid.uuid4().hex, ACCOUNTS):
        yield claim


async def test_an_attempt_of_the_dead_is_unconfirmed_and_not_sent_again(
    ledger: Ledger, store: redis.asyncio.Redis, times: Times
) -> None:
    message = a_message(window=timedelta(milliseconds=700))
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await store.delete(queue.QUEUE_KEY)
    for _ in range(3):
        await sweep(ledger, times.send_timeout / 4)
    assert await state_of(ledger, message) == State.UNCONFIRMED
    assert await store.llen(queue.QUEUE_KEY) == 0
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_a_due_retry_is_rung_for(ledger: Ledger) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.RETRYING, {"reason": "http_429"}, delay=timedelta(milliseconds=100))
    assert await ledger.claim("b", ACCOUNTS) is None
    await sweep(ledger, timedelta(milliseconds=100))
    assert await ledger.claim("b", ACCOUNTS) is not None


async def test_one_sweep_at_a_time_is_enough(ledger: Ledger, times: Times) -> None:
    message = a_message()
    await claimed(ledger, message)
    await asyncio.sleep(times.lease.total_seconds() + 0.1)
    sweeps = await asyncio.gather(*(ledger.sweep() for _ in range(10)))
    assert sorted(len(swept.moved) for swept in sweeps) == [0] * 9 + [1]


async def test_after_a_sweep_nobody_sweeps_for_a_while(
    redis_url: Secret, store: redis.asyncio.Redis, times: Times
) -> None:
    ledger = Ledger(connect(redis_url, decode=True, connections=2), replace(times, sweep_every=timedelta(minutes=1)))
    message = a_message()
    await ledger.take_in(message)
    await ledger.sweep()
    await store.delete(queue.QUEUE_KEY)
    await store.zadd(keys.DUE, {key_of(message): 1})
    assert (await ledger.sweep()).moved == ()
    assert 0 < await store.pttl(keys.SWEEPER) <= 60_000
    await store.delete(keys.SWEEPER)  # the minute is over
    assert [moved.key for moved in (await ledger.sweep()).moved] == [key_of(message)]
    await ledger.aclose()


async def test_records_that_are_gone_are_forgotten_by_the_sweeper(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    await store.zadd(keys.DUE, {"prelude_gone": 1})
    await store.zadd(keys.STATE + "sent", {"prelude_old": 1})
    await sweep(ledger)
    assert await store.zcard(keys.DUE) == 0
    assert await store.zcard(keys.STATE + "sent") == 0


async def test_a_state_of_a_newer_version_is_left_to_its_own_sweeper(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    await store.hset(keys.RECORD + "prelude_new", "state", "templating")
    await store.zadd(keys.DUE, {"prelude_new": 1})
    await sweep(ledger)
    due = await store.zscore(keys.DUE, "prelude_new")
    assert due is not None
    assert due > 1


async def test_a_redis_that_lost_its_data_is_told_of(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    nobody = parse(b"version: 1\nrules: [{name: a, when: anything, reply: b}]", "book.yaml")
    accounts = Accounts({"prelude": Account(prelude_sender("http://127.0.0.1:1"), lambda: nobody)}, 1)
    with structlog.testing.capture_logs() as logs:
        sweeping = asyncio.create_task(sweep_forever(ledger, accounts, "hold"))
        await asyncio.sleep(0.3)
        assert logs == []
        await store.flushall()
        async with asyncio.timeout(5):
            while not logs:
                await asyncio.sleep(0.05)
        sweeping.cancel()
    assert [(line["event"], line["log_level"]) for line in logs] == [("redis_lost_its_data", "error")]


@pytest.mark.parametrize("field", ["account", "conversation", "window", "sent_at"])
async def test_a_damaged_record_is_set_aside_and_holds_up_nobody(
    ledger: Ledger, store: redis.asyncio.Redis, times: Times, field: str
) -> None:
    """Wherever it is met: among what is due, what is ready, and what stands before others of its conversation."""
    due, ready, first, behind, well = (
        a_message(sender=sender) for sender in ("+4911", "+4922", "+4933", "+4933", "+4944")
    )
    await claimed(ledger, due)
    for message in (ready, first, behind, well):
        await ledger.take_in(message)
    for message in (due, ready, first):
        await store.hdel(keys.RECORD + key_of(message), field)
    for _ in range(3):
        await sweep(ledger, times.lease)
    claims = [await ledger.claim(owner, ACCOUNTS) for owner in "bcd"]
    assert {claim.record.key for claim in claims if claim} == {key_of(behind), key_of(well)}
    assert (await ledger.counts())["record_set_aside"] >= 3
