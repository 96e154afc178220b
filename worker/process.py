"""The worker's processes: how one is put together, and how several are kept alive.

SIGTERM and SIGINT end them. SIGHUP makes each look at its book at once; a change comes into force a second later, when
another look has seen the same (see bookshelf).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import uvloop

from rules import prepare
from worker import collector, connection, log
from worker.account_file import AccountSettings, webhook_url
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.bookshelf import Keeper, Reporter, Shelf, open_kept, open_reports, open_shelf
from worker.ledger import Ledger
from worker.notifying import Notifying
from worker.outbound import Limited, Polled, Sender
from worker.outbound.providers import open_senders
from worker.outbound.webhook import Webhooks
from worker.polling import poll_forever
from worker.rq_worker import BLOCK, ConcurrentWorker
from worker.settings import Settings
from worker.sweeper import sweep_forever

CANCEL_AGAIN: Final = timedelta(seconds=12)  # what ends in order needs no longer: a notice under way has ten
ENDINGS: Final = (signal.SIGTERM, signal.SIGINT)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What a process is told from outside."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _looks: list[asyncio.Event] = field(default_factory=list)

    def look(self) -> asyncio.Event:
        """Another that is set when all shall look at their books now."""
        self._looks.append(asyncio.Event())
        return self._looks[-1]

    def _look_now(self) -> None:
        for look in self._looks:
            look.set()

    def listen(self) -> None:
        """Takes the signals. SIGHUP is held back until here where a parent started us: it would end the process."""
        for number in ENDINGS:
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._look_now)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


@asynccontextmanager
async def put_together(
    settings: Settings, ledger: Ledger, concurrency: int, told: Told | None = None
) -> AsyncIterator[ConcurrentWorker]:
    """The composition root of a worker process. Raises NoBook; Redis may be away, if the books' files are good."""
    told = told or Told()
    prepare()
    async with AsyncExitStack() as stack:
        senders = open_senders(settings.accounts, connections=concurrency)
        for sender in senders.values():
            stack.push_async_callback(sender.aclose)
        shelves = {file: await open_shelf(settings.redis_url, file, asked=told.look()) for file in settings.books}
        accounts = Accounts(
            {each.name: _account(settings, each, senders, shelves) for each in settings.accounts}, concurrency
        )
        webhooks = Webhooks.connect(private=_given(settings.notify_private))
        stack.push_async_callback(webhooks.aclose)
        notifying = Notifying(ledger, settings.endpoints, webhooks)
        patience = BLOCK + 2 * connection.TIMEOUT
        rq_redis = connection.connect(settings.redis_url, decode=True, connections=4, patience=patience)
        stack.push_async_callback(rq_redis.aclose)
        blocking = connection.connect_blocking(settings.redis_url)
        stack.callback(blocking.close)
        answering = Answering(ledger, accounts)
        worker = ConcurrentWorker(blocking, rq_redis, answering.answer, capacity=accounts.capacity)
        for shelf in shelves.values():
            log.logger().info(
                "worker_starts", book=shelf.book.version, rules=len(shelf.book.rules), concurrency=concurrency
            )
        beside: list[Coroutine[Any, Any, None]] = [
            sweep_forever(ledger, accounts, _given(settings.when_unconfirmed)),
            notifying.keep_telling(told.stop),
        ]
        beside += [
            poll_forever(ledger, name, sender, accounts[name].max_per_second)
            for name, sender in senders.items()
            if isinstance(sender, Polled)
        ]
        reports = await stack.enter_async_context(open_reports(settings.redis_url))
        for file, names in settings.books.items():
            shelf, kept = shelves[file], await stack.enter_async_context(open_kept(settings.redis_url, file))
            reporter = Reporter(shelf, reports, ledger, worker=worker.name, accounts=names)
            beside += [shelf.keep_up(), Keeper(shelf, kept).keep_on(), reporter.keep_telling()]
        async with _beside(told.stop, *beside):
            yield worker


def _account(
    settings: Settings, account: AccountSettings, senders: Mapping[str, Sender], shelves: Mapping[Path, Shelf]
) -> Account:
    shelf = shelves[_given(account.book)]
    sender = senders[account.name]
    # Of events that the inbound adapter cannot believe, the provider would send each again and again.
    callback_url = webhook_url(settings.public_url, account.name) if account.hears_of_replies else None
    own = sender.PER_SECOND if isinstance(sender, Limited) else None
    return Account(sender, lambda: shelf.book, account.max_per_second or own, callback_url)


def run_one(settings: Settings, concurrency: int) -> None:
    """Works in this process until SIGTERM or SIGINT, and ends when what was under way has ended."""
    log.configure()
    collector.calm()
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


def _given(value: T | None) -> T:
    """What the worker's role requires, and the settings so have."""
    if value is None:
        raise ValueError("settings for the worker's role are needed")
    return value
