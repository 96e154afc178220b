"""The RQ worker: RQ's own tools see what it does, and no job can bring it down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import redis
import redis.asyncio
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.suspension import resume, suspend
from rq.worker import BaseWorker

from tests.conftest import a_message
from worker import keys, queue
from worker.connection import connect, connect_blocking
from worker.ledger import Ledger, LedgerUnavailable
from worker.rq_worker import ConcurrentWorker
from worker.secret import Secret

Function = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def working(url: Secret, function: Function, *, concurrency: int = 8) -> AsyncIterator[ConcurrentWorker]:
    blocking = connect_blocking(url)
    loop_redis = connect(url, decode=True, connections=4, patience=timedelta(seconds=3))
    worker = ConcurrentWorker(blocking, loop_redis, function, capacity=lambda: concurrency)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await running
        await loop_redis.aclose()
        blocking.close()


@pytest.fixture
def inbound(redis_url: Secret) -> Iterator[Queue]:
    """The queue as RQ's tools see it."""
    connection = connect_blocking(redis_url)
    yield Queue(queue.NAME, connection=connection, serializer=JSONSerializer)
    connection.close()


async def until(condition: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.01)


class Heard:
    """A function of the table that remembers what it was called with."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.together = 0
        self.most = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, key: str) -> None:
        self.keys.append(key)
        self.together += 1
        self.most = max(self.most, self.together)
        await self.go.wait()
        self.together -= 1


async def test_a_ring_is_heard_and_leaves_nothing_behind(
    redis_url: Secret, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    heard, message = Heard(), a_message()
    async with working(redis_url, heard):
        await ledger.take_in(message)
        await until(lambda: heard.keys == [keys.message_key("prelude", message.id)])
    passing = ("rq:worker", f"{queue.INTERMEDIATE_KEY}:first_seen:")  # of RQ's maintenance, with a TTL
    left = [key for key in map(str, await store.keys("rq:*")) if not key.startswith(passing)]
    assert sorted(left) == [queue.QUEUES_KEY]


async def test_jobs_run_side_by_side_up_to_the_concurrency(redis_url: Secret, ledger: Ledger) -> None:
    heard = Heard()
    heard.go.clear()
    async with working(redis_url, heard, concurrency=5):
        for n in range(20):
            await ledger.take_in(a_message(sender=f"+49{n}"))
        await until(lambda: heard.together == 5)
        await asyncio.sleep(0.1)
        assert heard.together == 5
        heard.go.set()
        await until(lambda: len(heard.keys) == 20)
    assert heard.most == 5


async def test_rqs_tools_see_a_running_job_and_its_worker(redis_url: Secret, ledger: Ledger, inbound: Queue) -> None:
    heard, message = Heard(), a_message()
    heard.go.clear()
    async with working(redis_url, heard) as worker:
        await ledger.take_in(message)
        await until(lambda: heard.together == 1)
        key = keys.message_key("prelude", message.id)
        assert inbound.started_job_registry.get_job_ids(cleanup=False) == [key]
        job = Job.fetch(key, connection=inbound.connection, serializer=JSONSerializer)
        assert (job.get_status(), job.worker_name, job.description) == ("started", worker.name, queue.DESCRIPTION)
        (seen,) = BaseWorker.all(queue=inbound)
        assert seen.name == worker.name
        heard.go.set()
    assert BaseWorker.all(queue=inbound) == []


async def test_a_stop_waits_for_what_is_under_way(redis_url: Secret, ledger: Ledger) -> None:
    finished = []

    async def slow(key: str) -> None:
        await asyncio.sleep(0.5)
        finished.append(key)

    async with working(redis_url, slow) as worker:
        await ledger.take_in(a_message())
        await until(lambda: bool(worker._running))
    assert len(finished) == 1


async def test_a_function_that_fails_is_seen_in_the_failed_registry_without_its_words(
    redis_url: Secret, ledger: Ledger, inbound: Queue
) -> None:
    async def broken(key: str) -> None:
        raise ValueError("canary".upper())

    message = a_message()
    async with working(redis_url, broken):
        await ledger.take_in(message)
        await until(lambda: inbound.failed_job_registry.get_job_count(cleanup=False) == 1)
    job = Job.fetch(keys.message_key("prelude", message.id), connection=inbound.connection, serializer=JSONSerializer)
    assert job.get_status() == "failed"
    result = job.latest_result()
    assert result is not None
    assert result.exc_string is not None
    assert "ValueError" in result.exc_string
    assert "CANARY" not in result.exc_string
    for key in (job.key, f"rq:results:{job.id}"):
        assert 0 < inbound.connection.ttl(key) <= 24 * 3600


async def test_a_worker_outlives_a_failing_function(redis_url: Secret, ledger: Ledger) -> None:
    heard: list[str] = []

    async def sometimes(key: str) -> None:
        heard.append(key)
        if len(heard) == 1:
            raise ZeroDivisionError
        if len(heard) == 2:
            raise LedgerUnavailable("away")

    async with working(redis_url, sometimes):
        for n in range(3):
            await ledger.take_in(a_message(sender=f"+49{n}"))
        await until(lambda: len(heard) == 3)
    assert len(set(heard)) == 3


async def test_only_the_functions_of_the_table_are_run(
    redis_url: Secret, store: redis.asyncio.Redis, tmp_path_factory: pytest.TempPathFactory, ledger: Ledger
) -> None:
    canary = tmp_path_factory.mktemp("hostile") / "ran"
    heard, message = Heard(), a_message()
    hostile = f'["os.system", null, ["touch {canary}"], {{}}]'
    async with working(redis_url, heard):
        await store.hset("rq:job:hostile", mapping={"data": hostile, "status": "queued", "origin": queue.NAME})
        await store.rpush(queue.QUEUE_KEY, "hostile")
        await ledger.take_in(message)
        await until(lambda: len(heard.keys) == 1)
    assert not canary.exists()
    assert await store.hget(keys.CORRUPT + "hostile", "data") == hostile
    assert 0 < await store.ttl(keys.CORRUPT + "hostile") <= 24 * 3600
    assert (await ledger.counts())["job_set_aside"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "bogus", "data": "[]"},
        {"status": "queued", "data": "not json"},
        {"status": "queued", "data": '["worker.answering.answer", null, [], {}]'},
        {"status": "queued", "data": "[1]"},
        {"status": "queued", "data": "{}", "created_at": "yesterday"},
        {"other": "x"},
        {},
    ],
    ids=str,
)
async def test_a_corrupt_job_is_set_aside_and_the_next_one_runs(
    redis_url: Secret, ledger: Ledger, store: redis.asyncio.Redis, fields: dict[str, str]
) -> None:
    heard = Heard()
    async with working(redis_url, heard):
        for name, value in fields.items():
            await store.hset("rq:job:corrupt", name, value)
        await store.rpush(queue.QUEUE_KEY, "corrupt")
        await ledger.take_in(a_message())
        await until(lambda: len(heard.keys) == 1)
    assert await store.llen(queue.INTERMEDIATE_KEY) == 0
    # What is not there is not corrupt: its message was rung for twice.
    assert (await ledger.counts()).get("job_set_aside", 0) == bool(fields)


async def test_rq_suspend_and_resume_are_obeyed(redis_url: Secret, ledger: Ledger, inbound: Queue) -> None:
    heard = Heard()
    suspend(inbound.connection)
    async with working(redis_url, heard) as worker:
        await until(lambda: worker._suspended)
        await ledger.take_in(a_message())
        await asyncio.sleep(0.3)
        assert len(heard.keys) <= 1  # one may have been taken before the first look
        resume(inbound.connection)
        await until(lambda: len(heard.keys) == 1)


async def test_a_worker_waits_for_a_redis_that_is_away_and_takes_up_work_when_it_comes(
    store: redis.asyncio.Redis, redis_url: Secret, ledger: Ledger
) -> None:
    heard = Heard()
    async with working(redis_url, heard):
        await asyncio.sleep(0.2)
        killed = await store.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert killed >= 2  # the one that waits for a job, and RQ's own
        await ledger.take_in(a_message())
        await until(lambda: len(heard.keys) == 1)


async def test_rqs_maintenance_finds_a_dead_workers_job_and_harms_nothing(
    redis_url: Secret, ledger: Ledger, inbound: Queue, store: redis.asyncio.Redis
) -> None:
    """A worker died with a job in its hands; RQ calls it abandoned. Rung for again, it runs and is gone from there."""
    message = a_message()
    key = keys.message_key("prelude", message.id)
    await ledger.take_in(message)
    await store.lmove(queue.QUEUE_KEY, queue.INTERMEDIATE_KEY)
    await store.zadd("rq:wip:inbound", {f"{key}:dead": 1})
    inbound.started_job_registry.cleanup()
    assert inbound.failed_job_registry.get_job_ids(cleanup=False) == [key]
    await asyncio.sleep(ledger.times.ring_after.total_seconds() + 0.1)
    await ledger.sweep()
    heard = Heard()
    async with working(redis_url, heard):
        await until(lambda: heard.keys == [key])
    assert inbound.failed_job_registry.get_job_ids(cleanup=False) == []
