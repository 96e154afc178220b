"""How much goes through, how fast, and what it costs, beside others: `python -m tests.bench.throughput`.

Everything runs on the same two cores: customers, provider, server, receiver and workers. What is compared comes from
one run, and each rate is the median of several repetitions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from cryptography.hazmat.primitives import serialization

from bot.sandbox.providers.prelude.signing import public_pem
from tests.bench.contenders import ARQ, BARE, DRAMATIQ, FORKING, SIMPLE, THREADS, Contender, NodeRed, Ours, node_is_here
from tests.bench.limits import Piece, deciding, pieces_of
from tests.bench.profiling import Cost, profile
from tests.bench.rules import ms, table
from tests.bench.stage import Stage, Supplies, stage
from tests.bench.tables import (
    PROFILED,
    Run,
    acknowledgements,
    backlog_table,
    books_table,
    costs_table,
    limits_table,
    processes_table,
    rate,
)
from tests.bench.vocabulary import Language
from tests.bench.webhooks import write_webhooks
from tests.events import signing_key

RESULTS: Final = Path(__file__).parent / "RESULTS.md"
AHEAD: Final = 3_000  # acknowledged and not answered, at most: more than a provider of 150 ms needs, and no backlog
SIZES: Final = (20, 1_000)
SLOW: Final = 0.15  # seconds that a provider takes
NEARLY_ALL: Final = 0.8  # of what can be sustained
DEPLOYED: Final = Ours(2)  # a worker process a core


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how often, how many. A run warms up, and is then measured several times."""

    messages: int
    warm_up: float  # seconds
    seconds: float  # of each time
    repetitions: int
    backlog: int
    others: Sequence[Contender]
    cases: Sequence[
        tuple[float, int]
    ]  # the provider's delay and the number of rules; the first is what all the rest uses
    rates: Sequence[float]  # messages a second; beside them, most of what can be sustained
    processes: int  # of workers, at most
    turns: int  # that the books of each size take

    @property
    def measured(self) -> float:
        """Seconds of a run."""
        return self.seconds * self.repetitions


USUAL: Final = Plan(
    messages=100_000,
    warm_up=1.5,
    seconds=2.5,
    repetitions=3,
    backlog=100_000,
    others=(SIMPLE, FORKING, ARQ, DRAMATIQ, *([NodeRed()] if node_is_here() else [])),
    cases=((SLOW, 20), (SLOW, 1_000), (0, 20)),
    rates=(20, 200, 500, 800),
    processes=4,
    turns=6,
)
QUICK: Final = Plan(
    messages=12_000,
    warm_up=1,
    seconds=2,
    repetitions=1,
    backlog=5_000,
    others=(SIMPLE,),
    cases=((SLOW, 20),),
    rates=(20,),
    processes=1,
    turns=0,
)


def supplies(folder: Path, messages: int) -> Supplies:
    """Every message has a phrase of a rule of the book with 20 rules, which is the beginning of that with 1,000."""
    made = Supplies(folder, messages)
    language = Language()
    phrases = language.book(max(SIZES))
    for size in SIZES:
        made.phrases(size).write_text(json.dumps(phrases[:size]))
    pick = language.random.choice
    texts = [language.message(pick(pick(phrases[: min(SIZES)]))) for _ in range(messages)]
    key = signing_key()
    private = folder / "private.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    made.public_key.write_text(public_pem(key))
    write_webhooks(made.webhooks, texts, private)
    return made


