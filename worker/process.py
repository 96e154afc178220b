"""The worker's processes: how one is put together, and how several are kept alive.

SIGTERM and SIGINT end them. SIGHUP makes each look at its book at once; a change comes into force a second later, when
another look has seen the same (see bookshelf).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import uvloop

from rules import prepare
from worker import connection, log, queue
from worker.accounts import Account, Accounts
from worker.answering import CALLBACK_PATH, Answering
from worker.bookshelf import Keeper, Reporter, open_kept, open_reports, open_shelf
from worker.ledger import Ledger
from worker.notifying import Notifying
from worker.outbound.prelude import PreludeSender
from worker.outbound.webhook import Webhooks
from worker.rq_worker import BLOCK, ConcurrentWorker
from worker.settings import ACCOUNT, Settings
from worker.sweeper import sweep_forever

RESTART_AFTER: Final = timedelta(seconds=1)
CANCEL_AGAIN: Final = timedelta(seconds=12)  # what ends in order needs no longer: a notice under way has ten
ENDINGS: Final = (signal.SIGTERM, signal.SIGINT)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What a process is told from outside."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    look: asyncio.Event = field(default_factory=asyncio.Event)  # at the book, now

    def listen(self) -> None:
        """Takes the signals. SIGHUP is held back until here where a parent started us: it would end the process."""
        for number in ENDINGS:
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.look.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


@asynccontextmanager
async def put_together(
    settings: Settings, ledger: Ledger, concurrency: int, told: Told | None = None
) -> AsyncIterator[ConcurrentWorker]:
    """The composition root of a worker process. Raises NoBook; Redis may be away, if the book's file is good."""
    told = told or Told()
    prepare()
    file = _given(settings.book)
    shelf = await open_shelf(settings.redis_url, file, asked=told.look)
    sender = PreludeSender.connect(
        _given(settings.prelude_base_url), _given(settings.prelude_api_token), connections=concurrency
    )
    callback_url = f"{settings.public_url}{CALLBACK_PATH}{ACCOUNT}" if settings.public_url else None
    account = Account(sender, settings.max_per_second, callback_url)
    answering = Answering(ledger, lambda: shelf.book, Accounts({ACCOUNT: account}, concurrency))
    webhooks = Webhooks.connect(private=_given(settings.notify_private))
    notifying = Notifying(ledger, settings.endpoints, webhooks)
    sweeping = sweep_forever(ledger, lambda: shelf.book, _given(settings.when_unconfirmed))
    patience = BLOCK + 2 * connection.TIMEOUT
    rq_redis = connection.connect(settings.redis_url, decode=False, connections=concurrency + 1, patience=patience)
    blocking = connection.connect_blocking(settings.redis_url)
    worker = ConcurrentWorker(blocking, rq_redis, {queue.JOB: answering.answer}, concurrency=concurrency)
    log.logger("worker.process").info(
        "worker_starts", book=shelf.book.version, rules=len(shelf.book.rules), concurrency=concurrency
    )
    try:
        async with open_reports(settings.redis_url) as reports, open_kept(settings.redis_url, file) as kept:
            reporter = Reporter(shelf, reports, ledger, worker=worker.name)
            books = (shelf.keep_up(), Keeper(shelf, kept).keep_on(), reporter.keep_telling())
            async with _beside(told.stop, sweeping, notifying.keep_telling(told.stop), *books):
                yield worker
    finally:
        await webhooks.aclose()
        await sender.aclose()
        await rq_redis.aclose()
        blocking.close()


def run_one(settings: Settings, concurrency: int) -> None:
    """Works in this process until SIGTERM or SIGINT, and ends when what was under way has ended."""
    log.configure()
    uvloop.run(_work(settings, concurrency))


async def _work(settings: Settings, concurrency: int) -> None:
    told = Told()
    told.listen()
    ledger = connection.open_ledger(
        settings.redis_url, settings.retention, connections=2, confirm=_given(settings.confirm_within)
    )
    try:
        async with put_together(settings, ledger, concurrency, told) as worker:
            await worker.run(told.stop)
    finally:
        await ledger.aclose()


@asynccontextmanager
async def _beside(
    stop: asyncio.Event, *endless: Coroutine[Any, Any, None], patience: timedelta = CANCEL_AGAIN
) -> AsyncIterator[None]:
    """Runs what ends by a fault alone. Without it promises are broken in silence, so `stop` is set then: the process
    ends, to be started again.
    """
    tasks = [asyncio.create_task(each) for each in endless]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    try:
        yield
        for task in tasks:
            if task.done():
                await task
    finally:
        # A cancellation that comes while redis-py connects may get lost in it, and what was cancelled goes on: a worker
        # that was stopped right after its start never ended.
        left = set(tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=patience.total_seconds())
        await asyncio.gather(*tasks, return_exceptions=True)


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
                log.logger("worker.process").error("worker_died", exit_code=worker.exitcode)
                time.sleep(RESTART_AFTER.total_seconds())
                workers[index] = _replacement(worker, settings, concurrency)
            elif number is not None:
                os.kill(_given(worker.pid), signal.SIGHUP)
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
        log.logger("worker.process").error("worker_not_started", error=type(error).__name__, errno=error.errno)
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


def _given(value: T | None) -> T:
    """What the worker's role requires, and the settings so have."""
    if value is None:
        raise ValueError("settings for the worker's role are needed")
    return value
