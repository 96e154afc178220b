"""Several quick messages of one person get one reply, and what cannot wait does not."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound
from rules import Book, parse
from tests.answering import Desk, desk_at
from tests.service import Service, service
from worker import keys
from worker.ledger import Ledger, State

RULES = """
rules:
  - {name: opt-out, when: {exact: [stop]}, reply: Goodbye., then: opt_out}
  - {name: human, when: {any: [human]}, reply: A colleague will answer., then: {hand_off: 1h}}
  - {name: place, when: {media: location}, reply: A colleague will come., then: {hand_off: 1h}}
  - {name: order, when: {all: [order, '4711']}, reply: Looking up 4711.}
  - {name: photo, when: {media: image}, reply: Nice!}
  - {name: rest, when: anything, reply: Hi!}
"""


def book(burst: str) -> str:
    return f"version: 1\nburst: {burst}\n{RULES}"


def parsed(burst: str) -> Book:
    return parse(book(burst).encode(), "book.yaml")


QUICK = parsed("{quiet: 1s, at_most: 2s}")
PATIENT = parsed("{quiet: 20s, at_most: 60s}")  # whoever waits for this is found out
FOLDED = (State.SILENT, "folded")
SENT = (State.DELIVERED, "accepted")


@pytest.fixture
async def desk(ledger: Ledger) -> AsyncIterator[Desk]:
    async with desk_at(ledger, QUICK) as desk:
        yield desk


async def quotes(desk: Desk, key: str) -> str:
    """The id of the message, which its reply names."""
    return (await desk.record(key)).message.id


async def test_three_quick_messages_get_one_reply_to_all_that_they_say_and_it_quotes_the_newest(desk: Desk) -> None:
    written = [await desk.write(text) for text in ("hello", "where is my order?", "it is 4711")]
    assert [await desk.reach(key) for key in written] == [FOLDED, FOLDED, SENT]
    (reply,) = desk.replies
    assert (reply.text, reply.reply_to) == ("Looking up 4711.", await quotes(desk, written[-1]))


async def test_a_picture_and_the_words_after_it_get_one_reply(desk: Desk) -> None:
    written = [await desk.write("", media="image"), await desk.write("look at this")]
    assert [await desk.reach(key) for key in written] == [FOLDED, SENT]
    assert [reply.text for reply in desk.replies] == ["Nice!"]


async def test_media_that_is_answered_at_once_is_no_part_of_the_burst_before_it(desk: Desk) -> None:
    written = [await desk.write("hello"), await desk.write("", media="location")]
    assert [await desk.reach(key) for key in written] == [SENT, SENT]
    assert [reply.text for reply in desk.replies] == ["Hi!", "A colleague will come."]


async def test_a_message_alone_waits_no_longer_than_it_must(desk: Desk) -> None:
    began = time.monotonic()
    assert await desk.live() == SENT
    assert 1 <= time.monotonic() - began < 3


async def test_what_is_written_after_a_pause_is_answered_by_itself(desk: Desk) -> None:
    written = []
    for text in ("hello", "and order 4711?"):
        written.append(await desk.write(text))
        assert await desk.reach(written[-1]) == SENT
    assert [reply.text for reply in desk.replies] == ["Hi!", "Looking up 4711."]


async def test_who_never_stops_writing_is_answered_after_at_most(desk: Desk) -> None:
    began = time.monotonic()
    written: list[str] = []
    while not desk.replies:
        written.append(await desk.write(f"and {len(written)}"))
        await desk.work(0.3)
    assert 2 <= time.monotonic() - began < 4
    last = await desk.reach(written[-1])
    assert last in (SENT, FOLDED)
    states = [await desk.ends(key) for key in written]
    assert states.count(FOLDED) >= 3
    assert len(desk.replies) <= 2


@pytest.mark.parametrize(("text", "answer"), [("stop", "Goodbye."), ("a human, please", "A colleague will answer.")])
async def test_what_cannot_wait_ends_the_waiting_of_those_before_it(desk: Desk, text: str, answer: str) -> None:
    desk.book = PATIENT
    first = await desk.write("hello")
    await desk.work(0.2)
    assert (await desk.record(first)).state == State.QUEUED
    second = await desk.write(text)
    assert [await desk.reach(key) for key in (first, second)] == [SENT, SENT]
    assert [reply.text for reply in desk.replies] == ["Hi!", answer]


async def test_those_before_what_cannot_wait_are_answered_together(desk: Desk) -> None:
    desk.book = PATIENT
    written = [await desk.write(text) for text in ("my order", "is 4711", "a human, please")]
    assert [await desk.reach(key) for key in written] == [FOLDED, SENT, SENT]
    assert [reply.text for reply in desk.replies] == ["Looking up 4711.", "A colleague will answer."]


async def test_nobody_waits_for_the_burst_of_another(desk: Desk) -> None:
    desk.book = PATIENT
    await desk.write("hello")
    await desk.work(0.1)
    assert await desk.live("stop", sender="+4915112345678") == SENT


async def test_a_window_that_closes_soon_is_not_waited_out(desk: Desk) -> None:
    desk.book = PATIENT
    assert await desk.live(window=timedelta(seconds=15)) == SENT


async def test_a_book_without_bursts_that_comes_meanwhile_answers_what_waits(desk: Desk) -> None:
    desk.book = parsed("{quiet: 2s, at_most: 2s}")
    written = [await desk.write(text) for text in ("hello", "order 4711")]
    await desk.work(0.2)
    desk.book = parsed("off")
    assert [await desk.reach(key) for key in written] == [SENT, SENT]


async def test_a_folded_burst_that_the_provider_turns_away_is_tried_again_as_one(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="rate_limit", seconds=0.2))
    written = [await desk.write(text) for text in ("my order", "is 4711")]
    assert [await desk.reach(key) for key in written] == [FOLDED, SENT]
    assert [reply.text for reply in desk.replies] == ["Looking up 4711."]


async def test_a_burst_that_changed_before_it_was_folded_is_looked_at_again(ledger: Ledger) -> None:
    async with desk_at(ledger, QUICK) as desk:
        first, second = [await desk.write(text) for text in ("my order", "is 4711")]
        claim = await ledger.claim("a", ["prelude"])
        assert claim is not None
        await ledger._redis.hset(keys.RECORD + second, "state", "discarded")
        assert await ledger.fold(claim, claim.behind, "my order\nis 4711") is None
        assert (await desk.record(first)).state == State.QUEUED
        assert await desk.reach(first) == SENT


# With real processes


async def held(running: Service, message: Inbound) -> None:
    """Returns once the message waits whether more is said."""
    async with asyncio.timeout(20):
        record = keys.RECORD + keys.message_key("prelude", message.id)
        while not await running.ledger._redis.hget(record, "hold"):
            await asyncio.sleep(0.02)


async def ended(running: Service, message: Inbound, state: State) -> None:
    async with asyncio.timeout(30):
        while (record := await running.record(message)) is None or record.state != state:
            await asyncio.sleep(0.05)


async def test_a_worker_killed_while_a_burst_waits_loses_nothing_and_answers_once(tmp_path: Path) -> None:
    async with service(tmp_path, book=book("{quiet: 4s, at_most: 8s}")) as running:
        worker, _ = await asyncio.gather(running.work(), running.serve())
        first = running.world.receive("+33612345678", "my order")
        await held(running, first)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        second = running.world.receive("+33612345678", "is 4711")
        await running.work()
        await ended(running, second, State.SENT)
        await ended(running, first, State.SILENT)
        await asyncio.sleep(1)  # time for a second reply, were there one
        (reply,) = running.world.conversations.replies
        assert (reply.text, reply.reply_to) == ("Looking up 4711.", second.id)


async def test_webhooks_of_three_quick_messages_make_one_reply(tmp_path: Path) -> None:
    async with service(tmp_path, book=book("{quiet: 1s, at_most: 4s}")) as running:
        await asyncio.gather(running.work(), running.serve())
        messages = []
        for text in ("hello", "where is my order", "4711"):
            messages.append(running.world.receive("+33612345678", text))
            await asyncio.sleep(0.2)
        await ended(running, messages[-1], State.SENT)
        records = [await running.record(message) for message in messages[:2]]
        assert [(record.state, record.reason) for record in records if record] == [FOLDED, FOLDED]
        (reply,) = running.world.conversations.replies
        assert (reply.text, reply.reply_to) == ("Looking up 4711.", messages[-1].id)
