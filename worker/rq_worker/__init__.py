"""RQ's worker, and RQ's data about its jobs, as one that runs hundreds of jobs at a time needs them."""

from worker.rq_worker.worker import BLOCK, ConcurrentWorker

__all__ = ["BLOCK", "ConcurrentWorker"]
