"""Stands between our processes and Redis."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK = 65_536  # bytes


@dataclass
class Proxy:
    """What it does to those who pass. By default nothing."""

    target: int  # the server's port
    port: int = 0
    swallow: float = 0.0  # the share of answers that get lost, and their connections with them
    lose: int = 0  # the next answers, and their connections with them
    lose_with: bytes = b""  # answers in which this stands, and their connections with them; none where it is empty
    delay: float = 0.0  # seconds before each answer
    jitter: float = 0.0  # seconds more, at most
    swallowed: int = 0
    random: random.Random = field(default_factory=random.Random)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _silences: int = 0

    def fall_silent(self) -> None:
        """The connections of now stay open and carry nothing more, as behind a cable that was pulled. New ones work."""
        self._silences += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = [writer]
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(server_writer)
            async with asyncio.TaskGroup() as ways:
                both = [
                    ways.create_task(self._pass_on(reader, server_writer)),
                    ways.create_task(self._answer(server_reader, writer)),
                ]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for way in both:
                    way.cancel()
        except (OSError, ExceptionGroup, asyncio.CancelledError):  # an end of it has gone, or all of us
            return  # asyncio's streams would tell of a task that was cancelled as of a fault
        finally:
            for each in writers:
                each.close()
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = self._silences
        while data := await reader.read(CHUNK):
            if began != self._silences:
                continue
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = self._silences
        while data := await reader.read(CHUNK):
            if self.delay or self.jitter:
                await asyncio.sleep(self.delay + self.random.uniform(0, self.jitter))
            if began != self._silences:
                continue
            told_to = self.lose or (self.lose_with and self.lose_with in data)
            if told_to or (self.swallow and self.random.random() < self.swallow):
                self.lose = max(self.lose - 1, 0)
                self.swallowed += 1
                return
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def proxy(target: int, seed: int) -> AsyncIterator[Proxy]:
    """A proxy to that port of the loopback, on a port of its own."""
    between = Proxy(target, random=random.Random(seed))  # noqa: S311
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        server.close()
        for task in list(between._tasks):
            task.cancel()
        await asyncio.gather(*between._tasks, return_exceptions=True)
