"""Receivers, workers and sweepers of the ledger's first format and of this one on one Redis, a step at a time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal, cast

import redis.asyncio

from rules.model import Message
from tests.clocked import Clock, ClockedLedger, Look, look
from tests.first_format import FirstClaim, FirstLedger
from tests.invariants import ON_ITS_WAY
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, key_of
from worker import keys, queue
from worker.ledger import Attempt, Claim, Delivery, DeliveryEvent, Health, State, Times

Version = Literal["first", "this"]
BOTH: Final[tuple[Version, ...]] = ("first", "this")
PEOPLE: Final = ("+1", "+2", "+3")
WINDOWS: Final = [timedelta(seconds=s) for s in (86_400, 86_400, 86_400, 40, 6, -1)]
SPANS: Final = [timedelta(seconds=s) for s in (0, 0.4, 2, 6, 16, 31)]
# What a worker makes of an answer, and whether the provider sends the reply.
ANSWERS: Final = [
    (State.SENT, True),
    (State.SENT, True),
    (State.UNCONFIRMED, True),
    (State.UNCONFIRMED, False),
    (State.RETRYING, False),
    (State.PAUSED, False),
    (State.REJECTED, False),
]


@dataclass
class Job:
    """What a worker that heard a ring has in hand."""

    ring: str
    claim: Claim | FirstClaim
    attempt: Attempt | FirstClaim | None = None
    begun: int = 0  # ms


class Fleet:
    def __init__(self, store: redis.asyncio.Redis, dice: random.Random) -> None:
        self.store, self.dice = store, dice
        self.clock, self.times = Clock(), Times()
        self.first = FirstLedger(store, self.clock)
        self.this = ClockedLedger(store, self.times, self.clock)
        self.messages: dict[str, Message] = {}
        self.windows: dict[str, int] = {}  # by sender, in ms
        self.jobs: list[Job] = []
        self.answers = ANSWERS
        self.replies: Counter[str] = Counter()
        self.accepted: list[tuple[str, int]] = []  # key and attempt
        self.done: Counter[str] = Counter()

    async def step(self) -> None:
        version = self.dice.choice(BOTH)
        match self.dice.randrange(13):
            case 0 | 1:
                await self.write(version)
            case 2:
                await self.write_again(version)
            case 3 | 4 | 5:
                await self.hear(version)
            case 6 | 7 | 8:
                await self.go_on(dies=self.dice.random() < 0.1)
            case 9 | 10:
                await self.sweep(version)
            case 11:
                await self.tell()
            case _:
                self.clock.step(self.dice.choice(SPANS))

    async def finish(self, version: Version, turns: int = 60) -> Look:
        """That version alone goes on, rung for as ever, until nothing moves any more."""
        self.answers = ANSWERS[:1]
        while self.jobs:  # the others end what they have in hand, as a worker does that is told to stop
            await self.go_on()
        for _ in range(turns):
            await self.sweep(version)
            while await self.rings():
                await self.hear(version)
                while self.jobs:
                    await self.go_on()
            seen = await look(self.store)
            moving = any(record["state"] in ON_ITS_WAY for record in seen.records.values())
            # What a worker of the first format has sent stays among what is ready, until one of this meets it there.
            if not moving and not (version == "this" and seen.ids(keys.READY + ACCOUNTS[0])):
                break
            self.clock.step(timedelta(seconds=6))
        seen = await look(self.store)
        assert set(self.messages) == set(seen.records), "a message is lost"
        return seen

    # Receivers

    async def write(self, version: Version, window: timedelta | None = None, sender: str | None = None) -> str:
        number = len(self.messages) + 1
        message = Message(
            account=ACCOUNTS[0],
            event_id=f"evt_{number}",
            id=f"im_{number}",
            sender=sender or self.dice.choice(PEOPLE),
            recipient="+3",
            text=f"text {number}",
            sent_at=self.clock.now,
            window_expires_at=self.clock.now + (window or self.dice.choice(WINDOWS)),
        )
        assert await getattr(self, version).take_in(message) == "new"
        self.messages[key_of(message)] = message
        expires = int(message.window_expires_at.timestamp() * 1000)
        self.windows[message.sender] = max(self.windows.get(message.sender, 0), expires)
        return key_of(message)

    async def write_again(self, version: Version) -> None:
        if self.messages:
            again = self.dice.choice(list(self.messages.values()))
            event_id = self.dice.choice([again.event_id, f"evt_again_{self.dice.random()}"])
            assert await getattr(self, version).take_in(replace(again, event_id=event_id)) == "duplicate"

    # Workers

    async def rings(self) -> int:
        return int(await self.store.llen(queue.QUEUE_KEY))

    async def hear(self, version: Version) -> Job | None:
        """One takes a job from RQ's queue, as both versions do, and claims."""
        ring = await cast(Awaitable[Any], self.store.lpop(queue.QUEUE_KEY))
        if ring is None or not await self.store.exists(queue.JOB_PREFIX + ring):
            return None  # rung for twice, and the first time has ended it
        owner = f"{version} {self.dice.random()}"
        claim: Claim | FirstClaim | None
        claim = await (
            self.first.claim(ring, owner) if version == "first" else self.this.claim(owner, ACCOUNTS, rung=ring)
        )
        if claim is None:
            await self.store.delete(queue.JOB_PREFIX + ring)
            return None
        self.jobs.append(Job(ring, claim))
        return self.jobs[-1]

    async def go_on(self, *, dies: bool = False) -> None:
        """One of those that have something in hand does what comes next; or dies, and its job is left over."""
        if not self.jobs:
            return
        job = self.dice.choice(self.jobs)
        if dies:
            self.jobs.remove(job)
        elif job.attempt is not None:
            await self.send(job, *self.dice.choice(self.answers))
            await self.end(job)
        elif not await self.begin(job):
            await self.end(job)

    async def end(self, job: Job) -> None:
        self.jobs.remove(job)
        await self.store.delete(queue.JOB_PREFIX + job.ring)

    async def begin(self, job: Job) -> bool:
        """Whether there is something to send now."""
        job.begun = self.clock.ms
        if isinstance(job.claim, FirstClaim):
            if self.dice.random() < 0.1 and job.claim.attempt == 0:
                self.done["first silent"] += await self.first.stay_silent(job.claim)
                return False
            job.attempt = await self.first.begin(job.claim)
        else:
            claim = job.claim
            if claim.record.reply is None and not claim.record.folds and self.dice.random() < 0.4:
                await self.gather(job, claim)
                return job.claim is not claim
            if claim.record.reply is None and self.dice.random() < 0.1:
                self.done["this silent"] += await self.this.stay_silent(claim, SILENCE, "v1")
                return False
            job.attempt = await self.this.begin(claim, HELLO, "v1")
        if job.attempt is None:
            return False
        self.not_late(job, self.allowed(job))
        return True

    async def gather(self, job: Job, claim: Claim) -> None:
        """A burst: waits whether more is said, or is answered with what was said already."""
        if not claim.behind:
            await self.this.hold(claim, self.clock.now + timedelta(seconds=2))
            self.done["held"] += 1
        elif folded := await self.this.fold(claim, claim.behind, "joined"):
            job.claim = folded
            self.done["folded"] += 1

    async def send(self, job: Job, to: State, goes_out: bool) -> None:
        if self.clock.ms - job.begun > self.allowed(job) - 500:
            to, goes_out = State.RETRYING, False  # frozen: both versions look at their own clock before they send
        key = self.key_of(job)
        if goes_out:
            self.not_late(job, 0)
            self.replies[key] += 1
            self.accepted.append((key, self.number_of(job)))
            assert self.replies[key] == 1, f"{key} was sent twice"
        if isinstance(job.attempt, FirstClaim):
            settled = await self.first.settle(job.attempt, to, str(to))
        else:
            assert job.attempt is not None
            delay = {State.RETRYING: timedelta(seconds=1), State.UNCONFIRMED: self.times.confirm}.get(to)
            refused = Health("config", "insufficient_balance")
            health = refused if to is State.PAUSED else Health("good", "accepted")
            settled = (await self.this.settle(job.attempt, to, {"reason": to}, delay=delay, health=health)).counts
        self.done[f"{'first' if isinstance(job.attempt, FirstClaim) else 'this'} {to}"] += settled

    def key_of(self, job: Job) -> str:
        return job.claim.key if isinstance(job.claim, FirstClaim) else job.claim.record.key

    def number_of(self, job: Job) -> int:
        assert job.attempt is not None
        return job.attempt.attempt if isinstance(job.attempt, FirstClaim) else job.attempt.number

    def allowed(self, job: Job) -> int:
        if isinstance(job.attempt, FirstClaim):
            return job.attempt.milliseconds
        assert job.attempt is not None
        return int(job.attempt.allowed / timedelta(milliseconds=1))

    def not_late(self, job: Job, lasts: int) -> None:
        key = self.key_of(job)
        margin = int(self.times.margin / timedelta(milliseconds=1))
        ends = self.windows[self.messages[key].sender]
        assert self.clock.ms + lasts <= ends - margin, f"{key} would be late"

    # Sweepers

    async def sweep(self, version: Version) -> None:
        """Carefully: what nobody knows the end of is not sent again."""
        await getattr(self, version).sweep()

    # The provider

    async def tell(self) -> None:
        """A delivery event: receivers of the first format know none."""
        if self.accepted:
            what: Delivery = self.dice.choice(["sent", "delivered", "failed"])
            await self.this.deliver(DeliveryEvent(*self.dice.choice(self.accepted), what))
