"""What became of replies, asked of a provider that does not tell."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import redis.asyncio
import yaml

from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound
from bot.sandbox.providers.mojeeb import AGENT, Mojeeb
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.answering import PACE, Desk
from tests.clocked import Clock, ClockedLedger
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed, key_of
from tests.test_sent_again import BOOK, NUMBER
from worker import keys
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.connection import connect
from worker.ledger import Attempt, Ledger, Operating, State, Times
from worker.outbound import Looked
from worker.outbound.mojeeb import MojeebOptions, MojeebSender
from worker.polling import poll_forever
from worker.process import put_together
from worker.secret import Secret
from worker.settings import Role, Settings

ONE_MS = timedelta(milliseconds=1)


class Curious(MojeebSender):
    EVERY: ClassVar[timedelta] = timedelta(milliseconds=20)


@asynccontextmanager
async def polling(*pollers: tuple[Ledger, Curious | Counting]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(poll_forever(ledger, "prelude", sender, None)) for ledger, sender in pollers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def times(times: Times) -> Times:
    return dataclasses.replace(times, ask_from=timedelta(milliseconds=30))


@asynccontextmanager
async def desk_at(ledger: Ledger) -> AsyncIterator[Desk]:
    world = World(Mojeeb("a_key"), webhook_url="http://127.0.0.1:1/", business_number=NUMBER, pace=PACE)
    desk = Desk(BOOK, ledger, world)
    async with serve_sandbox(world) as url:
        options = MojeebOptions(api_key=Secret("a_key"), agent_id=AGENT, base_url=url)
        sender = Curious.connect(options, number=NUMBER, connections=8)
        desk.answering = Answering(ledger, Accounts({"prelude": Account(sender, lambda: desk.book)}, concurrency=8))
        async with polling((ledger, sender)):
            yield desk
        await sender.aclose()


async def test_a_reply_that_was_delivered_is_so_here(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    async with desk_at(ledger) as desk:
        key = await desk.write()
        assert (await desk.reach(key))[0] is State.DELIVERED
        async with asyncio.timeout(5):  # and is asked for no more
            while await store.zcard(keys.QUESTIONS + "prelude"):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(("fault", "sandbox"), [(True, 24), (False, 0)], ids=["failed", "late"])
async def test_a_reply_that_failed_is_seen(ledger: Ledger, fault: bool, sandbox: int) -> None:
    async with desk_at(ledger) as desk:
        if fault:
            desk.world.faults.add(Fault(kind="undelivered"))
        assert await desk.live(sandbox=timedelta(hours=sandbox)) == (State.FAILED, "failed")


class Counting:
    """A provider that knows nothing yet."""

    EVERY: ClassVar[timedelta] = timedelta(milliseconds=100)

    def __init__(self, looked: Looked) -> None:
        self.looked = looked
        self.asked: list[str] = []

    async def look_up(self, provider_id: str, allowed: timedelta) -> Looked:
        self.asked.append(provider_id)
        return self.looked


async def sent(ledger: Ledger, name: str = "id_1") -> Attempt:
    attempt = await ledger.begin(await claimed(ledger, a_message(sender=f"+49{name[3:]}")), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {"provider_id": name}, polled=True)
    return attempt


async def test_several_processes_ask_no_oftener_than_one(ledger: Ledger, times: Times) -> None:
    for number in range(20):
        await sent(ledger, f"id_{number}")
    senders = [Counting(Looked()) for _ in range(4)]
    async with polling(*((ledger, sender) for sender in senders)):
        await asyncio.sleep(1)
    assert 4 <= sum(len(sender.asked) for sender in senders) <= 10


async def test_a_provider_that_asks_for_patience_is_left_alone(ledger: Ledger) -> None:
    await sent(ledger)
    senders = [Counting(Looked(wait=timedelta(minutes=1))) for _ in range(2)]
    async with polling(*((ledger, sender) for sender in senders)):
        await asyncio.sleep(0.6)
    assert [name for sender in senders for name in sender.asked] == ["id_1"]


# When, by a clock that is set


class Interview:
    """Asks at once whenever something is due."""

    def __init__(self, store: redis.asyncio.Redis) -> None:
        self.clock = Clock()
        self.ledger = ClockedLedger(store, Times(), self.clock)

    async def ask(self, rate: float | None = None) -> str | None:
        await self.ledger._redis.delete(keys.ASKED + "prelude")  # it lives by the server's own clock
        question = await self.ledger.next_question("prelude", ONE_MS, rate)
        return question.provider_id if question else None

    async def sent(self, name: str) -> Attempt:
        now = self.clock.now
        message = dataclasses.replace(a_message(sender=name), sent_at=now, window_expires_at=now + timedelta(hours=24))
        attempt = await self.ledger.begin(await claimed(self.ledger, message), HELLO, "v1")
        assert attempt is not None
        await self.ledger.settle(attempt, State.SENT, {"provider_id": name}, polled=True)
        return attempt


@pytest.fixture
def interview(store: redis.asyncio.Redis) -> Interview:
    return Interview(store)


async def test_a_reply_is_asked_for_at_ages_that_double_for_a_day(interview: Interview) -> None:
    await interview.sent("id_1")
    ages = []
    for second in range(26 * 3600):
        if (second < 700 or second % 60 == 0) and await interview.ask():
            ages.append(second)
        interview.clock.step(timedelta(seconds=1))
    assert ages[:8] == [5, 10, 20, 40, 80, 160, 320, 640]
    assert len(ages) == 15
    assert ages[-1] < 24 * 3600


async def test_a_reply_of_yesterday_is_asked_for_no_more(interview: Interview) -> None:
    await interview.sent("id_1")
    interview.clock.step(timedelta(hours=24.1))
    assert await interview.ask() is None


async def test_the_newest_are_asked_for_first(interview: Interview) -> None:
    for name in ("old", "newer", "newest"):
        await interview.sent(name)
        interview.clock.step(timedelta(seconds=1))
    interview.clock.step(timedelta(seconds=5))
    assert [await interview.ask() for _ in range(4)] == ["newest", "newer", "old", None]


async def test_questions_and_replies_share_the_accounts_rate(interview: Interview) -> None:
    await interview.sent("id_1")
    await interview.sent("id_2")
    interview.clock.step(timedelta(minutes=1))
    assert await interview.ask(rate=1) is not None
    assert await interview.ask(rate=1) is None
    message = dataclasses.replace(a_message(sender="+1"), sent_at=interview.clock.now)
    claim = await claimed(interview.ledger, message)
    assert await interview.ledger.begin(claim, HELLO, "v1", rate=1) is None  # a question has taken its place
    interview.clock.step(timedelta(seconds=1.1))
    assert await interview.ask(rate=1) is not None


async def test_nothing_is_asked_for_an_account_that_is_paused(interview: Interview, store: redis.asyncio.Redis) -> None:
    await interview.sent("id_1")
    interview.clock.step(timedelta(minutes=1))
    await store.hset(keys.ACCOUNT + "prelude", "held", "1")
    assert await interview.ask() is None
    await store.hdel(keys.ACCOUNT + "prelude", "held")
    assert await interview.ask() == "id_1"


async def test_who_is_forgotten_is_asked_for_no_more(
    ledger: Ledger, redis_url: Secret, store: redis.asyncio.Redis
) -> None:
    attempt = await sent(ledger, "id_1234567")
    operating = Operating(connect(redis_url, decode=True, connections=2), ledger.times, who="ann", accounts=ACCOUNTS)
    await operating.forget(attempt.record.message.sender)
    assert await store.zcard(keys.QUESTIONS + "prelude") == 0
    await operating.aclose()


# The worker's process


@asynccontextmanager
async def shop(tmp_path: Path, redis_url: Secret, ledger: Ledger, more: Mapping[str, object]) -> AsyncIterator[World]:
    """A worker of an account that receives through Prelude and replies through Mojeeb."""
    world = World(Mojeeb("a_key"), webhook_url="http://127.0.0.1:1/", business_number=NUMBER, pace=PACE)
    async with serve_sandbox(world) as url:
        sections = world.provider.sections(url)
        inbound = {"provider": "prelude", "unsigned": "true"}
        entry = {"name": "prelude", "number": NUMBER, "book": "book.yaml", "inbound": inbound, **more}
        accounts = {"accounts": [entry | {"reply": dict(sections.reply)}]}
        (tmp_path / "accounts.yaml").write_text(yaml.safe_dump(accounts))
        (tmp_path / "book.yaml").write_text("version: 1\nrules: [{name: hello, when: {any: [hello]}, reply: Hi!}]")
        environment = {
            **sections.secrets,
            "AUTOREPLY_REDIS_URL": redis_url.reveal(),
            "AUTOREPLY_ACCOUNTS": str(tmp_path / "accounts.yaml"),
        }
        settings = Settings.from_environment(environment, Role.WORKER)
        async with put_together(settings, ledger, concurrency=4) as worker:
            stop = asyncio.Event()
            working = asyncio.create_task(worker.run(stop))
            yield world
            stop.set()
            await working


async def test_a_worker_asks_and_keeps_the_providers_own_rate(
    tmp_path: Path, redis_url: Secret, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    async with shop(tmp_path, redis_url, ledger, {}) as world:
        message = a_message(sender="+33612345678")
        at, closes = (int(moment.timestamp() * 1e9) for moment in (message.sent_at, message.window_expires_at))
        customer = Inbound(message.id, message.event_id, message.sender, message.recipient, "hello", at, closes)
        world.conversations.put(customer)
        await ledger.take_in(message)
        async with asyncio.timeout(20):
            while (record := await ledger.record(key_of(message))) is None or record.state is not State.DELIVERED:
                await asyncio.sleep(0.05)
    assert await store.hexists(keys.ACCOUNT + "prelude", "allowed")
