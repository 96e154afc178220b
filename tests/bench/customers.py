"""Writes webhooks to a receiver: `python -m tests.bench.customers WEBHOOKS BOARD PORT ...`.

Bare asyncio, so that it is not what is measured. What is not answered 200 is sent again, as a provider would.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import deque
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final, cast

import uvloop

from tests.bench.board import Board
from tests.bench.webhooks import Webhooks

_OK: Final = b"HTTP/1.1 200"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "
LOOK: Final = 0.002  # seconds between two looks at how many have been answered
AGAIN: Final = 0.2  # seconds until a refused webhook comes again


class Line(asyncio.Protocol):
    """One connection, with one request on it at a time."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._buffer = b""
        self._number = -1
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._crowd.free(self)

    def write(self, number: int) -> None:
        self._number = number
        assert self._transport is not None
        self._transport.write(self._crowd.webhooks[number])

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(_LENGTH) + len(_LENGTH)
        length = int(head[at:].split(b"\r", 1)[0]) if at >= len(_LENGTH) else 0
        if len(self._buffer) < end + len(_END) + length:
            return
        accepted, self._buffer = self._buffer.startswith(_OK), b""
        self._crowd.answered(self._number, accepted)
        self._number = -1
        self._crowd.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number >= 0:
            self._crowd.answered(self._number, accepted=False)
        self._crowd.gone()


class Crowd:
    """All who write: as fast as they are heard, or so many a second; with no more unanswered than `ahead`."""

    def __init__(self, webhooks: Webhooks, board: Board, *, rate: float, ahead: int, upto: int, endless: bool) -> None:
        self.webhooks = webhooks
        self._board = board
        self._rate = rate
        self._ahead = ahead
        self._free: deque[Line] = deque()
        self._due: deque[int] = deque()
        self._left = float("inf") if endless else upto
        self.done = asyncio.Event()
        self._numbers: Iterator[int] = cycle(range(upto)) if endless else iter(range(upto))

    def free(self, line: Line) -> None:
        self._free.append(line)
        self._take()

    def answered(self, number: int, accepted: bool) -> None:
        if not accepted:
            self._board.refuse()
            asyncio.get_running_loop().call_later(AGAIN, self._again, number)
            return
        self._board.ack(number)
        self._left -= 1
        if not self._left:
            self.done.set()

    def gone(self) -> None:
        raise SystemExit("a connection of the load generator was closed")

    def _again(self, number: int) -> None:
        self._due.append(number)
        self._take()

    def _take(self) -> None:
        """Gives the free connections what is due."""
        while self._free:
            if self._due:
                number = self._due.popleft()
            elif self._rate or self._too_far():
                return
            else:
                following = next(self._numbers, None)
                if following is None:
                    return
                number = following
                self._board.sent[number] = time.monotonic()
            self._free.popleft().write(number)

    def _too_far(self) -> bool:
        return bool(self._ahead) and self._board.acks - self._board.replies >= self._ahead

    async def write(self) -> None:
        """Until all are acknowledged."""
        if self._rate:
            await self._at_a_rate()
        else:
            while not self.done.is_set():
                self._take()
                await asyncio.sleep(LOOK)
        await self.done.wait()

    async def _at_a_rate(self) -> None:
        """Each at its time, whether the ones before have been heard or not."""
        began = time.monotonic()
        for number in self._numbers:
            at = began + number / self._rate
            while (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(min(wait, LOOK))
            self._board.sent[number] = at
            self._due.append(number)
            self._take()
            if number % 50 == 0:
                await asyncio.sleep(0)


async def crowd(arguments: argparse.Namespace) -> None:
    webhooks = Webhooks(arguments.webhooks)
    board = Board(arguments.board, len(webhooks))
    upto = arguments.upto or len(webhooks)
    people = Crowd(webhooks, board, rate=arguments.rate, ahead=arguments.ahead, upto=upto, endless=arguments.endless)
    loop = asyncio.get_running_loop()
    for _ in range(arguments.connections):
        await loop.create_connection(lambda: Line(people), "127.0.0.1", arguments.port)
    await people.write()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("webhooks", type=Path)
    parser.add_argument("board", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0: as fast as they are taken")
    parser.add_argument("--ahead", type=int, default=0, help="acknowledged and not answered at most; 0: any number")
    parser.add_argument("--upto", type=int, default=0, help="how many of them; 0: all")
    parser.add_argument("--endless", action="store_true", help="begin again after the last")
    uvloop.run(crowd(parser.parse_args()))


if __name__ == "__main__":
    main()
