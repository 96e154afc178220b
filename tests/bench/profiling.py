"""Where a process spends its time, as py-spy sees it from outside."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RATE: Final = 200  # samples a second
_FRAME: Final = re.compile(r"^(?P<function>.+?) \((?P<file>.+?)(:\d+)?\)$")
_PACKAGES: Final = re.compile(r".*site-packages/|.*/lib/python3\.\d+/")


@dataclass(frozen=True, slots=True)
class Cost:
    """A function and its share of the time that the process was at work, without what it called."""

    function: str
    share: float


async def profile(pid: int, seconds: float, folder: Path) -> list[Cost]:
    """The functions of the process, the most expensive first. Raises RuntimeError where py-spy may not look."""
    raw = folder / f"{pid}.raw"
    command = ("record", "--pid", str(pid), "--duration", str(round(seconds)), "--rate", str(RATE))
    more = ("--format", "raw", "--output", str(raw), "--nonblocking")
    spy = Path(sys.executable).with_name("py-spy")
    process = await asyncio.create_subprocess_exec(
        spy, *command, *more, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode())
    return costs(raw.read_text())


def costs(raw: str) -> list[Cost]:
    """Of lines like `main (a.py:1);work (b.py:2) 17`: a stack, and how often it was seen. py-spy, which does not stop
    the process that it looks at, writes another line now and then."""
    seen: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, times = line.rpartition(" ")
        if times.isdecimal():
            seen[_name(stack.rpartition(";")[2])] += int(times)
    return [Cost(name, times / seen.total()) for name, times in seen.most_common()]


def _name(frame: str) -> str:
    found = _FRAME.match(frame)
    return f"{found['function']} in {_PACKAGES.sub('', found['file'])}" if found else frame
