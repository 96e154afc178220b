"""RQ's own view of the work: its queue, workers and registries, read as they stand.

RQ's own methods clean up as they count (`.count`, `len`, `get_job_ids()`): none of them is called.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from worker import queue
from worker.ledger.fields import moment
from worker.ledger.looking import MOST, Looking
from worker.ledger.scripts import ask_redis

Registry = Literal["queued", "started", "failed"]
NOTED: Final = 4_000  # characters of what a job failed of
UNPACKED: Final = 100_000  # bytes of it that are unpacked: whoever writes there may have packed more
_TOLD: Final = ("status", "enqueued_at", "started_at", "worker_name")


@dataclass(frozen=True, slots=True)
class Job:
    """One of RQ's: a ring for a message."""

    id: str  # the message's key
    status: str | None  # None where RQ has forgotten it
    enqueued_at: str | None  # times as RQ writes them
    started_at: str | None
    worker: str | None
    until: datetime | None  # when it leaves its registry: a started one is called abandoned then
    failed_of: str | None  # the end of its traceback


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of the jobs."""

    jobs: tuple[Job, ...]
    number: int  # of all of them
    next: int | None  # where the next page begins


@dataclass(frozen=True, slots=True)
class RqWorker:
    """As RQ knows it."""

    name: str  # as RQ has it
    state: str | None  # busy, idle, suspended or started
    host: str | None  # where it runs
    pid: int | None  # of its process
    born: str | None  # when it was started, as RQ writes times
    heartbeat: str | None  # the last one, as RQ writes times
    successful: int  # jobs
    failed: int  # jobs


@dataclass(frozen=True, slots=True)
class RqView:
    """RQ at one moment."""

    queued: int  # jobs in the queue
    started: int  # jobs under way
    failed: int  # jobs that RQ calls failed
    workers: tuple[RqWorker, ...]  # by name


class RqLooking(Looking):
    """Raises LedgerUnavailable from every method."""

    async def rq(self) -> RqView:
        """Counts, and the workers by name."""
        names = sorted(await ask_redis(cast(Awaitable[set[str]], self._redis.smembers(queue.WORKERS_KEY))))
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.llen(queue.QUEUE_KEY)
        pipeline.zcard(queue.STARTED_KEY)
        pipeline.zcard(queue.FAILED_KEY)
        for name in names:
            pipeline.hgetall(name)
        queued, started, failed, *hashes = await ask_redis(pipeline.execute())
        each = zip(names, hashes, strict=True)
        return RqView(queued, started, failed, tuple(_worker(name, fields) for name, fields in each if fields))

    async def jobs(self, registry: Registry, start: int = 0, limit: int = 50) -> JobPage:
        """Those next in the queue, or those that leave a registry last, first."""
        start, limit = max(start, 0), min(limit, MOST)
        pipeline = self._redis.pipeline(transaction=False)
        if registry == "queued":
            pipeline.llen(queue.QUEUE_KEY)
            pipeline.lrange(queue.QUEUE_KEY, start, start + limit - 1)
        else:
            key = queue.STARTED_KEY if registry == "started" else queue.FAILED_KEY
            pipeline.zcard(key)
            pipeline.zrevrange(key, start, start + limit - 1, withscores=True)
        number, found = await ask_redis(pipeline.execute())
        scored = ((entry, None) if isinstance(entry, str) else entry for entry in found)
        jobs = await self._jobs([(entry, moment(int(at * 1000)) if at else None) for entry, at in scored])
        return JobPage(jobs, number, start + len(found) if start + len(found) < number else None)

    async def _jobs(self, entries: Sequence[tuple[str, datetime | None]]) -> tuple[Job, ...]:
        pipeline = self._redis.pipeline(transaction=False)
        ids = [entry.partition(":")[0] for entry, _ in entries]  # a started one has its execution behind it
        for each in ids:
            pipeline.hmget(queue.JOB_PREFIX + each, *_TOLD)
            pipeline.xrevrange(queue.RESULTS_PREFIX + each, count=1)
        answers = await ask_redis(pipeline.execute(raise_on_error=False)) if ids else []
        return tuple(
            Job(each, *_texts(told), until, _failed_of(results))
            for each, (_, until), told, results in zip(ids, entries, answers[0::2], answers[1::2], strict=True)
        )


def _texts(answer: object) -> tuple[str | None, str | None, str | None, str | None]:
    status, enqueued_at, started_at, worker = answer if isinstance(answer, list) else [None] * len(_TOLD)
    return status, enqueued_at, started_at, worker


def _failed_of(results: object) -> str | None:
    """The end of the traceback, which RQ keeps packed."""
    if not isinstance(results, list) or not results:
        return None
    packed = results[0][1].get("exc_string")
    try:
        text = zlib.decompressobj().decompress(base64.b64decode(packed or ""), UNPACKED)
    except (ValueError, zlib.error):
        return None
    return text.decode("utf-8", "replace")[-NOTED:] or None


def _worker(name: str, fields: Mapping[str, str]) -> RqWorker:
    def number(field: str) -> int:
        text = fields.get(field, "0")
        return int(text) if text.isdecimal() else 0

    return RqWorker(
        name=name.removeprefix(queue.WORKER_PREFIX),
        state=fields.get("state"),
        host=fields.get("hostname"),
        pid=number("pid") or None,
        born=fields.get("birth"),
        heartbeat=fields.get("last_heartbeat"),
        successful=number("successful_job_count"),
        failed=number("failed_job_count"),
    )
