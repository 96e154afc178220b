"""A provider that does nothing but wait and say yes: `python -m tests.bench.provider BOARD MESSAGES PORT SECONDS`.

Bare asyncio, so that it is not what is measured. Who is answered it reads from the number that the reply goes to.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import deque
from pathlib import Path
from typing import Final, cast

import uvloop

from tests.bench.board import Board
from tests.bench.webhooks import number_of

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"


class Provider(asyncio.Protocol):
    """One connection."""

    def __init__(self, board: Board, later: Later) -> None:
        self._board = board
        self._later = later
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            whole = end + len(_END) + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            number, self._buffer = number_of(self._buffer[end:whole]), self._buffer[whole:]
            self._board.reply(number)
            assert self._transport is not None
            self._later.write(self._transport, _response(number))


def _response(number: int) -> bytes:
    body = b'{"id":"tx_%026d","to":"+15550000000","channel":"whatsapp"}' % number
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


class Later:
    """Writes answers after a time that is the same for all, so the first to come is the first to go."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, asyncio.Transport, bytes]] = deque()

    def write(self, transport: asyncio.Transport, answer: bytes) -> None:
        if not self._seconds:
            transport.write(answer)
            return
        self._waiting.append((self._loop.time() + self._seconds, transport, answer))
        if len(self._waiting) == 1:
            self._loop.call_later(self._seconds, self._due)

    def _due(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, transport, answer = self._waiting.popleft()
            if not transport.is_closing():
                transport.write(answer)
        if self._waiting:
            self._loop.call_at(self._waiting[0][0], self._due)


async def provide(board: Board, port: int, seconds: float) -> None:
    """Until it is ended."""
    later = Later(seconds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(board, later), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    path, messages, port, seconds = sys.argv[1:]
    uvloop.run(provide(Board(Path(path), int(messages)), int(port), float(seconds)))
