"""RQ's jobs as they stand, and what operators do about those that RQ calls failed."""

from __future__ import annotations

import asyncio
import base64
import zlib

import pytest
import redis.asyncio
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, key_of
from tests.test_rq_worker import until, working
from worker import keys, queue
from worker.connection import connect_blocking
from worker.ledger import Ledger, Operating, RqView, State
from worker.secret import Secret

ENDLESS = base64.b64encode(zlib.compress(b"x" * 10**7)).decode()


async def failed(url: Secret, ledger: Ledger, operating: Operating) -> str:
    """The key of a message whose job fails, and which waits again."""
    await ledger.take_in(message := a_message())

    async def broken(key: str) -> None:
        raise ZeroDivisionError

    async def seen() -> bool:
        return (await operating.rq()).failed == 1

    async with working(url, broken):
        await until(seen)
    return key_of(message)


async def test_rqs_queue_is_shown_page_by_page(ledger: Ledger, operating: Operating) -> None:
    messages = [a_message(sender=f"+49{n}") for n in range(5)]
    for message in messages:
        await ledger.take_in(message)
    first = await operating.jobs("queued", 0, 3)
    assert [job.id for job in first.jobs] == [key_of(message) for message in messages[:3]]
    assert (first.number, first.next, {job.status for job in first.jobs}) == (5, 3, {"queued"})
    second = await operating.jobs("queued", 3, 3)
    assert ([job.id for job in second.jobs], second.next) == ([key_of(message) for message in messages[3:]], None)
    assert await operating.rq() == RqView(5, 0, 0, ())


async def test_a_worker_and_what_it_has_under_way_are_shown(
    redis_url: Secret, ledger: Ledger, operating: Operating
) -> None:
    ready, go_on = asyncio.Event(), asyncio.Event()

    async def slow(key: str) -> None:
        ready.set()
        await go_on.wait()

    async def seen() -> bool:
        view = await operating.rq()
        return bool(view.workers and view.started)

    async with working(redis_url, slow) as worker:
        await ledger.take_in(message := a_message())
        await ready.wait()
        await until(seen)
        view, page = await operating.rq(), await operating.jobs("started")
        go_on.set()
    (shown,) = view.workers
    assert (shown.name, shown.state in ("busy", "idle"), view.started) == (worker.name, True, 1)
    assert shown.heartbeat is not None
    (job,) = page.jobs
    assert (job.id, job.status, job.worker) == (key_of(message), "started", worker.name)
    assert job.until is not None


async def test_a_failed_job_is_shown_with_the_end_of_its_traceback(
    redis_url: Secret, ledger: Ledger, operating: Operating
) -> None:
    key = await failed(redis_url, ledger, operating)
    (job,) = (await operating.jobs("failed")).jobs
    assert (job.id, job.status) == (key, "failed")
    assert job.failed_of is not None
    assert job.failed_of.strip().endswith("ZeroDivisionError")


@pytest.mark.parametrize("packed", ["", "?", base64.b64encode(b"no zlib").decode(), ENDLESS])
async def test_a_traceback_that_is_none_or_endless_harms_nothing(
    redis_url: Secret, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, packed: str
) -> None:
    key = await failed(redis_url, ledger, operating)
    await store.delete(queue.RESULTS_PREFIX + key)
    await store.xadd(queue.RESULTS_PREFIX + key, {"exc_string": packed})
    (job,) = (await operating.jobs("failed")).jobs
    assert len(job.failed_of or "") <= 4_000


async def test_looking_at_rq_cleans_nothing_up(
    redis_url: Secret, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    """RQ's own `count` would drop what has expired, and call abandoned what is not."""
    await store.zadd(queue.STARTED_KEY, {"gone:1": 1})
    await store.zadd(queue.FAILED_KEY, {"gone": 1})
    view = await operating.rq()
    assert (view.started, view.failed) == (1, 1)
    found = [*(await operating.jobs("started")).jobs, *(await operating.jobs("failed")).jobs]
    assert [(job.id, job.status) for job in found] == [("gone", None)] * 2
    assert (await operating.rq()).failed == 1


async def test_a_failed_job_is_rung_for_again(redis_url: Secret, ledger: Ledger, operating: Operating) -> None:
    key = await failed(redis_url, ledger, operating)
    assert (await operating.requeue_job(key)).refused is None
    assert [job.id for job in (await operating.jobs("queued")).jobs] == [key]
    assert (await operating.rq()).failed == 0
    with connect_blocking(redis_url) as client:
        job = Job.fetch(key, connection=client, serializer=JSONSerializer)
        assert job.get_status() == "queued"
    heard = asyncio.Event()

    async def well(key: str) -> None:
        heard.set()

    async with working(redis_url, well):
        await asyncio.wait_for(heard.wait(), 5)
    assert (await operating.requeue_job(key)).refused == "unknown"


async def test_nothing_is_rung_for_whose_message_waits_for_no_worker(
    redis_url: Secret, ledger: Ledger, operating: Operating
) -> None:
    key = await failed(redis_url, ledger, operating)
    await operating.discard(key)
    assert (await operating.requeue_job(key)).refused == "state"
    assert (await operating.rq()).failed == 1


async def test_a_failed_job_that_is_deleted_leaves_its_message_as_it_is(
    redis_url: Secret, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    key = await failed(redis_url, ledger, operating)
    assert (await operating.delete_job(key)).refused is None
    assert (await operating.rq()).failed == 0
    assert not await store.exists(queue.JOB_PREFIX + key, queue.RESULTS_PREFIX + key)
    record = await ledger.record(key)
    assert record is not None
    assert record.state is State.QUEUED
    assert await ledger.claim("b", ACCOUNTS) is not None
    assert (await operating.delete_job("?")).refused == "unknown"
    trail = [(entry.what, entry.on, entry.result) for entry in (await operating.audit_page()).entries]
    assert trail == [("delete-job", "?", "refused: unknown"), ("delete-job", key, "done")]


async def test_a_job_that_was_rung_for_again_meanwhile_is_not_deleted(
    redis_url: Secret, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    key = await failed(redis_url, ledger, operating)
    await asyncio.sleep(ledger.times.ring_after.total_seconds())
    await store.delete(keys.SWEEPER)
    await ledger.sweep()
    await operating.delete_job(key)
    (job,) = (await operating.jobs("queued")).jobs
    assert (job.id, job.status) == (key, "queued")