class Bench:
    """Runs of one plan."""

    def __init__(self, made: Supplies, plan: Plan, folder: Path) -> None:
        self.supplies = made
        self._plan = plan
        self._folder = folder
        self._numbers = count()

    @asynccontextmanager
    async def _stage(self, contender: Contender, *, rules: int = 20, delay: float = 0) -> AsyncIterator[Stage]:
        disk: Literal["always", "no"] = "always" if isinstance(contender, Ours) else "no"
        folder = self._folder / f"run{next(self._numbers)}"
        async with stage(self.supplies, folder, rules=rules, delay=delay, disk=disk) as made:
            await contender.serve(made)
            yield made

    async def acknowledged(self, contender: Contender) -> Run:
        """As many webhooks as are taken, from 32 connections, and nobody answers."""
        async with self._stage(contender) as made:
            made.write(endless=not isinstance(contender, Ours))
            await self._begun(made, lambda: made.board.acks)
            before, acks = made.cpu(), made.board.acks
            per_second = await self._rate(made, lambda: made.board.acks)
            waits = [wait for wait in made.board.acknowledging(self.supplies.messages) if wait > 0]
            return Run(per_second, waits, _each(made, before, made.board.acks - acks))

    async def sustained(
        self,
        contender: Contender,
        *,
        rules: int = 20,
        delay: float = 0,
        profiled: bool = False,
    ) -> Run:
        """As many replies as come out, with no more messages waiting than a few seconds' worth."""
        async with self._stage(contender, rules=rules, delay=delay) as made:
            contender.work(made)
            made.write(ahead=AHEAD)
            await self._begun(made, lambda: made.board.replies)
            before, replies = made.cpu(), made.board.replies
            spying = [asyncio.create_task(self._spy(made, role)) for role in PROFILED if profiled]
            per_second = await self._rate(made, lambda: made.board.replies)
            cpu = _each(made, before, made.board.replies - replies)
            memory = {role: made.memory(role) for role in PROFILED}
            if made.board.doubles and isinstance(contender, Ours):
                raise RuntimeError(f"{made.board.doubles} messages were answered twice")
            return Run(per_second, cpu=cpu, memory=memory, costs=dict(await asyncio.gather(*spying)))

    async def books(self, sizes: Sequence[int]) -> list[list[Run]]:
        """With a book of each size in turn, which the workers take up as they run: so they differ in nothing else, and
        what else the machine does comes and goes for both. Who comes first changes."""
        turns = []
        async with self._answering() as made:
            for turn in range(self._plan.turns):
                order = sizes if turn % 2 == 0 else sizes[::-1]
                found = {rules: await self._by_book(made, rules) for rules in order}
                turns.append([found[rules] for rules in sizes])
        return turns

    async def beside(self, what: Callable[[Stage], AbstractAsyncContextManager[Any]]) -> list[tuple[Run, Run]]:
        """Without and with what else goes on, in turn, while the service runs. Who comes first changes."""
        turns = []
        async with self._answering() as made:
            for turn in range(self._plan.turns):
                found = {}
                for goes_on in (False, True) if turn % 2 == 0 else (True, False):
                    async with what(made) if goes_on else nullcontext():
                        found[goes_on] = await self._settled(made)
                turns.append((found[False], found[True]))
        return turns

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[Stage]:
        """The service as it is deployed, with more to answer than it can."""
        async with self._stage(DEPLOYED, delay=SLOW) as made:
            DEPLOYED.work(made)
            made.write(ahead=AHEAD)
            await self._begun(made, lambda: made.board.replies)
            yield made

    async def _by_book(self, made: Stage, rules: int) -> Run:
        await DEPLOYED.take_up(made, rules)
        return await self._settled(made)

    async def _settled(self, made: Stage) -> Run:
        """As it goes now, once it has got used to it."""
        await asyncio.sleep(self._plan.warm_up)
        before, replies = made.cpu(), made.board.replies
        per_second = await self._rate_once(made, lambda: made.board.replies)
        return Run(per_second, cpu=_each(made, before, made.board.replies - replies))

    async def _spy(self, made: Stage, role: str) -> tuple[str, Sequence[Cost]]:
        return role, await profile(made.busiest(role), self._plan.warm_up + self._plan.measured, made.folder)

    async def latency(self, rate: float) -> Run:
        """From webhook to the reply's arrival at the provider, at so many messages a second."""
        async with self._stage(DEPLOYED, delay=SLOW) as made:
            DEPLOYED.work(made)
            await made.working(DEPLOYED.processes)
            number = min(int(rate * (self._plan.warm_up + self._plan.measured)), self.supplies.messages)
            made.write(rate=rate, upto=number)
            while made.board.replies < number:
                made.check()
                await asyncio.sleep(0.1)
            warm = min(filter(None, made.board.sent)) + self._plan.warm_up
            return Run(rate, made.board.waits(number, since=warm))

    async def _begun(self, made: Stage, counter: Callable[[], int]) -> None:
        end = time.monotonic() + 60
        while counter() < 3:
            made.check()
            if time.monotonic() > end:
                raise RuntimeError("nothing comes within a minute")
            await asyncio.sleep(0.05)

    async def _rate(self, made: Stage, counter: Callable[[], int]) -> float:
        await self._begun(made, counter)
        await asyncio.sleep(self._plan.warm_up)
        return median([await self._rate_once(made, counter) for _ in range(self._plan.repetitions)])

    async def _rate_once(self, made: Stage, counter: Callable[[], int]) -> float:
        began, first = time.monotonic(), counter()
        while time.monotonic() < began + self._plan.seconds:
            made.check()
            if made.processes["customers"][0].poll() is not None:
                raise RuntimeError("the customers have no more to write: more messages are needed")
            await asyncio.sleep(0.05)
        return (counter() - first) / (time.monotonic() - began)

    async def limits(self) -> Sequence[Piece]:
        """What a message cannot do without."""
        async with stage(self.supplies, self._folder / "limits") as made:
            return await pieces_of(made)

    async def backlog(self) -> list[Run]:
        """A receiver without workers until so many wait, then a worker until all are answered: the empty server, and
        each tenth."""
        number = min(self._plan.backlog, self.supplies.messages)
        ours = Ours()
        async with self._stage(ours, delay=SLOW) as made:
            runs = [Run(0, memory={"redis": made.redis_memory()})]
            made.write(upto=number)
            while made.board.acks < number:
                made.check()
                await asyncio.sleep(0.1)
            ours.work(made)
            await self._begun(made, lambda: made.board.replies)
            for tenth in range(1, 11):
                began, first = time.monotonic(), made.board.replies
                while made.board.replies < number * tenth // 10:
                    made.check()
                    await asyncio.sleep(0.02)
                worker, server = made.memory("worker"), made.redis_memory()
                per_second = (made.board.replies - first) / (time.monotonic() - began)
                runs.append(Run(per_second, memory={"worker": worker, "redis": server}))
        return runs


