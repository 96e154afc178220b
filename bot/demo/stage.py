"""Puts the service on a stage, plays the conversation, and shows what happens as it happens."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.demo.conversation import Line
from bot.demo.embedded import embedded_server, free_port
from bot.demo.processes import Running, listens, running
from bot.sandbox.model import Inbound, Reply
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.providers.prelude.signing import new_key
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from worker.connection import open_ledger
from worker.keys import message_key
from worker.ledger import Ledger, Record, State
from worker.secret import Secret
from worker.settings import ACCOUNT

PATIENCE: Final = timedelta(seconds=20)  # with one message: the first waits for the workers to start
LOOK: Final = timedelta(milliseconds=20)
DASHBOARD_ABOVE: Final = 10  # the phone's port
ENDS: Final = frozenset(State) - {State.QUEUED, State.CLAIMED, State.SENDING, State.RETRYING, State.PAUSED}


@dataclass(frozen=True, slots=True)
class Stage:
    """The whole service, running."""

    world: World
    ledger: Ledger
    processes: tuple[Running, ...]
    phone: str  # the address of the phone page
    receiver: str  # its address
    redis: str  # its address
    dashboard: str  # its address
    password: str  # of the dashboard's operator, made for this run
    book: Path  # that answers


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one line."""

    line: Line
    record: Record | None
    replies: tuple[Reply, ...]
    took: timedelta

    @property
    def good(self) -> bool:
        """Whether what was expected came, once, and nothing else."""
        if self.record is None or self.record.rule != self.line.rule:
            return False
        wanted = 0 if self.line.rule is None else 1
        return len(self.replies) == wanted and self.record.state in (State.SENT, State.SILENT)


@asynccontextmanager
async def stage(book: Path, folder: Path, port: int, *, editable: bool = False) -> AsyncIterator[Stage]:
    """Everything that `book` needs to answer; logs and data in `folder`. `port` is the phone's, the dashboard's is ten
    above it; 0 takes free ones. `editable`: a copy of the book answers, which the dashboard may change."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(embedded_server(folder / "redis"))
        if editable:
            book = Path(shutil.copyfile(book, folder / book.name))
        receiver_port = free_port()
        receiver = f"http://127.0.0.1:{receiver_port}"
        provider = Prelude(secrets.token_urlsafe(24), new_key())
        world = World(provider, webhook_url=f"{receiver}/webhooks/{ACCOUNT}")
        phone = await stack.enter_async_context(serve_sandbox(world, port=port))
        settings = {
            "AUTOREPLY_REDIS_URL": server.connection_url,
            "AUTOREPLY_BOOK": str(book),
            "AUTOREPLY_PUBLIC_URL": receiver,
            **provider.settings(phone),
        }
        password, dashboard_port = secrets.token_urlsafe(12), port + DASHBOARD_ABOVE if port else free_port()
        desk = settings | {
            "AUTOREPLY_DASHBOARD_PASSWORD": password,
            "AUTOREPLY_BOOK_EDITABLE": str(int(editable)),
        }
        worker = await stack.enter_async_context(running(folder, settings, "work"))
        serving = await stack.enter_async_context(running(folder, settings, "serve", "--port", str(receiver_port)))
        showing = await stack.enter_async_context(running(folder, desk, "dashboard", "--port", str(dashboard_port)))
        ledger = open_ledger(Secret(server.connection_url), timedelta(days=14), connections=2)
        stack.push_async_callback(ledger.aclose)
        await listens(receiver_port, serving)
        await listens(dashboard_port, showing)
        yield Stage(
            world,
            ledger,
            (serving, worker, showing),
            phone,
            receiver,
            server.connection_url,
            f"http://127.0.0.1:{dashboard_port}",
            password,
            book,
        )


async def play(stage: Stage, lines: Sequence[Line]) -> AsyncIterator[Heard]:
    """Writes line by line, each when the one before has come to its end."""
    for line in lines:
        began = time.monotonic()
        message = stage.world.receive(line.customer, line.text)
        record = await _end_of(stage, message)
        took = timedelta(seconds=time.monotonic() - began)
        yield Heard(line, record, tuple(replies_to(stage.world, message)), took)


def replies_to(world: World, message: Inbound) -> list[Reply]:
    """What the provider accepted in answer to a message."""
    return [reply for reply in world.conversations.replies if reply.reply_to == message.id]


async def _end_of(stage: Stage, message: Inbound) -> Record | None:
    """The message's record once nothing more will happen to it; as it is, where that takes too long."""
    key, patience = message_key(ACCOUNT, message.id), time.monotonic() + PATIENCE.total_seconds()
    while True:
        for process in stage.processes:
            process.check()
        record = await stage.ledger.record(key)
        if (record and record.state in ENDS) or time.monotonic() > patience:
            return record
        await asyncio.sleep(LOOK.total_seconds())
