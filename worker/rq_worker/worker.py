"""An RQ worker whose jobs run side by side on one event loop.

RQ's data stay RQ's: its queue, its executions and registries, its record of this worker, so that its tools see what
goes on. Only the loop is ours: RQ's own runs one job at a time, and ends on the first Redis error. What this loop
loses, the ledger's sweeper rings for again.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import redis
import redis.asyncio
from redis.exceptions import RedisError
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.worker import BaseWorker, WorkerStatus

from worker import log, queue
from worker.ledger import LedgerUnavailable
from worker.rq_worker.jobs import Jobs, Started, place

BLOCK: Final = timedelta(seconds=1)  # how long one look at an empty queue lasts, and so how long a stop may take
PAUSE: Final = timedelta(seconds=0.5)  # while Redis is away
HEARTBEAT: Final = timedelta(seconds=5)
WORKER_TTL: Final = timedelta(seconds=60)
MAINTENANCE: Final = timedelta(seconds=60)  # RQ's own cleaning; nothing of ours waits for it
DRAIN: Final = timedelta(seconds=25)  # for what is under way at a stop

Function = Callable[[str], Awaitable[None]]


class ConcurrentWorker(BaseWorker):
    """Takes jobs from the one queue and runs the one function for each, up to `capacity()` at a time.

    A job names its function. One that names another is not run: whoever can write to Redis would otherwise run anything
    here.
    """

    def __init__(
        self,
        blocking: redis.Redis,
        loop_redis: redis.asyncio.Redis,
        function: Function,
        *,
        capacity: Callable[[], int],
    ) -> None:
        """`blocking` is for RQ's own code, `loop_redis`, which decodes its answers, for ours. The function is given the
        job's id."""
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
        self._jobs = Jobs(blocking, loop_redis, self.name)
        self._function = function
        self._capacity = capacity
        self._running: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()  # set where there is some again, or a stop
        self._suspended = False
        self._done_well = self._done_badly = 0  # since RQ's record of this worker was written
        self._seconds = 0.0
        self._say = log.logger()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then finishes what is under way."""
        # First, since what a finished job adds to this worker's record would make RQ think it is another's.
        await self._join(stop)
        tending, stopping = asyncio.create_task(self._tend(stop)), asyncio.create_task(self._wake(stop))
        while not stop.is_set():
            if self._suspended:  # `rq suspend`
                await _sleep(PAUSE, until=stop)
                continue
            room = self._capacity() - len(self._running)
            if room <= 0:  # whatever is under way may wait for Redis long; a stop may not
                self._room.clear()
                await self._room.wait()
                continue
            for job in await self._take(room):
                task = asyncio.create_task(self._work(job))
                self._running.add(task)
                task.add_done_callback(self._done)
        stopping.cancel()
        await self._drain()
        await tending
        await self._part()

    # The life of a job: take → perform → finish, or fail.

    async def _take(self, room: int) -> list[Started]:
        try:
            taken = await self._jobs.take(room)
            if not taken:
                await self._jobs.wait(BLOCK)
        except (RedisError, OSError) as error:
            self._say.warning("redis_unavailable", error=type(error).__name__)
            await asyncio.sleep(PAUSE.total_seconds())
            return []
        return taken

    async def _work(self, job: Started) -> None:
        try:
            await self._perform(job)
        except (RedisError, OSError, LedgerUnavailable) as error:
            # The ledger knows where the message stands; the sweeper rings again. RQ's record follows with it.
            self._say.warning("job_dropped", message=job.id, error=type(error).__name__)

    async def _perform(self, job: Started) -> None:
        began = time.monotonic()
        try:
            # No time limit here: sending has its own, and what was sent is written down however long Redis is away.
            await self._function(job.id)
        except (LedgerUnavailable, RedisError):
            raise
        except Exception as error:  # the job's edge: a fault of ours costs one message, not the worker
            self._done_badly += 1
            await self._jobs.fail(job, error)
        else:
            self._done_well += 1
            self._seconds += time.monotonic() - began
            await self._jobs.finish(job)

    # What goes on beside.

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._room.set()
        if not task.cancelled() and (error := task.exception()):
            self._say.error("worker_fault", error=type(error).__name__, at=place(error.__traceback__))

    async def _wake(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._room.set()

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
            await self._jobs.aclose()
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
            self._say.warning("rq_maintenance_failed", error=type(error).__name__, at=place(error.__traceback__))

    def _beat(self) -> None:
        with self.connection.pipeline() as pipeline:
            self.set_state(WorkerStatus.BUSY if self._running else WorkerStatus.IDLE, pipeline=pipeline)
            self.heartbeat(pipeline=pipeline)
            self._add_up(pipeline)
            pipeline.execute()
        self._suspended = bool(is_suspended(self.connection))

    def _add_up(self, pipeline: redis.client.Pipeline) -> None:
        """RQ's totals for this worker: with each heartbeat, and not with each job."""
        well, badly, seconds = self._done_well, self._done_badly, self._seconds
        pipeline.hincrby(self.key, "successful_job_count", well)
        pipeline.hincrby(self.key, "failed_job_count", badly)
        self.increment_total_working_time(timedelta(seconds=seconds), pipeline)
        self._done_well, self._done_badly, self._seconds = (
            self._done_well - well,
            self._done_badly - badly,
            self._seconds - seconds,
        )


async def _sleep(span: timedelta, until: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(span.total_seconds()):
            await until.wait()
    except TimeoutError:
        return
