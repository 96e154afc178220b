"""Runs the sandbox, or any other app, inside an asyncio program and on a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from bot.sandbox.app import create_sandbox
from bot.sandbox.hangup import Line
from bot.sandbox.world import World

_LAST_WORDS = 3  # seconds for requests that are under way at the end


class _Guest(uvicorn.Server):
    """A server in someone else's program: signals are the program's, and it stops as soon as it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        """uvicorn's own looks ten times a second whether to stop, and tests start many servers."""
        while not self.told.is_set():
            await self.on_tick(0)  # sets the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self.told.wait(), 1)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve_sandbox(world: World, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve while the block runs; yields the base URL. The world is closed at the end, and may be served again.

    Port 0 takes a free one. Raises OSError if the address cannot be had.
    """
    try:
        async with serve_app(create_sandbox(world), host=host, port=port) as url:
            try:
                yield url
            finally:
                await world.aclose()  # first: the server waits for streams and hanging replies
    finally:
        await world.aclose()  # and what these have begun


@asynccontextmanager
async def serve_app(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve any app while the block runs, without a lifespan; yields the base URL."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=Line,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=None,
        access_log=False,
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    server = _Guest(config)
    # no wait for the start: the socket listens already, and the kernel keeps those who come early
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield _url(listener)
    finally:
        server.told.set()
        await serving


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    """As `socket.create_server`, but known to be TCP: asyncio switches Nagle's algorithm off only where it is told so,
    and each answer of two writes would wait 40 ms for the other side's acknowledgement."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{error.strerror}: {host}:{port}") from error
    return listener
