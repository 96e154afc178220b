"""An RQ worker whose jobs run side by side on one event loop.

RQ's data stay RQ's: its queue, its intermediate list, its executions and registries, its record of this worker, so that
its tools see what goes on. Only the loop is ours: RQ's own runs one job at a time, and ends on the first Redis error.
What this loop loses, the ledger's sweeper rings for again.
"""

from __future__ import annotations

import asyncio
import os
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, cast

import redis
import redis.asyncio
from redis.exceptions import RedisError
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.worker import BaseWorker, WorkerStatus

from worker import keys, log, queue
from worker.ledger import LedgerUnavailable

BLOCK: Final = timedelta(seconds=1)  # how long one look at an empty queue lasts, and so how long a stop may take
PAUSE: Final = timedelta(seconds=0.5)  # while Redis is away
HEARTBEAT: Final = timedelta(seconds=5)
WORKER_TTL: Final = timedelta(seconds=60)
MAINTENANCE: Final = timedelta(seconds=60)  # RQ's own cleaning; nothing of ours waits for it
DRAIN: Final = timedelta(seconds=25)  # for what is under way at a stop
EXECUTION_TTL: Final = int(queue.TIMEOUT.total_seconds()) + 60
CORRUPT: Final = keys.CORRUPT
CORRUPT_TTL: Final = timedelta(days=1)

Function = Callable[[str], Awaitable[None]]


