"""Several workers under one parent, which starts another for each that dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from queue import Empty, SimpleQueue
from typing import Final

from worker import log
from worker.process import ENDINGS, run_one
from worker.settings import Settings

RESTART_AFTER: Final = timedelta(seconds=1)


def run_several(settings: Settings, processes: int, concurrency: int) -> None:
    """Keeps `processes` workers alive until SIGTERM or SIGINT, and then ends when they have. Passes SIGHUP on."""
    log.configure()
    signals: SimpleQueue[int] = SimpleQueue()
    for each in (*ENDINGS, signal.SIGHUP):
        signal.signal(each, lambda number, _: signals.put(number))
    workers = [_start(settings, concurrency) for _ in range(processes)]
    while (number := _next(signals)) in (None, signal.SIGHUP):
        for index, worker in enumerate(workers):
            if not worker.is_alive():
                log.logger().error("worker_died", exit_code=worker.exitcode)
                time.sleep(RESTART_AFTER.total_seconds())
                workers[index] = _replacement(worker, settings, concurrency)
            elif number is not None and worker.pid is not None:
                os.kill(worker.pid, signal.SIGHUP)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


def _replacement(dead: BaseProcess, settings: Settings, concurrency: int) -> BaseProcess:
    """Another worker; or the dead one, to be replaced later, while the host has no room for a process. A fault here
    would leave a parent that waits for the workers it has, replaces none and hears no signal."""
    try:
        return _start(settings, concurrency)
    except OSError as error:
        log.logger().error("worker_not_started", error=type(error).__name__, errno=error.errno)
        return dead


def _start(settings: Settings, concurrency: int) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=run_one, args=(settings, concurrency))
    with _hangups_held_back():
        process.start()
    return process


@contextmanager
def _hangups_held_back() -> Iterator[None]:
    """A child inherits it: a SIGHUP that comes before it can listen waits, and does not end it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


def _next(signals: SimpleQueue[int]) -> int | None:
    try:
        return signals.get(timeout=RESTART_AFTER.total_seconds())
    except Empty:
        return None
