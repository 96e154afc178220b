"""Shared round trips: few trips for many calls, and each call with its own answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError, ResponseError

from worker.connection import connect
from worker.ledger.lane import AT_MOST, Lane
from worker.secret import Secret

PATIENCE = timedelta(seconds=5)


class Counting(redis.asyncio.Redis):
    """Counts its trips."""

    trips = 0

    def pipeline(self, *arguments: Any, **options: Any) -> Pipeline:
        self.trips += 1
        return super().pipeline(*arguments, **options)


@pytest.fixture
async def counting(redis_url: Secret) -> AsyncIterator[Counting]:
    pool = redis.asyncio.ConnectionPool.from_url(redis_url.reveal(), decode_responses=True)
    client = Counting(connection_pool=pool)
    yield client
    await pool.disconnect()
    await client.aclose()


async def test_what_is_asked_during_one_trip_goes_together_on_the_next(counting: Counting) -> None:
    lane, echo = Lane(counting, PATIENCE), counting.register_script("return ARGV")
    await lane.run(echo, "the script is known from here on")
    counting.trips = 0
    answers = await asyncio.gather(*(lane.run(echo, str(n)) for n in range(3 * AT_MOST)))
    assert answers == [str(n) for n in range(3 * AT_MOST)]
    assert counting.trips == 3


async def test_a_call_that_fails_fails_alone(counting: Counting) -> None:
    lane, echo = Lane(counting, PATIENCE), counting.register_script("return ARGV")
    broken = counting.register_script("return {redis.pcall('NONSENSE')}")
    answers = await asyncio.gather(
        lane.run(echo, "a"), lane.run(broken, ""), lane.run(echo, "b"), return_exceptions=True
    )
    assert (answers[0], answers[2]) == ("a", "b")
    assert isinstance(answers[1], ResponseError)


async def test_a_script_that_fails_as_a_whole_fails_all_its_calls_and_no_others(counting: Counting) -> None:
    lane, echo = Lane(counting, PATIENCE), counting.register_script("return ARGV")
    broken = counting.register_script("error('no')")
    answers = await asyncio.gather(
        lane.run(broken, "a"), lane.run(echo, "b"), lane.run(broken, "c"), return_exceptions=True
    )
    assert [isinstance(answer, ResponseError) for answer in answers] == [True, False, True]


async def test_the_calls_of_one_script_cost_one_command(counting: Counting, store: redis.asyncio.Redis) -> None:
    lane, echo = Lane(counting, PATIENCE), counting.register_script("return ARGV")
    await lane.run(echo, "the script is known from here on")
    before = (await store.info("commandstats"))["cmdstat_evalsha"]["calls"]
    await asyncio.gather(*(lane.run(echo, str(n)) for n in range(AT_MOST)))
    assert (await store.info("commandstats"))["cmdstat_evalsha"]["calls"] == before + 1


async def test_scripts_that_the_server_does_not_know_are_taught_and_run_once_each(
    counting: Counting, store: redis.asyncio.Redis
) -> None:
    lane = Lane(counting, PATIENCE)
    scripts = [counting.register_script(f"return {{tostring(redis.call('INCR', '{name}'))}}") for name in ("a", "b")]
    for round_ in ("1", "2"):
        await store.script_flush()
        assert await asyncio.gather(*(lane.run(script, "") for script in scripts)) == [round_] * 2


async def test_whoever_gave_up_before_the_trip_is_left_behind(counting: Counting, store: redis.asyncio.Redis) -> None:
    lane, count = Lane(counting, PATIENCE), counting.register_script("return {redis.call('INCR', 'count')}")
    first = asyncio.create_task(lane.run(count, ""))
    await asyncio.sleep(0)
    late = asyncio.create_task(lane.run(count, ""))
    await asyncio.sleep(0)
    late.cancel()
    await first
    await asyncio.sleep(0.1)
    assert await store.get("count") == "1"


async def test_a_server_that_is_away_is_an_error_for_all_and_later_calls_try_anew() -> None:
    lane_redis = connect(Secret("redis://127.0.0.1:1"), decode=True, connections=1)
    lane, echo = Lane(lane_redis, PATIENCE), lane_redis.register_script("return {1}")
    for _ in range(2):
        answers = await asyncio.gather(*(lane.run(echo, "") for _ in range(5)), return_exceptions=True)
        assert all(isinstance(answer, RedisError) for answer in answers)
    await lane.aclose()
    await lane_redis.aclose()


async def test_each_call_is_waited_for_its_own_time_and_no_longer(
    counting: Counting, store: redis.asyncio.Redis
) -> None:
    lane, echo = Lane(counting, timedelta(seconds=0.4)), counting.register_script("return ARGV")
    await lane.run(echo, "the script is known from here on")
    began = time.monotonic()
    await store.client_pause(700, all=True)
    waits = []

    async def ask(after: float) -> None:
        await asyncio.sleep(after)
        asked = time.monotonic()
        try:
            await lane.run(echo, "")
        except TimeoutError:
            waits.append(time.monotonic() - asked)

    await asyncio.gather(ask(0), ask(0.1), ask(0.5))
    assert len(waits) == 2  # the third has its answer when the pause ends, before its time does
    assert all(0.39 < wait < 0.6 for wait in waits)
    assert 0.6 < time.monotonic() - began < 1.5
    assert await lane.run(echo, "afterwards") == "afterwards"
    await lane.aclose()
