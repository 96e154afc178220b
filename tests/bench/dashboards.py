"""What fifty open dashboards cost the workers: `python -m tests.bench.dashboards`.

Half of them hold the overview open and half the list of messages, as a browser does: it hears the live events, and with
each asks for what has changed. The service answers as fast as it can, and goes on while they come and go: what else the
machine does comes and goes for both, and how far the turns differ says what the figures are worth. What the browsers
themselves cost is not theirs but this program's, and small.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from http.cookies import SimpleCookie
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeAlias
from urllib.parse import urlencode

from bot.demo.embedded import free_port
from tests.bench.rules import table
from tests.bench.stage import Stage
from tests.bench.tables import Run
from tests.bench.throughput import QUICK, USUAL, Bench, Plan, supplies

OPEN = 50
AGAIN = 0.5  # seconds
PAGES = (("/now", "now"), ("/messages", "list"))
PASSWORD = "a password for the benchmark"


Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Browser:
    """One open page, without a screen."""

    def __init__(self, port: int, page: str, part: str) -> None:
        """`page` is the path that the page asks for what has changed, and `part` the element that it is for."""
        self._port = port
        self._page = page
        self._part = part
        self._cookie = ""
        self._connection: Connection | None = None
        self.asked = 0

    async def open(self) -> None:
        """Logs in, and goes on until it is cancelled."""
        form = urlencode({"password": PASSWORD, "name": "bench"}).encode()
        head, _ = await self._ask("POST", "/login", form)
        self._cookie = "; ".join(f"{name}={value.value}" for name, value in SimpleCookie(head["set-cookie"]).items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._request("GET", "/live", b""))
        try:
            while line := await reader.readline():
                if line.startswith(b"event: pulse"):
                    await self._ask("GET", self._page, b"")
                    self.asked += 1
        finally:
            writer.close()
            if self._connection is not None:
                self._connection[1].close()

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[Mapping[str, str], bytes]:
        if self._connection is None:
            self._connection = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._connection
        writer.write(self._request(method, path, body))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        found = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            writer.close()
            self._connection = None
        if status.split()[1] == "503":  # it has waited for Redis too long
            await asyncio.sleep(AGAIN)
            return await self._ask(method, path, body)
        if status.split()[1] not in ("200", "303"):
            raise RuntimeError(f"{path}: {status}")
        return headers, found

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        head = [
            f"{method} {path} HTTP/1.1",
            f"host: 127.0.0.1:{self._port}",
            f"cookie: {self._cookie}",
            f"hx-target: {self._part}",
            "sec-fetch-site: same-origin",
            "content-type: application/x-www-form-urlencoded",
            f"content-length: {len(body)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body


@asynccontextmanager
async def browsers(made: Stage, number: int) -> AsyncIterator[list[Browser]]:
    """A dashboard's process, and so many who have it open."""
    port = free_port()
    settings = {"AUTOREPLY_REDIS_URL": made.redis_url, "AUTOREPLY_DASHBOARD_PASSWORD": PASSWORD}
    settings["AUTOREPLY_PRELUDE_API_TOKEN"] = "bench"
    made.start("dashboard", sys.executable, "-m", "bot", "dashboard", "--port", str(port), env=settings)
    await made.opens(port)
    opened = [Browser(port, *page) for page, _ in zip(cycle(PAGES), range(number), strict=False)]
    tasks = [asyncio.create_task(browser.open()) for browser in opened]
    try:
        yield opened
        for task in tasks:
            if task.done():
                await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await made.end("dashboard")


async def measure(bench: Bench, number: int) -> str:
    turns = await bench.beside(partial(browsers, number=number))
    shares = [with_them.per_second / without.per_second for without, with_them in turns]
    rows = [_row(0, [without for without, _ in turns]), _row(number, [with_them for _, with_them in turns])]
    rows.append(["with them, of without", f"{median(shares):.0%}", f"{min(shares):.0%} to {max(shares):.0%}", ""])
    return table(["open dashboards", "replies a second", "turn by turn", "of the processors, for the dashboard"], rows)


def _row(number: int, runs: Sequence[Run]) -> list[str]:
    rates = [run.per_second for run in runs]
    takes = median(run.cpu.get("dashboard", 0) / 1e6 * run.per_second / (os.cpu_count() or 1) for run in runs)
    return [f"{number}", f"{median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", f"{takes:.1%}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter")
    parser.add_argument("--open", type=int, default=OPEN, help="how many dashboards")
    arguments = parser.parse_args()
    plan: Plan = replace(QUICK, messages=30_000, turns=2) if arguments.quick else replace(USUAL, seconds=4, turns=8)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "supplies").mkdir()
        made = supplies(folder / "supplies", plan.messages)
        print(asyncio.run(measure(Bench(made, plan, folder), arguments.open)))  # noqa: T201


if __name__ == "__main__":
    main()
