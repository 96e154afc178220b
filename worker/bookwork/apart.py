"""A process beside this one that does one piece of work at a time, and is ended where a piece takes too long.

`python -m worker.bookwork.apart` is the other side: it reads a function and its arguments, says how far it is, and
writes what came of it, until nobody writes to it any more. It gets no setting and so no secret, and little of the
processor where others want it.

ApartFailed
├── TooBusy    others wait already; later
├── TooSlow    it took longer than it may; nothing came of it
└── Died       the process ended, for want of memory or by a fault of ours
"""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, BinaryIO, Final, TypeVar, cast

MOST_WAITING: Final = 20
IDLE: Final = timedelta(minutes=10)  # then it is ended: it holds a hundred megabytes, and with long books a thousand
_LENGTH: Final = struct.Struct("!Q")
_NICE: Final = 10
_PASSED_ON: Final = ("PATH", "LANG", "TZ", "HOME")
_PREFIXES: Final = ("PYTHON", "LC_", "COVERAGE")

T = TypeVar("T")
Tell = Callable[[int], None]


class ApartFailed(Exception):
    """Nothing came of it. Says why, to a person."""


class TooBusy(ApartFailed):
    """Others wait already."""


class TooSlow(ApartFailed):
    """It took longer than it may."""


class Died(ApartFailed):
    """The process ended."""


class Apart:
    """The process. It starts when there is something to do, and again after it was ended."""

    def __init__(self, idle: timedelta = IDLE) -> None:
        self._idle = idle
        self._rest: asyncio.Task[None] | None = None
        self._alone = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, work: Callable[..., T], *given: Any, limit: timedelta, tell: Tell | None = None) -> T:
        """What `work(*given)` returns; it is a function of a module. With `tell` it is also given a function that
        tells how far it is. `limit` is for the work alone. Raises ApartFailed."""
        if self._waiting >= MOST_WAITING:
            raise TooBusy("others are trying books right now; try again in a moment")
        self._waiting += 1
        try:
            async with self._alone:
                if self._rest is not None:
                    self._rest.cancel()
                return cast(T, await self._run((work, given, tell is not None), limit, tell))
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._rest = asyncio.create_task(self._end_when_idle())

    async def aclose(self) -> None:
        """Ends the process."""
        if self._rest is not None:
            self._rest.cancel()
        await self._end()

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle.total_seconds())
        await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _run(self, call: Any, limit: timedelta, tell: Tell | None) -> Any:
        process = await self._started()
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await _ask(process, call, tell)
        except TimeoutError as error:
            await self._end()
            raise TooSlow(f"it took longer than {limit.total_seconds():g} seconds, and was given up") from error
        except (OSError, EOFError) as error:
            await self._end()
            raise Died("the process that tries books ended; the book may need more memory than there is") from error
        except BaseException:  # in the middle of an answer that nobody reads
            await self._end()
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            few = {
                name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(_PREFIXES)
            }
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "worker.bookwork.apart"),
                env=few,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what it would say may quote what customers wrote
                start_new_session=True,  # Ctrl-C is for whoever asks
            )
        return self._process


async def _ask(process: asyncio.subprocess.Process, call: Any, tell: Tell | None) -> Any:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    data = await asyncio.to_thread(pickle.dumps, call)
    process.stdin.write(_LENGTH.pack(len(data)) + data)
    await process.stdin.drain()
    while True:
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        what, value = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  our own process wrote it
        if what == "done":
            return value
        if what == "failed":
            raise Died(f"a fault of autoreply, not of the book ({value})")
        if tell is not None:
            tell(value)


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    while head := source.read(_LENGTH.size):
        work, given, tells = pickle.loads(source.read(*_LENGTH.unpack(head)))  # noqa: S301  our own process wrote it

        def say(what: str, value: Any) -> None:
            data = pickle.dumps((what, value))
            target.write(_LENGTH.pack(len(data)) + data)
            target.flush()

        try:
            value = work(*given, lambda number: say("told", number)) if tells else work(*given)
        except Exception as error:  # the edge of this process
            say("failed", type(error).__name__)
        else:
            say("done", value)


def _main() -> None:
    os.nice(_NICE)
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is printed by mistake is no answer
    with suppress(BrokenPipeError, KeyboardInterrupt):
        _serve(sys.stdin.buffer, target)


if __name__ == "__main__":
    _main()