class ConcurrentWorker(BaseWorker):
    """Takes jobs from the one queue and runs the functions of a fixed table, up to `concurrency` at a time."""

    def __init__(
        self,
        blocking: redis.Redis,
        loop_redis: redis.asyncio.Redis,
        functions: Mapping[str, Function],
        *,
        concurrency: int,
    ) -> None:
        """`blocking` is for RQ's own code, `loop_redis` for ours; neither decodes its answers.

        A job names its function. One that is not in `functions` is not run, whatever it names: whoever can write to
        Redis would otherwise run anything here.
        """
        inbound = Queue(queue.NAME, connection=blocking, serializer=JSONSerializer)
        super().__init__(
            [inbound],
            name=uuid.uuid4().hex,
            connection=blocking,
            serializer=JSONSerializer,
            log_job_description=False,
            worker_ttl=int(WORKER_TTL.total_seconds()),
            maintenance_interval=int(MAINTENANCE.total_seconds()),
        )
        self._inbound = inbound
        self._redis = loop_redis
        self._functions = functions
        self._slots = asyncio.Semaphore(concurrency)
        self._running: set[asyncio.Task[None]] = set()
        self._suspended = False
        self._say = log.logger("worker.rq_worker")

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then finishes what is under way."""
        # First, since what a finished job adds to this worker's record would make RQ think it is another's.
        await self._join(stop)
        tending, stopping = asyncio.create_task(self._tend(stop)), asyncio.create_task(stop.wait())
        while not stop.is_set():
            if self._suspended:  # `rq suspend`
                await _sleep(PAUSE, until=stop)
                continue
            if self._slots.locked():  # whatever is under way may wait for Redis long; a stop may not
                await asyncio.wait({*self._running, stopping}, return_when=asyncio.FIRST_COMPLETED)
                continue
            await self._slots.acquire()
            job_id = await self._take()
            if job_id is None:
                self._slots.release()
                continue
            task = asyncio.create_task(self._work(job_id))
            self._running.add(task)
            task.add_done_callback(self._done)
        stopping.cancel()
        await self._drain()
        await tending
        await self._part()

    # The life of a job: take → start → perform → finish, or fail, or set aside.

    async def _take(self) -> str | None:
        try:
            taken = await self._redis.blmove(queue.QUEUE_KEY, queue.INTERMEDIATE_KEY, int(BLOCK.total_seconds()))
        except (RedisError, OSError) as error:
            self._say.warning("redis_unavailable", error=type(error).__name__)
            await asyncio.sleep(PAUSE.total_seconds())
            return None
        return cast(bytes, taken).decode() if taken else None

    async def _work(self, job_id: str) -> None:
        try:
            job = await self._read(job_id)
            if job is not None:
                execution = await self._start(job)
                await self._perform(job, execution)
        except (RedisError, OSError, LedgerUnavailable) as error:
            # The ledger knows where the message stands; the sweeper rings again. RQ's record follows with it.
            self._say.warning("job_dropped", message=job_id, error=type(error).__name__)

    async def _read(self, job_id: str) -> Job | None:
        fields = await cast(Awaitable[dict[bytes, bytes]], self._redis.hgetall(queue.JOB_PREFIX + job_id))
        if not fields:  # rung for twice, and the first time has ended it; the sweeper knows who still waits
            await self._redis.lrem(queue.INTERMEDIATE_KEY, 1, job_id)
            return None
        job = Job(job_id, connection=self.connection, serializer=JSONSerializer)
        try:
            job.restore(fields)
            if job.func_name in self._functions and len(job.args) == 1:
                return job
            why = "not a function of ours"
        except NoSuchJobError:
            why = "no job"
        except (ValueError, KeyError, TypeError, AttributeError, DeserializationError) as error:
            why = type(error).__name__
        await self._set_aside(job_id, why)
        return None

    async def _set_aside(self, job_id: str, why: str) -> None:
        self._say.error("job_set_aside", message=job_id, why=why)
        async with self._redis.pipeline() as pipeline:
            pipeline.lrem(queue.INTERMEDIATE_KEY, 1, job_id)
            pipeline.hincrby(keys.COUNTS, "job_set_aside", 1)
            pipeline.rename(queue.JOB_PREFIX + job_id, CORRUPT + job_id)
            pipeline.expire(CORRUPT + job_id, CORRUPT_TTL)
            await pipeline.execute()

    async def _start(self, job: Job) -> Execution:
        async with self._redis.pipeline() as pipeline:
            execution = Execution.create(job, EXECUTION_TTL, pipeline=_for_rq(pipeline), worker_name=self.name)
            job.prepare_for_execution(self.name, pipeline=_for_rq(pipeline))
            pipeline.lrem(queue.INTERMEDIATE_KEY, 1, job.id)
            await pipeline.execute()
        return execution

    async def _perform(self, job: Job, execution: Execution) -> None:
        began = time.monotonic()
        try:
            # No time limit here: sending has its own, and what was sent is written down however long Redis is away.
            await self._functions[str(job.func_name)](job.args[0])
        except (LedgerUnavailable, RedisError):
            raise
        except Exception as error:  # the job's edge: a fault of ours costs one message, not the worker
            await self._fail(job, execution, error)
        else:
            await self._finish(job, execution, time.monotonic() - began)

    async def _finish(self, job: Job, execution: Execution, seconds: float) -> None:
        async with self._redis.pipeline() as pipeline:
            execution.delete(job, pipeline=_for_rq(pipeline))
            pipeline.delete(job.key)
            pipeline.zrem(job.failed_job_registry.key, job.id)  # where RQ had given up an earlier execution of it
            self.increment_successful_job_count(pipeline=_for_rq(pipeline))
            self.increment_total_working_time(timedelta(seconds=seconds), _for_rq(pipeline))
            await pipeline.execute()

    async def _fail(self, job: Job, execution: Execution, error: Exception) -> None:
        self._say.error("job_failed", message=job.id, error=type(error).__name__, at=_place(error.__traceback__))
        async with self._redis.pipeline() as pipeline:
            execution.delete(job, pipeline=_for_rq(pipeline))
            job.set_status(JobStatus.FAILED, pipeline=_for_rq(pipeline))
            # Private to RQ, and what its own worker calls: the failed registry and the result with the traceback.
            job._handle_failure(_without_values(error), _for_rq(pipeline), self.name, execution.id)
            self.increment_failed_job_count(pipeline=_for_rq(pipeline))
            await pipeline.execute()

    # What goes on beside.

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            self._say.error("worker_fault", error=type(error).__name__, at=_place(error.__traceback__))

    async def _drain(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=DRAIN.total_seconds())
            for task in late:  # the ledger will call what they were sending unconfirmed
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _join(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.to_thread(self._register)
                break
            except (RedisError, OSError) as error:
                self._say.warning("redis_unavailable", error=type(error).__name__)
            await _sleep(PAUSE, until=stop)

    async def _tend(self, stop: asyncio.Event) -> None:
        """Keeps RQ's record of this worker alive, and runs RQ's own maintenance."""
        parent, cleaned = os.getppid(), 0.0
        while not stop.is_set():
            try:
                await asyncio.to_thread(self._beat)
                if time.monotonic() - cleaned > MAINTENANCE.total_seconds():
                    cleaned = time.monotonic()
                    await asyncio.to_thread(self._maintain)
            except (RedisError, OSError) as error:
                self._say.warning("redis_unavailable", error=type(error).__name__)
            if os.getppid() != parent:  # whoever started us was killed, and will start others
                stop.set()
            await _sleep(HEARTBEAT, until=stop)

    async def _part(self) -> None:
        try:
            await asyncio.to_thread(self.register_death)
        except (RedisError, OSError) as error:
            self._say.warning("redis_unavailable", error=type(error).__name__)

    def _set_ip_address(self, connection: redis.Redis) -> None:
        """RQ asks the server for it when a worker is made; ours may be made before the server runs."""
        self.ip_address = "unknown"

    def _register(self) -> None:
        super()._set_ip_address(self.connection)
        self.connection.delete(self.key)  # of a try whose answer got lost: RQ would call it another worker's
        self.register_birth()

    def _maintain(self) -> None:
        try:
            self.run_maintenance_tasks()
        except Exception as error:  # the edge of RQ's code: it raises whatever a corrupt job makes it raise
            self._say.warning("rq_maintenance_failed", error=type(error).__name__, at=_place(error.__traceback__))

    def _beat(self) -> None:
        with self.connection.pipeline() as pipeline:
            self.set_state(WorkerStatus.BUSY if self._running else WorkerStatus.IDLE, pipeline=pipeline)
            self.heartbeat(pipeline=pipeline)
            pipeline.execute()
        self._suspended = bool(is_suspended(self.connection))


async def _sleep(span: timedelta, until: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(span.total_seconds()):
            await until.wait()
    except TimeoutError:
        return


def _for_rq(pipeline: redis.asyncio.client.Pipeline) -> Any:
    """RQ's methods only put commands into the pipeline that they are given, so one of the event loop's serves them."""
    return pipeline


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


def _without_values(error: Exception) -> str:
    """A traceback for RQ's failed registry. The error's own text may quote a message, so it stays away."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
