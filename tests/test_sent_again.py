"""A provider that knows a request again by its key: what nobody knows the end of is sent again at once, and is one
reply. With the sandbox in Mojeeb's place."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import redis.asyncio

from bot.sandbox.faults import Fault
from bot.sandbox.providers.mojeeb import AGENT, Mojeeb
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from rules import Book, parse
from tests.answering import PACE, Desk
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed
from tests.stand_in import until
from worker import keys
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.connection import connect
from worker.ledger import Attempt, DeliveryEvent, Ledger, Operating, State, Times
from worker.ledger.scripts import POISON
from worker.outbound import Outcome, Reply
from worker.outbound.mojeeb import MojeebOptions, MojeebSender
from worker.secret import Secret

NUMBER = "+14155551234"
BOOK = parse(b"version: 1\nrules: [{name: hello, when: {any: [hello]}, reply: Hi!}]", "book.yaml")
LATE = parse(
    b"version: 1\nrules: [{name: hello, when: {any: [hello]}, reply: Hi!}]\n"
    b"window_closed: {template: {id: template_late}}",
    "late.yaml",
)


class Noted(MojeebSender):
    """Keeps the keys that replies went out with."""

    keys: list[str | None]

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        self.keys.append(reply.key)
        return await super().send(reply, allowed)


@asynccontextmanager
async def desk_at(ledger: Ledger, book: Book = BOOK) -> AsyncIterator[tuple[Desk, Noted]]:
    world = World(Mojeeb("a_key"), webhook_url="http://127.0.0.1:1/", business_number=NUMBER, pace=PACE)
    desk = Desk(book, ledger, world)
    async with serve_sandbox(world) as url:
        options = MojeebOptions(api_key=Secret("a_key"), agent_id=AGENT, base_url=url)
        sender = Noted.connect(options, number=NUMBER, connections=8)
        sender.keys = []
        desk.answering = Answering(ledger, Accounts({"prelude": Account(sender, lambda: desk.book)}, concurrency=8))
        yield desk, sender
        await sender.aclose()


async def tries(store: redis.asyncio.Redis, key: str) -> list[Any]:
    """The log of attempts, in order."""
    fields = await store.hgetall(keys.RECORD + key)
    return [json.loads(fields[f"attempt:{number}"]) for number in range(1, int(fields["attempt"]) + 1)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="hang", seconds=30),
        Fault(kind="drop"),
        Fault(kind="reset"),
        Fault(kind="garbage"),
        Fault(kind="drop", accepts=False),
        Fault(kind="status", status=502),
        Fault(kind="error", code="unheard_of", status=500),
        Fault(kind="error", code="idempotency_key_in_progress"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.code or fault.status or fault.accepts}",
)
async def test_what_nobody_knows_is_sent_again_and_is_one_message(
    ledger: Ledger, store: redis.asyncio.Redis, fault: Fault
) -> None:
    async with desk_at(ledger) as (desk, sender):
        desk.world.faults.add(fault)
        key = await desk.write()
        assert (await desk.reach(key, State.SENT))[0] is State.SENT
        assert [reply.text for reply in desk.replies] == ["Hi!"]
        assert sender.keys == [f"{key}_1", f"{key}_1"]
        assert [each["correlation_id"] for each in await tries(store, key)] == [f"{key}_1", f"{key}_2"]
        assert (await desk.record(key)).provider_id == desk.replies[0].id


async def test_what_was_known_by_its_key_says_so_in_the_log(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    async with desk_at(ledger) as (desk, _):
        desk.world.faults.add(Fault(kind="drop"))
        key = await desk.write()
        await desk.reach(key, State.SENT)
        assert (await tries(store, key))[-1]["code"] == "replayed"


async def die(desk: Desk) -> None:
    """A worker takes up a message, and is gone before the answer has come."""
    desk.world.faults.add(Fault(kind="hang", seconds=30))
    before = len(desk.world.faults.as_json())
    worker = asyncio.create_task(desk.answering.answer(""))
    await until(lambda: len(desk.world.faults.as_json()) < before)
    await asyncio.sleep(0.05)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_a_worker_that_died_while_sending_has_sent_one_message(ledger: Ledger) -> None:
    async with desk_at(ledger) as (desk, sender):
        key = await desk.write()
        await die(desk)
        assert (await desk.record(key)).state is State.SENDING
        assert await desk.reach(key, State.SENT) == (State.SENT, "replayed")
        assert len(desk.replies) == 1
        assert sender.keys == [f"{key}_1", f"{key}_1"]


async def test_what_kills_worker_after_worker_is_left_to_a_person(ledger: Ledger) -> None:
    async with desk_at(ledger) as (desk, _):
        key = await desk.write()
        for _ in range(POISON):
            async with asyncio.timeout(10):
                while (await desk.record(key)).state is not State.QUEUED:
                    await desk.ledger.sweep()
                    await asyncio.sleep(0.02)
            await die(desk)
        assert await desk.reach(key, State.UNCONFIRMED) == (State.UNCONFIRMED, "interrupted")


@pytest.mark.parametrize(
    ("faults", "numbers"),
    [
        ([Fault(kind="rate_limit", seconds=0)], [1, 2]),
        ([Fault(kind="error", code="invalid_agent_id")], [1, 2]),
        ([Fault(kind="drop"), Fault(kind="rate_limit", seconds=0)], [1, 1, 1]),
        ([Fault(kind="drop"), Fault(kind="error", code="invalid_api_key"), Fault(kind="drop")], [1, 1, 1, 1]),
        ([Fault(kind="rate_limit", seconds=0), Fault(kind="drop")], [1, 2, 2]),
    ],
    ids=["later", "never so", "lost, later", "lost, never so, lost", "later, lost"],
)
async def test_a_key_is_given_up_where_nothing_was_sent_with_it(
    ledger: Ledger, faults: list[Fault], numbers: list[int]
) -> None:
    """A provider would repeat its refusal to who comes with the key again, or not know the words of another account."""
    async with desk_at(ledger) as (desk, sender):
        desk.world.faults.add(*faults)
        key = await desk.write()
        await desk.reach(key, State.SENT)
        assert sender.keys == [f"{key}_{number}" for number in numbers]
        assert len(desk.replies) == 1


async def test_a_window_that_closes_meanwhile_leaves_it_unknown_and_brings_no_template(ledger: Ledger) -> None:
    async with desk_at(ledger, LATE) as (desk, _):
        desk.world.faults.add(Fault(kind="status", status=502, count=100))
        key = await desk.write(window=timedelta(seconds=1.5))
        state, _ = await desk.reach(key, State.UNCONFIRMED, State.TEMPLATED, State.WINDOW_CLOSED)
        assert state is State.UNCONFIRMED
        await desk.work(0.3)
        assert desk.templates == []


async def test_a_key_that_the_provider_has_forgotten_sends_nothing(redis_url: Secret, times: Times) -> None:
    brief = dataclasses.replace(times, key_known=times.send_timeout + timedelta(milliseconds=1))
    ledger = Ledger(connect(redis_url, decode=True, connections=8), brief)
    async with desk_at(ledger) as (desk, sender):
        desk.world.faults.add(Fault(kind="drop"))
        key = await desk.write()
        assert (await desk.reach(key, State.SENT, State.UNCONFIRMED))[0] is State.UNCONFIRMED
        assert sender.keys == [f"{key}_1"]
    await ledger.aclose()


# The ledger alone


async def begun(ledger: Ledger) -> Attempt:
    attempt = await ledger.begin(await claimed(ledger, a_message()), HELLO, "v1", idempotent=True)
    assert attempt is not None
    return attempt


async def begun_again(ledger: Ledger, *, idempotent: bool = True) -> Attempt | None:
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    return await ledger.begin(claim, HELLO, "v1", idempotent=idempotent)


async def lost(ledger: Ledger, store: redis.asyncio.Redis) -> Attempt:
    """One that nobody knows the end of, ready to go again."""
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await store.delete(keys.SWEEPER)
    await ledger.sweep()
    return attempt


async def state_of(ledger: Ledger, attempt: Attempt) -> State | None:
    record = await ledger.record(attempt.record.key)
    return record.state if record else None


async def test_an_account_that_goes_to_another_provider_meanwhile_sends_nothing(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await lost(ledger, store)
    assert await begun_again(ledger, idempotent=False) is None
    assert await state_of(ledger, attempt) is State.UNCONFIRMED


async def test_that_it_failed_stands_under_whichever_attempt_it_is_told(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await lost(ledger, store)
    again = await begun_again(ledger)
    assert again is not None
    assert (again.number, again.key) == (2, attempt.key)
    await ledger.settle(again, State.SENT, {})
    await ledger.deliver(DeliveryEvent(attempt.record.key, 1, "failed", "unreachable"))
    assert await state_of(ledger, attempt) is State.FAILED


async def test_one_that_is_told_of_under_two_attempts_has_not_arrived_twice(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await lost(ledger, store)
    again = await begun_again(ledger)
    for number in (1, 2):
        await ledger.deliver(DeliveryEvent(attempt.record.key, number, "delivered"))
    assert again is not None
    assert "doubled" not in await ledger.counts()


async def test_that_it_failed_ends_what_waits_to_go_again(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    attempt = await lost(ledger, store)
    await ledger.deliver(DeliveryEvent(attempt.record.key, 1, "failed", "unreachable"))
    assert await state_of(ledger, attempt) is State.FAILED
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_what_failed_is_sent_again_by_a_person_with_another_key(
    ledger: Ledger, store: redis.asyncio.Redis, redis_url: Secret
) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(DeliveryEvent(attempt.record.key, 1, "failed", "unreachable"))
    operating = Operating(connect(redis_url, decode=True, connections=1), ledger.times, who="ann", accounts=ACCOUNTS)
    assert (await operating.resend(attempt.record.key)).refused is None
    again = await begun_again(ledger)
    assert again is not None
    assert again.key == f"{attempt.record.key}_2"
    await operating.aclose()


async def test_what_is_unknown_is_sent_again_by_a_person_with_the_same_key(ledger: Ledger, redis_url: Secret) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(minutes=1))
    operating = Operating(connect(redis_url, decode=True, connections=1), ledger.times, who="ann", accounts=ACCOUNTS)
    assert (await operating.resend(attempt.record.key)).refused is None
    again = await begun_again(ledger)
    assert again is not None
    assert again.key == attempt.key
    await operating.aclose()


async def test_what_is_unknown_when_its_window_closes_is_claimed_for_no_template(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await lost(ledger, store)
    key = attempt.record.key
    conversation = (await store.hget(keys.RECORD + key, "conversation")) or ""
    await store.hset(keys.RECORD + key, "window", 1)
    await store.hset(conversation, "window", 1)
    assert await ledger.claim("b", ACCOUNTS, late=True) is None
    assert await state_of(ledger, attempt) is State.UNCONFIRMED


async def test_a_window_that_the_provider_says_is_over_makes_way_for_the_template(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(DeliveryEvent(attempt.record.key, 1, "expired", "window_expired"))
    claim = await ledger.claim("b", ACCOUNTS, late=True)
    assert claim is not None
    assert await ledger.begin(claim, HELLO, "v1", template=True) is not None
