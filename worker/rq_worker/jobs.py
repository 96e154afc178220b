"""RQ's data about jobs: its queue, executions and registries, kept as RQ's own worker keeps them, but many on one trip.

RQ's tools see and steer what goes on. What is not a job of ours, and what fails, goes RQ's own way, one by one.
"""

from __future__ import annotations

import asyncio
import json
import traceback
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from types import TracebackType
from typing import Any, Final, cast

import redis
import redis.asyncio
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from worker import keys, log, queue
from worker.ledger.lane import Lane

AT_MOST: Final = 64  # jobs taken on one trip
EXECUTION_TTL: Final = int(queue.TIMEOUT.total_seconds()) + 60
CORRUPT_TTL: Final = timedelta(days=1)
PATIENCE: Final = timedelta(
    seconds=5
)  # with Redis, to write that a job has ended; RQ's cleaning finds those it was not


@dataclass(frozen=True, slots=True)
class Started:
    """A job that this worker has started."""

    id: str
    execution: str

    @property
    def entry(self) -> str:
        """As it stands in the registry of started jobs."""
        return f"{self.id}:{self.execution}"


class Jobs:
    """Those of the one queue. Raises RedisError and OSError."""

    def __init__(self, blocking: redis.Redis, loop_redis: redis.asyncio.Redis, worker: str) -> None:
        """`blocking` is for RQ's own code; `loop_redis` decodes its answers. `worker` is the name that RQ knows."""
        self._blocking = blocking
        self._redis = loop_redis
        self._worker = worker
        self._take: Any = loop_redis.register_script(_script("take"))
        self._finish = loop_redis.register_script(_script("finish"))
        self._finishing = Lane(loop_redis, PATIENCE)
        self._say = log.logger()

    async def take(self, most: int) -> list[Started]:
        """Starts as many jobs as there are, but not more. What is no job of ours is set aside."""
        executions = [uuid.uuid4().hex for _ in range(min(most, AT_MOST))]
        arguments = (len(executions), self._worker, queue.rq_time(datetime.now(UTC)), *executions)
        started, odd = await self._take(args=arguments)
        for job_id in odd:
            await self._set_aside(job_id)
        return [Started(job_id, execution) for job_id, execution in zip(started, executions, strict=False)]

    async def wait(self, most: timedelta) -> None:
        """Returns when there is a job, or after that time."""
        # From the queue's head to its head: a look that blocks and takes nothing.
        await cast(Any, self._redis.blmove(queue.QUEUE_KEY, queue.QUEUE_KEY, int(most.total_seconds()), "LEFT", "LEFT"))

    async def finish(self, job: Started) -> None:
        """It went well."""
        await self._finishing.run(self._finish, job.entry)

    async def fail(self, job: Started, error: Exception) -> None:
        """It goes to RQ's registry of failed jobs."""
        self._say.error("job_failed", message=job.id, error=type(error).__name__, at=place(error.__traceback__))
        await asyncio.to_thread(self._fail, job, error)

    def _fail(self, started: Started, error: Exception) -> None:
        job = Job.fetch(started.id, connection=self._blocking, serializer=JSONSerializer)
        execution = Execution(started.execution, started.id, self._blocking, self._worker)
        with self._blocking.pipeline() as pipeline:
            execution.delete(job, pipeline=pipeline)
            job.set_status(JobStatus.FAILED, pipeline=pipeline)
            # Private to RQ, and what its own worker calls: the failed registry and the result with the traceback.
            job._handle_failure(_without_values(error), pipeline, self._worker, execution.id)
            pipeline.execute()

    async def _set_aside(self, job_id: str) -> None:
        self._say.error("job_set_aside", message=job_id)
        async with self._redis.pipeline() as pipeline:
            pipeline.lrem(queue.INTERMEDIATE_KEY, 1, job_id)
            pipeline.hincrby(keys.COUNTS, "job_set_aside", 1)
            pipeline.rename(queue.JOB_PREFIX + job_id, keys.CORRUPT + job_id)
            pipeline.expire(keys.CORRUPT + job_id, CORRUPT_TTL)
            await pipeline.execute()

    async def aclose(self) -> None:
        await self._finishing.aclose()


def _script(name: str) -> str:
    """With the names that it shares with Python."""
    names: dict[str, str | int] = {
        "JOB": queue.JOB,
        "QUEUE_KEY": queue.QUEUE_KEY,
        "INTERMEDIATE_KEY": queue.INTERMEDIATE_KEY,
        "JOB_PREFIX": queue.JOB_PREFIX,
        "STARTED_KEY": queue.STARTED_KEY,
        "FAILED_KEY": queue.FAILED_KEY,
        "EXECUTION": queue.EXECUTION_PREFIX,
        "EXECUTIONS": queue.EXECUTIONS_PREFIX,
        "EXECUTION_TTL": EXECUTION_TTL,
    }
    lines = [f"local {name} = {json.dumps(value)}\n" for name, value in names.items()]
    return "".join(lines) + files("worker.rq_worker").joinpath(f"{name}.lua").read_text(encoding="utf-8")


def place(trace: TracebackType | None) -> str:
    """Where an error was raised."""
    frames = traceback.extract_tb(trace)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


def _without_values(error: Exception) -> str:
    """A traceback for RQ's failed registry. The error's own text may quote a message, so it stays away."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
