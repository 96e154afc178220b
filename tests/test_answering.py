"""Claim → decide → send → settle, with a real ledger and a real sandbox in the provider's place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import redis.asyncio

from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound, Reply
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.providers.prelude.signing import new_key
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from rules import Book, parse
from rules.model import Message
from tests.adapters import prelude_sender
from tests.conftest import a_message
from worker import keys
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.jitter import full_jitter
from worker.ledger import Ledger, LedgerUnavailable, Record, State
from worker.ledger.scripts import Scripts
from worker.outcomes import FIRST_PAUSE, LONGEST_PAUSE

BOOK = parse(
    b"""
version: 1
rules:
  - name: opt-out
    when: {exact: [stop]}
    reply: Goodbye.
    then: opt_out
  - name: tag
    when: {exact: [mute]}
    then: {hand_off: 1h}
  - name: order
    when: {pattern: 'order (?P<order>\\d+)'}
    reply: Looking up {order}.
  - name: hello
    when: {any: [hello]}
    reply: Hi!
""",
    "book.yaml",
)

CALLBACK = "http://127.0.0.1:1/webhooks/prelude"


class Desk:
    """An Answering at a sandbox of its own."""

    def __init__(self, answering: Answering, ledger: Ledger, world: World) -> None:
        self.answering, self.ledger, self.world = answering, ledger, world

    def write(self, text: str, *, window: timedelta = timedelta(hours=24), sender: str = "+33612345678") -> Message:
        """A message that the sandbox knows of, too, so that it can be answered."""
        message = a_message(text, window=window, sender=sender)
        at, expires_at = (int(moment.timestamp() * 1e9) for moment in (message.sent_at, message.window_expires_at))
        self.world.conversations.put(
            Inbound(message.id, message.event_id, message.sender, message.recipient, text, at, expires_at)
        )
        return message

    async def answer(self, message: Message) -> Record:
        await self.ledger.take_in(message)
        key = keys.message_key(message.account, message.id)
        await self.answering.answer(key)
        record = await self.ledger.record(key)
        assert record is not None
        return record

    @property
    def replies(self) -> list[Reply]:
        return self.world.conversations.replies


@asynccontextmanager
async def desk_at(
    ledger: Ledger, current_book: Callable[[], Book] = lambda: BOOK, token: str | None = None
) -> AsyncIterator[Desk]:
    world = World(Prelude("sandbox_token", new_key()), webhook_url="http://127.0.0.1:1/")
    async with serve_sandbox(world) as url:
        sender = prelude_sender(url, token or "sandbox_token")
        accounts = Accounts({"prelude": Account(sender, current_book, callback_url=CALLBACK)}, concurrency=8)
        answering = Answering(ledger, accounts)
        async with aclosing(sender):
            yield Desk(answering, ledger, world)


@pytest.fixture
async def desk(ledger: Ledger) -> AsyncIterator[Desk]:
    async with desk_at(ledger) as desk:
        yield desk


async def test_a_message_that_a_rule_matches_is_answered(desk: Desk) -> None:
    message = desk.write("where is order 4711?")
    record = await desk.answer(message)
    assert (record.state, record.rule, record.reply) == (State.SENT, "order", "Looking up 4711.")
    assert record.book == BOOK.version
    (reply,) = desk.replies
    assert record.provider_id == reply.id
    assert reply.request == {
        "to": message.sender,
        "text": "Looking up 4711.",
        "reply_to": message.id,
        "correlation_id": f"{record.key}_1",
        "callback_url": "http://127.0.0.1:1/webhooks/prelude",
    }


async def test_a_message_is_decided_by_one_book_as_a_whole_though_it_is_replaced_meanwhile(ledger: Ledger) -> None:
    later = parse(b"version: 1\nrules: [{name: later, when: anything, reply: Later.}]", "later.yaml")
    books = iter((BOOK, later))
    async with desk_at(ledger, lambda: next(books)) as desk:
        records = [await desk.answer(desk.write("hello")) for _ in range(2)]
    assert [(record.reply, record.book) for record in records] == [("Hi!", BOOK.version), ("Later.", later.version)]


async def test_answering_again_changes_nothing(desk: Desk) -> None:
    record = await desk.answer(desk.write("hello"))
    await asyncio.gather(*(desk.answering.answer(record.key) for _ in range(20)))
    assert len(desk.replies) == 1


async def test_twenty_workers_on_one_message_send_one_reply(desk: Desk) -> None:
    message = desk.write("hello")
    await desk.ledger.take_in(message)
    key = keys.message_key(message.account, message.id)
    await asyncio.gather(*(desk.answering.answer(key) for _ in range(20)))
    assert len(desk.replies) == 1


@pytest.mark.parametrize(("text", "rule", "reason"), [("what?", None, "no_rule"), ("mute", "tag", "no_reply")])
async def test_where_the_book_says_nothing_the_message_ends_silent(
    desk: Desk, text: str, rule: str | None, reason: str
) -> None:
    record = await desk.answer(desk.write(text))
    assert (record.state, record.rule, record.reason) == (State.SILENT, rule, reason)
    assert desk.replies == []


async def test_who_opts_out_gets_the_farewell_and_then_nothing(desk: Desk) -> None:
    assert (await desk.answer(desk.write("stop"))).state == State.SENT
    record = await desk.answer(desk.write("hello"))
    assert (record.state, record.reason) == (State.SILENT, "opted_out")
    assert [reply.text for reply in desk.replies] == ["Goodbye."]


async def test_who_was_handed_off_hears_nothing_of_the_bot(desk: Desk) -> None:
    await desk.answer(desk.write("mute"))
    record = await desk.answer(desk.write("hello"))
    assert (record.state, record.reason) == (State.SILENT, "handed_off")


# What the provider answers


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("window_expired", State.WINDOW_CLOSED),
        ("invalid_phone_number", State.REJECTED),
        ("phone_number_mismatch", State.REJECTED),
        ("insufficient_balance", State.PAUSED),
        ("internal", State.RETRYING),
    ],
)
async def test_an_error_of_the_provider_decides_what_becomes_of_the_message(
    desk: Desk, code: str, state: State
) -> None:
    desk.world.faults.add(Fault(kind="error", code=code))
    record = await desk.answer(desk.write("hello"))
    assert (record.state, record.reason) == (state, code)


async def test_a_wrong_token_pauses_and_burns_nothing(ledger: Ledger) -> None:
    async with desk_at(ledger, token="wrong") as desk:
        record = await desk.answer(desk.write("hello"))
        assert (record.state, record.reason) == (State.PAUSED, "invalid_api_token")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=500),
        Fault(kind="status", status=503),
        Fault(kind="hang", seconds=30),
        Fault(kind="drop"),
        Fault(kind="reset"),
        Fault(kind="garbage"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status or ''}",
)
async def test_what_nobody_knows_is_unconfirmed_and_never_sent_again(desk: Desk, fault: Fault) -> None:
    desk.world.faults.add(fault)
    record = await desk.answer(desk.write("hello"))
    assert record.state == State.UNCONFIRMED
    before = len(desk.replies)
    await asyncio.sleep(0.3)
    await desk.ledger.sweep()
    await desk.answering.answer(record.key)
    assert len(desk.replies) == before <= 1


async def test_a_retry_waits_as_long_as_the_provider_asks_and_is_then_sent_once(
    desk: Desk, store: redis.asyncio.Redis
) -> None:
    desk.world.faults.add(Fault(kind="rate_limit", seconds=30))
    record = await desk.answer(desk.write("hello"))
    assert record.state == State.RETRYING
    due = await store.zscore(keys.DUE, record.key)
    seconds, _ = await store.time()
    assert due is not None
    assert due / 1000 - seconds > 28
    await store.zadd(keys.DUE, {record.key: 1})
    await desk.ledger.sweep()
    await desk.answering.answer(record.key)
    again = await desk.ledger.record(record.key)
    assert again is not None
    assert (again.state, again.attempt) == (State.SENT, 2)
    (reply,) = desk.replies
    assert reply.correlation_id == f"{record.key}_2"


async def test_the_farewell_of_one_who_opted_out_survives_a_retry(desk: Desk, store: redis.asyncio.Redis) -> None:
    desk.world.faults.add(Fault(kind="error", code="internal"))
    record = await desk.answer(desk.write("stop"))
    await store.zadd(keys.DUE, {record.key: 1})
    await desk.ledger.sweep()
    await desk.answering.answer(record.key)
    assert [reply.text for reply in desk.replies] == ["Goodbye."]


async def test_nothing_is_sent_after_the_window(desk: Desk) -> None:
    record = await desk.answer(desk.write("hello", window=timedelta(seconds=-1)))
    assert record.state == State.WINDOW_CLOSED
    desk.world.faults.add(Fault(kind="error", code="internal"))
    record = await desk.answer(desk.write("hello", window=timedelta(seconds=1), sender="+4915112345678"))
    assert record.state == State.RETRYING
    await asyncio.sleep(1)
    await desk.ledger.sweep()
    await desk.answering.answer(record.key)
    closed = await desk.ledger.record(record.key)
    assert closed is not None
    assert closed.state == State.WINDOW_CLOSED
    assert desk.replies == []


async def test_a_request_does_not_outlast_the_window(desk: Desk) -> None:
    desk.world.latency = 30
    began = asyncio.get_running_loop().time()
    record = await desk.answer(desk.write("hello", window=timedelta(seconds=1)))
    assert record.state == State.UNCONFIRMED
    assert asyncio.get_running_loop().time() - began < 1.2


async def test_the_log_of_attempts_is_in_the_record(desk: Desk, store: redis.asyncio.Redis) -> None:
    desk.world.faults.add(Fault(kind="error", code="internal"))
    record = await desk.answer(desk.write("hello"))
    entry: dict[str, Any] = json.loads(await store.hget(keys.RECORD + record.key, "attempt:1") or "")
    assert (entry["answer"], entry["code"], entry["status"]) == ("retry", "internal", 500)
    assert entry["correlation_id"] == f"{record.key}_1"
    assert entry["request_id"]


# Redis in trouble


class Flaky(Scripts):
    """Scripts whose answers to some calls get lost, after they took effect."""

    lost: dict[str, int]

    async def run(self, name: str, **call: Any) -> dict[str, Any]:
        answer = await super().run(name, **call)
        if self.lost.get(name, 0):
            self.lost[name] -= 1
            raise LedgerUnavailable("its answer got lost")
        return answer


@pytest.mark.parametrize(
    "lost", [{"claim": 1}, {"begin": 1}, {"settle": 1}, {"claim": 2, "begin": 2, "settle": 2}], ids=str
)
async def test_answers_that_redis_gave_and_nobody_heard_do_no_harm(ledger: Ledger, lost: Mapping[str, int]) -> None:
    flaky = Flaky(ledger._redis, ledger.times)
    flaky.lost = dict(lost)
    ledger._scripts = flaky
    async with desk_at(ledger) as desk:
        record = await desk.answer(desk.write("hello"))
        assert record.state == State.SENT
        assert len(desk.replies) == 1


class Frozen(Ledger):
    """A ledger whose permission to send arrives when its time is nearly over, as after a frozen process."""

    async def begin(self, *arguments: Any, **named: Any) -> Any:
        attempt = await super().begin(*arguments, **named)
        assert attempt is not None
        await asyncio.sleep(attempt.allowed.total_seconds())
        return attempt


async def test_a_worker_that_was_frozen_before_sending_does_not_send_late(ledger: Ledger) -> None:
    async with desk_at(Frozen(ledger._redis, ledger.times)) as desk:
        record = await desk.answer(desk.write("hello", window=timedelta(seconds=1)))
        assert (record.state, record.reason) == (State.RETRYING, "frozen")
        assert desk.replies == []


def test_pauses_between_attempts_are_random_and_grow_to_a_minute() -> None:
    longest = [max(full_jitter(attempt, FIRST_PAUSE, LONGEST_PAUSE) for _ in range(300)) for attempt in range(1, 20)]
    assert all(a < b for a, b in pairwise(longest[:6]))
    assert timedelta(seconds=50) < longest[-1] <= timedelta(seconds=60)
    assert min(full_jitter(10, FIRST_PAUSE, LONGEST_PAUSE) for _ in range(300)) < timedelta(seconds=5)


async def test_a_message_that_cannot_be_decided_is_not_all_that_its_worker_is_given(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    async with desk_at(ledger) as desk:
        poison = desk.write("hello", window=timedelta(hours=1), sender="+4911")
        await ledger.take_in(poison)
        await store.hset(keys.RECORD + keys.message_key(poison.account, poison.id), "event_id", "x")
        await store.hdel(keys.RECORD + keys.message_key(poison.account, poison.id), "recipient")
        with pytest.raises(KeyError):
            await desk.answering.answer("a ring")
        record = await desk.answer(desk.write("hello"))
        assert record.state == State.SENT
