"""What a message cannot do without, a piece at a time and undisturbed.

Each piece is ours or a library's as it runs in the service, under the best conditions it can have there: many together,
nothing else on the processor, caches warm. So their sum is less than any message costs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from redis import Redis
from starlette.datastructures import Headers

from bot.demo.embedded import embedded_server
from bot.inbound import Address, Webhook
from bot.inbound.prelude import HEADER, PreludeInbound, PreludeOptions
from rules import Book, Conversation, Message, decide, parse, prepare
from tests.bench.stage import Stage, Supplies, seconds_of
from tests.bench.vocabulary import Language
from tests.bench.webhooks import event, sender_of
from tests.events import sign, signing_key
from worker import connection
from worker.ledger import Ledger, State
from worker.outbound import Answer, Outcome, Reply
from worker.outbound.prelude import PreludeOptions as SenderOptions
from worker.outbound.prelude import PreludeSender
from worker.outcomes import entry, health_of
from worker.rq_worker.jobs import Jobs
from worker.secret import Secret

TOGETHER: Final = 64  # as many as go on one trip at most
ROUNDS: Final = 40
TEXTS: Final = 500
TAKEN_IN: Final = "the ledger: taken in"
STEPS: Final = {
    "take_in": TAKEN_IN,
    "claim": "the ledger: claimed",
    "begin": "the ledger: begun",
    "settle": "the ledger: settled",
    "RQ": "RQ's records",
}
EVALSHA: Final = "cmdstat_evalsha"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one message needs of it, in microseconds of processor time."""

    name: str
    here: float  # in our process
    server: float = 0  # in Redis

    @property
    def whole(self) -> float:
        return self.here + self.server


def best(work: Callable[[], object], times: int = 500, tries: int = 7) -> float:
    """Microseconds of one, in the best of several tries."""
    least = float("inf")
    for _ in range(tries):
        began = time.process_time()
        for _ in range(times):
            work()
        least = min(least, (time.process_time() - began) / times)
    return least * 1e6


def receiving() -> list[Piece]:
    """The signature and the JSON of a webhook."""
    key, body = signing_key(), event(1, "where is the parcel that I was promised for yesterday? " * 2)
    options = PreludeOptions.model_construct(webhook_keys=(key.public_key(),), unsigned=False)
    inbound = PreludeInbound(Address("prelude", None, None), options)
    webhook = Webhook("/webhooks/prelude", Headers({HEADER: sign(body, key)}), body)
    return [
        Piece("the webhook's signature (RSA-PSS, 2,048 bits)", best(lambda: inbound.verify(webhook))),
        Piece("the webhook's JSON", best(lambda: inbound.read(webhook))),
    ]


def deciding(supplies: Supplies, rules: int) -> Piece:
    """By a book of so many rules, each message decided once."""
    prepare()
    book, now = book_of(supplies, rules), datetime.now(UTC)
    took = []
    for number, text in enumerate(texts_of(supplies)):
        message = Message("prelude", "event", f"im_{number}", "+1555", "+1", text, now, now + timedelta(hours=24))
        began = time.perf_counter()
        decide(book, message, Conversation(), now)
        took.append(time.perf_counter() - began)
    return Piece(f"the decision, {rules:,} rules", median(took) * 1e6)


def book_of(supplies: Supplies, rules: int) -> Book:
    return parse(supplies.book(rules).read_bytes(), "bench.yaml")


def texts_of(supplies: Supplies) -> list[str]:
    """Each with a phrase of one of the first 20 rules."""
    language, phrases = Language(seed=2), json.loads(supplies.phrases(20).read_text())
    pick = language.random.choice
    return [language.message(pick(pick(phrases))) for _ in range(TEXTS)]


async def sending(made: Stage) -> Piece:
    """A reply through httpx and aiohttp to a provider that answers at once, many under way."""
    options = SenderOptions.model_construct(
        api_token=Secret("bench"), base_url=f"http://127.0.0.1:{made.provider_port}"
    )
    sender = PreludeSender.connect(options, number=None, connections=TOGETHER)

    async def send(number: int) -> None:
        reply = Reply(
            sender_of(number), "We can help. What is the order number?", f"im_{number}", f"prelude_{number}_1"
        )
        outcome = await sender.send(reply, timedelta(seconds=10))
        if outcome.answer is not Answer.ACCEPTED:
            raise RuntimeError(outcome.code)

    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        await asyncio.gather(*(send(number) for number in range(TOGETHER)))
        took.append((time.process_time() - began) / TOGETHER)
    await sender.aclose()
    return Piece("the request of the reply (httpx, aiohttp)", min(took) * 1e6)