def _each(made: Stage, before: Mapping[str, float], number: int) -> dict[str, float]:
    """Microseconds of processor time a message, by role, since `before`."""
    return {role: (now - before.get(role, 0)) / max(number, 1) * 1e6 for role, now in made.cpu().items()}


class Report:
    """The tables, one after another, on the screen as they come."""

    def __init__(self) -> None:
        self.text = ""

    def say(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201
        self.text += f"{text}\n\n"


async def measure(bench: Bench, plan: Plan, report: Report) -> None:
    """All of it."""
    report.say("## At the door")
    doors: Sequence[Contender] = (BARE, Ours(), THREADS)
    door = {contender: await bench.acknowledged(contender) for contender in doors}
    report.say(acknowledgements({contender.name: run for contender, run in door.items()}))
    report.say("## From webhook to reply")
    own = await bench.sustained(DEPLOYED, delay=SLOW)
    report.say(await replies(bench, plan, own))
    if plan.turns:
        report.say("## A longer book")
        decisions = [deciding(bench.supplies, size) for size in SIZES]
        report.say(books_table(SIZES, await bench.books(SIZES), decisions))
    report.say("## Latency, the provider's own time taken off")
    report.say(await latencies(bench, plan, own))
    report.say("## More processes")
    by_number = await processes(bench, plan, own)
    report.say(processes_table(by_number))
    report.say("## What a message cannot do without")
    report.say(limits_table(await bench.limits(), door[BARE], own))
    report.say(f"## A backlog of {plan.backlog:,}")
    report.say(backlog_table(await bench.backlog(), plan.backlog, by_number[1]))
    report.say("## Where the time goes")
    report.say(costs_table(await bench.sustained(Ours(), delay=SLOW, profiled=True)))


async def replies(bench: Bench, plan: Plan, own: Run) -> str:
    rows = []
    for contender in (DEPLOYED, *plan.others):
        is_own = isinstance(contender, Ours)
        row, ratio = [contender.name], ""
        for delay, rules in plan.cases:
            is_first = (delay, rules) == plan.cases[0]
            run = own if is_own and is_first else await bench.sustained(contender, delay=delay, rules=rules)
            row.append(rate(run.per_second))
            ratio = f"{own.per_second / run.per_second:.1f}" if is_first and not is_own else ratio
        rows.append([*row, ratio])
    cases = [f"{delay * 1000:.0f} ms, {rules:,} rules" for delay, rules in plan.cases]
    return table(["replies a second", *cases, "ours is times"], rows)


async def latencies(bench: Bench, plan: Plan, own: Run) -> str:
    rows = []
    for per_second in (*plan.rates, own.per_second * NEARLY_ALL):
        if per_second > own.per_second:
            rows.append([rate(per_second), "more than is sustained", ""])
            continue
        found = await bench.latency(per_second)
        rows.append([rate(per_second), ms(found.percentile(50)), ms(found.percentile(99))])
    return table(["messages a second", "p50", "p99"], rows)


async def processes(bench: Bench, plan: Plan, own: Run) -> Mapping[int, Run]:
    """By the number of worker processes."""
    others = (number for number in range(1, plan.processes + 1) if number != DEPLOYED.processes)
    found = {number: await bench.sustained(Ours(number), delay=SLOW) for number in others}
    return dict(sorted({**found, DEPLOYED.processes: own}.items()))


def about() -> str:
    """The machine and the versions."""
    names = ("starlette", "uvicorn", "httpx", "aiohttp", "redis", "rq")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores of a shared machine, Python"
        f" {platform.python_version()}, {libraries}. Customers, provider, server, receiver and workers share the cores,"
        " so ratios count and not figures."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once each and shorter; nothing is written")
    quick = parser.parse_args().quick
    plan, report = QUICK if quick else USUAL, Report()
    report.say("# Throughput, measured")
    report.say(about())
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "supplies").mkdir()
        made = supplies(folder / "supplies", plan.messages)
        asyncio.run(measure(Bench(made, plan, folder), plan, report))
    if not quick:
        RESULTS.write_text(report.text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
