"""The receiver and the workers as the processes that they are in earnest."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

STOP_WITHIN: Final = timedelta(seconds=30)
LAST_LINES: Final = 15


class ProcessDied(Exception):
    """A process ended that should not have; its last words are in the text."""


@dataclass(frozen=True, slots=True)
class Running:
    """One process of ours, and where it writes its log."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def check(self) -> None:
        """Raises ProcessDied."""
        if self.process.returncode is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
            raise ProcessDied(f"{self.name} ended with {self.process.returncode}:\n" + "\n".join(lines))


@asynccontextmanager
async def running(folder: Path, settings: Mapping[str, str], *command: str) -> AsyncIterator[Running]:
    """Runs `autoreply COMMAND` with these settings and no others while the block runs; its log goes to `folder`."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AUTOREPLY_")}
    path = folder / f"{command[0]}.log"
    with path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *command,
            env=others | dict(settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours: the processes are stopped in order, not all at once
        )
    try:
        yield Running(command[0], process, path)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN.total_seconds())
    except TimeoutError:
        process.kill()
        await process.wait()


async def listens(port: int, running: Running) -> None:
    """Returns once somebody listens on this port of the loopback. Raises ProcessDied."""
    while True:
        running.check()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return