class Scripts:
    """The way of many messages through the ledger and RQ's records, and what each step costs here and in the server."""

    def __init__(self, redis: Redis, ledger: Ledger, jobs: Jobs, texts: Sequence[str]) -> None:
        self._redis = redis
        self._ledger = ledger
        self._jobs = jobs
        self._texts = texts
        self.costs: dict[str, list[tuple[float, float]]] = {step: [] for step in STEPS}

    async def _ask(self, piece: str, *questions: Awaitable[Any]) -> list[Any]:
        self._redis.config_resetstat()
        began = time.process_time()
        answers = await asyncio.gather(*questions)
        here = time.process_time() - began
        stats: Any = self._redis.info("commandstats")
        self.costs[piece].append((here * 1e6 / TOGETHER, stats[EVALSHA]["usec"] / TOGETHER))
        return answers

    async def go(self, book: Book, round_: int) -> None:
        now, ledger = datetime.now(UTC), self._ledger
        names = [f"{round_:04}x{number:04}" for number in range(TOGETHER)]
        messages = [
            Message("prelude", f"e{n}", f"im_{n}", f"+1{n}", "+1", text, now, now + timedelta(hours=24))
            for n, text in zip(names, self._texts, strict=False)
        ]
        await self._ask("take_in", *map(ledger.take_in, messages))
        [taken] = await self._ask("RQ", self._jobs.take(TOGETHER))
        claims = await self._ask(
            "claim", *(ledger.claim(name, ["prelude"], rung=job.id) for name, job in zip(names, taken, strict=True))
        )
        decisions = [decide(book, claim.record.message, claim.conversation, claim.now) for claim in claims]
        attempts = await self._ask(
            "begin", *(ledger.begin(claim, each, book.version) for claim, each in zip(claims, decisions, strict=True))
        )
        outcome = Outcome(Answer.ACCEPTED, "accepted", 200, "tx_" + "0" * 26)
        health, said = health_of(outcome), {"reason": outcome.code, "provider_id": outcome.provider_id}
        fields = [said | {"attempt:1": entry(attempt, outcome, 0.15)} for attempt in attempts]
        settled = zip(attempts, fields, strict=True)
        await self._ask("settle", *(ledger.settle(one, State.SENT, own, health=health) for one, own in settled))
        await self._ask("RQ", *map(self._jobs.finish, taken))

    @property
    def running(self) -> float:
        """What the server needs for the scripts themselves, a message, as a rule."""
        return sum(median(server for _, server in step) for costs in self.costs.values() for step in _steps(costs))

    def pieces(self) -> list[Piece]:
        return [_piece(name, self.costs[step]) for step, name in STEPS.items()]


def _steps(costs: Sequence[tuple[float, float]]) -> Sequence[Sequence[tuple[float, float]]]:
    """RQ has two steps a round, the others one."""
    each = len(costs) // ROUNDS
    return [costs[step::each] for step in range(each)]


def _piece(name: str, costs: Sequence[tuple[float, float]]) -> Piece:
    """The cheapest round's."""
    return Piece(name, *(sum(min(cost[at] for cost in step) for step in _steps(costs)) for at in (0, 1)))


async def keeping(book: Book, texts: Sequence[str]) -> list[Piece]:
    """The ledger's steps and RQ's records, on a server whose every write is flushed."""
    with TemporaryDirectory() as folder, embedded_server(Path(folder) / "redis") as server:
        url = Secret(server.connection_url)
        ledger = connection.open_ledger(url, timedelta(days=14), connections=2)
        loop_redis = connection.connect(url, decode=True, connections=4)
        with Redis.from_url(server.connection_url) as redis:
            jobs = Jobs(redis, loop_redis, "bench")
            scripts = Scripts(redis, ledger, jobs, texts)
            process = server._process
            assert process is not None
            before = seconds_of(process.pid)
            for round_ in range(ROUNDS):
                await scripts.go(book, round_)
            each = (seconds_of(process.pid) - before) * 1e6 / (ROUNDS * TOGETHER)
            await jobs.aclose()
        await loop_redis.aclose()
        await ledger.aclose()
        return [*scripts.pieces(), Piece("its file, flushed, and its sockets", 0, max(0.0, each - scripts.running))]


async def pieces_of(made: Stage) -> list[Piece]:
    """All of them, the webhook's signature first. The provider of `made` answers at once."""
    prepare()
    gc.freeze()
    kept = await keeping(book_of(made.supplies, 20), texts_of(made.supplies))
    return [*receiving(), deciding(made.supplies, 20), await sending(made), *kept]
