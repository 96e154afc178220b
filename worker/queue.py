"""The one RQ queue and the one job on it. The job's name is a wire format: jobs in flight carry it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from rq.executions import ExecutionRegistry
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.queue import Queue
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.results import get_key
from rq.worker import BaseWorker
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

NAME: Final = "inbound"
JOB: Final = "worker.answering.answer"
DESCRIPTION: Final = "answer a message"  # RQ would store and log the call with its arguments

TIMEOUT: Final = timedelta(seconds=60)  # what RQ shows; it calls a job abandoned a minute after that
FAILURE_TTL: Final = timedelta(days=1)  # how long RQ shows a failed job; its default is a year

QUEUE_KEY: Final = f"{Queue.redis_queue_namespace_prefix}{NAME}"
INTERMEDIATE_KEY: Final = IntermediateQueue.get_intermediate_queue_key(QUEUE_KEY)
QUEUES_KEY: Final = Queue.redis_queues_keys
JOB_PREFIX: Final = Job.redis_job_namespace_prefix
STARTED_KEY: Final = StartedJobRegistry.key_template.format(NAME)
FAILED_KEY: Final = FailedJobRegistry.key_template.format(NAME)
EXECUTIONS_PREFIX: Final = ExecutionRegistry.key_template.format("")
EXECUTION_PREFIX: Final = "rq:execution:"  # + job id:execution id; RQ gives it no name
RESULTS_PREFIX: Final = get_key("")
WORKERS_KEY: Final = WORKERS_BY_QUEUE_KEY % NAME
WORKER_PREFIX: Final = BaseWorker.redis_worker_namespace_prefix


def rq_time(moment: datetime) -> str:
    """A moment in UTC as RQ writes it: `rq.utils.utcformat`, in a fifth of its time."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
