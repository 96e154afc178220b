"""The worker's processes: how one is put together, and how several are kept alive."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from typing import Final, TypeVar

import uvloop

from rules import load
from worker import connection, log, queue
from worker.answering import CALLBACK_PATH, Answering
from worker.ledger import Ledger
from worker.outbound.prelude import PreludeSender
from worker.rq_worker import BLOCK, ConcurrentWorker
from worker.settings import ACCOUNT, Settings
from worker.sweeper import sweep_forever

RESTART_AFTER: Final = timedelta(seconds=1)

T = TypeVar("T")


@asynccontextmanager
async def put_together(settings: Settings, ledger: Ledger, concurrency: int) -> AsyncIterator[ConcurrentWorker]:
    """The composition root of a worker process. Raises BookError; Redis may be away."""
    book = load(_given(settings.book))
    sender = PreludeSender.connect(
        _given(settings.prelude_base_url), _given(settings.prelude_api_token), connections=concurrency
    )
    callback_url = f"{settings.public_url}{CALLBACK_PATH}{ACCOUNT}" if settings.public_url else None
    answering = Answering(ledger, book, {ACCOUNT: sender}, callback_url=callback_url)
    patience = BLOCK + 2 * connection.TIMEOUT
    rq_redis = connection.connect(settings.redis_url, decode=False, connections=concurrency + 1, patience=patience)
    blocking = connection.connect_blocking(settings.redis_url)
    log.logger("worker.process").info(
        "worker_starts", book=book.version, rules=len(book.rules), concurrency=concurrency
    )
    try:
        yield ConcurrentWorker(blocking, rq_redis, {queue.JOB: answering.answer}, concurrency=concurrency)
    finally:
        await sender.aclose()
        await rq_redis.aclose()
        blocking.close()


def run_one(settings: Settings, concurrency: int) -> None:
    """Works in this process until SIGTERM or SIGINT, and ends when what was under way has ended."""
    log.configure()
    uvloop.run(_work(settings, concurrency))


async def _work(settings: Settings, concurrency: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ledger = connection.open_ledger(settings.redis_url, settings.retention, connections=2)
    sweeping = asyncio.create_task(sweep_forever(ledger))
    # It ends by a fault alone. Without it promises are broken in silence, so the process ends, to be started again.
    sweeping.add_done_callback(lambda _: stop.set())
    try:
        async with put_together(settings, ledger, concurrency) as worker:
            await worker.run(stop)
        if sweeping.done():
            await sweeping
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await ledger.aclose()


def run_several(settings: Settings, processes: int, concurrency: int) -> None:
    """Keeps `processes` workers alive until SIGTERM or SIGINT, and then ends when they have."""
    log.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    spawn = multiprocessing.get_context("spawn")

    def start() -> BaseProcess:
        process = spawn.Process(target=run_one, args=(settings, concurrency))
        process.start()
        return process

    workers = [start() for _ in range(processes)]
    while not stop.is_set():
        for index, worker in enumerate(workers):
            if not worker.is_alive():
                log.logger("worker.process").error("worker_died", exit_code=worker.exitcode)
                time.sleep(RESTART_AFTER.total_seconds())
                workers[index] = start()
        stop.wait(RESTART_AFTER.total_seconds())
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


def _given(value: T | None) -> T:
    """What the worker's role requires, and the settings so have."""
    if value is None:
        raise ValueError("settings for the worker's role are needed")
    return value
