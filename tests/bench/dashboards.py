"""What fifty open dashboards cost the workers: `python -m tests.bench.dashboards`.

Each holds the overview open, as a browser does: it hears the live events, and with each asks for what has changed. The
service answers as fast as it can, without them, with them, and without them once more, in one run; what the browsers
themselves cost is not theirs but this program's, and small.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bot.demo.embedded import free_port
from tests.bench.contenders import Ours
from tests.bench.rules import table
from tests.bench.stage import Stage
from tests.bench.throughput import QUICK, SLOW, USUAL, Bench, Plan, supplies

OPEN = 50
PASSWORD = "a password for the benchmark"
DEPLOYED = Ours(2)


class Browser:
    """One open overview, without a screen."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookie = ""
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
                    await self._ask("GET", "/now", b"")
                    self.asked += 1
        finally:
            writer.close()

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[Mapping[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._request(method, path, body))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        found = await reader.readexactly(int(headers.get("content-length", 0)))
        writer.close()
        if status.split()[1] not in ("200", "303"):
            raise RuntimeError(f"{path}: {status}")
        return headers, found

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        head = [
            f"{method} {path} HTTP/1.1",
            f"host: 127.0.0.1:{self._port}",
            f"cookie: {self._cookie}",
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
    opened = [Browser(port) for _ in range(number)]
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
    rows, without = [], 0.0
    for open_now in (0, number, 0):
        beside = partial(browsers, number=open_now) if open_now else None
        run = await bench.sustained(DEPLOYED, delay=SLOW, beside=beside)
        without = without or run.per_second
        share = f"{run.per_second / without:.0%}"
        rows.append([f"{open_now}", f"{run.per_second:,.0f}", share, f"{run.cpu.get('dashboard', 0):,.0f} µs"])
    return table(["open dashboards", "replies a second", "of the first", "processor time of the dashboard"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter")
    parser.add_argument("--open", type=int, default=OPEN, help="how many dashboards")
    arguments = parser.parse_args()
    plan: Plan = QUICK if arguments.quick else USUAL
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "supplies").mkdir()
        made = supplies(folder / "supplies", plan.messages)
        print(asyncio.run(measure(Bench(made, plan, folder), arguments.open)))  # noqa: T201


if __name__ == "__main__":
    main()
