"""A reply that is longer than its provider takes: in parts, each once, in order, whatever happens between them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest
import redis.asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound
from rules import parse
from rules.model import Decision, Message
from tests.answering import Desk, desk_at
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed, key_of, state_of
from worker import keys
from worker.connection import connect
from worker.ledger import Attempt, Delivery, DeliveryEvent, Ledger, Operating, Part, State, Times
from worker.outbound.prelude import PreludeSender
from worker.parts import split
from worker.secret import Secret

LONGEST = 30
SENTENCES = ("One two three four five.", "Six seven eight, nine?", "Ten eleven!")
BOOK = parse(
    f"version: 1\nrules:\n  - {{name: long, when: {{any: [hello]}}, reply: '{' '.join(SENTENCES)}'}}\n"
    "  - {name: short, when: {any: [bye]}, reply: Bye.}\n".encode(),
    "book.yaml",
)
PARTS = [f"({number}/3) {sentence}" for number, sentence in enumerate(SENTENCES, 1)]


class Narrow(PreludeSender):
    LONGEST: ClassVar[int] = LONGEST


@pytest.fixture
async def desk(ledger: Ledger) -> AsyncIterator[Desk]:
    async with desk_at(ledger, BOOK, Narrow) as desk:
        yield desk


def sent(desk: Desk) -> list[str]:
    return [reply.text for reply in desk.replies]


# the text


@given(st.text(max_size=400), st.integers(20, 60))
def test_no_part_is_too_long_and_nothing_but_space_is_lost(text: str, longest: int) -> None:
    parts = split(text, longest)
    assert all(len(part) <= longest for part in parts)
    if len(text) <= longest:
        assert parts == (text,)
        return
    heads, bodies = zip(*(part.split(") ", 1) for part in parts), strict=True)
    assert list(heads) == [f"({number}/{len(parts)}" for number in range(1, len(parts) + 1)]
    assert "".join("".join(bodies).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One two. Three four five six.", ("(1/2) One two.", "(2/2) Three four five six.")),
        ("One two three four five six " + "seven", ("(1/2) One two three four", "(2/2) five six seven")),
        ("Line one\nLine two, which is on", ("(1/2) Line one", "(2/2) Line two, which is on")),
        ("3.5 and 4.5 are figures, I say", ("(1/2) 3.5 and 4.5 are", "(2/2) figures, I say")),
        ("x" * 40, ("(1/2) " + "x" * 22, "(2/2) " + "x" * 18)),
        ("一二三四五六七八九十。" * 3, ("(1/2) " + "一二三四五六七八九十。" * 2, "(2/2) 一二三四五六七八九十。")),
        ("e\u0301" * 12 + "x" + "e\u0301" * 3, ("(1/2) " + "e\u0301" * 11, "(2/2) e\u0301x" + "e\u0301" * 3)),
        ("x" * 21 + "👩\u200d👩\u200d👧" + "y" * 5, ("(1/2) " + "x" * 21, "(2/2) 👩\u200d👩\u200d👧yyyyy")),
        ("x" * 21 + "🇩🇪" * 4, ("(1/2) " + "x" * 21, "(2/2) " + "🇩🇪" * 4)),
        ("x" * 21 + "👍🏽" + "y" * 7, ("(1/2) " + "x" * 21, "(2/2) 👍🏽" + "y" * 7)),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, parts: tuple[str, ...]) -> None:
    assert split(text, 28) == parts


def test_a_text_of_ten_parts_has_room_for_their_number() -> None:
    parts = split("word " * 60, 32)
    assert (parts[0][:8], parts[-1][:8]) == ("(1/12) w", "(12/12) ")
    assert max(map(len, parts)) <= 32
    assert max(map(len, split("x" * 300, 30))) == 30


# through a worker


async def test_a_long_reply_arrives_whole_and_in_order(desk: Desk) -> None:
    key = await desk.write()
    assert (await desk.reach(key, State.DELIVERED))[0] == State.DELIVERED
    assert sent(desk) == PARTS
    assert [reply.correlation_id for reply in desk.replies] == [f"{key}_{number}" for number in (1, 2, 3)]
    counts = await desk.ledger.counts()
    assert (counts["part_sent"], counts["delivered"]) == (2, 1)
    assert "doubled" not in counts


async def test_a_short_reply_leaves_no_trace_of_parts(desk: Desk, store: redis.asyncio.Redis) -> None:
    key = await desk.write("bye")
    await desk.reach(key, State.DELIVERED)
    assert sent(desk) == ["Bye."]
    names = [str(name) for name in await store.hkeys(keys.RECORD + key)]
    assert not [name for name in names if name.startswith(("part", "longest"))]


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop"},
        {"kind": "reset"},
        {"kind": "garbage"},
        {"kind": "hang", "seconds": 3},
        {"kind": "rate_limit", "seconds": 0},
        {"kind": "error", "code": "internal"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
async def test_whatever_happens_to_a_part_each_arrives_once(desk: Desk, fault: dict[str, object], at: int) -> None:
    key = await desk.write()
    while len(desk.replies) < at:
        await desk.turn()
    desk.world.faults.add(Fault.model_validate(fault))
    assert (await desk.reach(key, State.DELIVERED))[0] == State.DELIVERED
    assert sent(desk) == PARTS
    assert desk.world.faults.as_json() == []


async def test_a_worker_that_dies_between_two_parts_loses_nothing(desk: Desk) -> None:
    key = await desk.write()
    await desk.turn()
    claim = await desk.ledger.claim(uuid.uuid4().hex, ACCOUNTS)  # and nothing more is heard of it
    assert claim is not None
    assert (claim.record.key, claim.record.part) == (key, 1)
    await desk.reach(key, State.DELIVERED)
    assert sent(desk) == PARTS


async def test_the_next_message_waits_until_the_last_part_is_sent(desk: Desk) -> None:
    first = await desk.write()
    await desk.turn()
    assert len(sent(desk)) == 1
    earlier = a_message("bye")
    older = replace(earlier, sent_at=earlier.sent_at - timedelta(minutes=1))
    at, closes = (int(moment.timestamp() * 1e9) for moment in (older.sent_at, older.window_expires_at))
    known = Inbound(older.id, older.event_id, older.sender, older.recipient, older.text, at, closes)
    desk.world.conversations.put(known)
    await desk.ledger.take_in(older)
    await desk.reach(first, State.DELIVERED)
    await desk.reach(key_of(older), State.DELIVERED)
    assert sent(desk) == [*PARTS, "Bye."]


async def test_a_limit_that_changes_on_the_way_changes_nothing_on_the_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await desk.write()
    await desk.turn()
    monkeypatch.setattr(Narrow, "LONGEST", 4096)
    await desk.reach(key, State.DELIVERED)
    assert sent(desk) == PARTS


# what is heard of a part


async def begun(ledger: Ledger, message: Message, number: int, *, of: int = 3) -> Attempt:
    if number == 1:
        claim = await claimed(ledger, message)
    else:
        found = await ledger.claim(uuid.uuid4().hex, ACCOUNTS)
        assert found is not None
        claim = found
    assert claim.record.part == number - 1
    decision: Decision = HELLO if claim.record.reply is None else Decision(reply=claim.record.reply)
    attempt = await ledger.begin(claim, decision, "v1", part=Part(number, of, LONGEST))
    assert attempt is not None
    return attempt


async def hear(ledger: Ledger, attempt: Attempt, *what: Delivery) -> str:
    for each in what:
        answer = await ledger.deliver(DeliveryEvent(attempt.record.key, attempt.number, each))
    return answer


async def settle(ledger: Ledger, attempt: Attempt, to: State = State.SENT) -> bool:
    return (await ledger.settle(attempt, to, {f"attempt:{attempt.number}": "{}"})).counts


async def test_an_earlier_part_tells_nothing_of_the_whole(ledger: Ledger) -> None:
    message = a_message()
    first = await begun(ledger, message, 1, of=2)
    assert await settle(ledger, first)
    assert await state_of(ledger, message) == State.QUEUED
    assert await hear(ledger, first, "sent", "delivered") == "part"
    assert await state_of(ledger, message) == State.QUEUED
    last = await begun(ledger, message, 2, of=2)
    assert await settle(ledger, last)
    assert await hear(ledger, first, "read") == "part"
    assert await state_of(ledger, message) == State.SENT
    assert await hear(ledger, last, "delivered") == "delivered"
    assert await state_of(ledger, message) == State.DELIVERED
    assert "doubled" not in await ledger.counts()


@pytest.mark.parametrize("to", [State.UNCONFIRMED, State.RETRYING, None], ids=str)
async def test_a_part_that_was_heard_of_makes_way_for_the_next(ledger: Ledger, to: State | None) -> None:
    message = a_message()
    first = await begun(ledger, message, 1)
    if to is not None:
        assert await settle(ledger, first, to)
    assert await hear(ledger, first, "sent") == "part"
    if to is None:  # its answer comes behind the event
        assert await settle(ledger, first)
    second = await begun(ledger, message, 2)
    assert second.number == 2
    assert (await ledger.counts())["part_sent"] == 1


async def test_an_answer_of_ours_that_was_lost_may_be_asked_for_again(ledger: Ledger) -> None:
    first = await begun(ledger, a_message(), 1)
    assert [await settle(ledger, first) for _ in range(2)] == [True, True]
    assert "fenced_off" not in await ledger.counts()


async def test_a_part_that_has_failed_ends_the_reply_and_it_alone_is_sent_again(
    ledger: Ledger, redis_url: Secret, times: Times
) -> None:
    message = a_message()
    first = await begun(ledger, message, 1)
    assert await settle(ledger, first)
    await hear(ledger, first, "delivered")
    second = await begun(ledger, message, 2)
    await hear(ledger, second, "failed")
    assert await state_of(ledger, message) == State.FAILED
    operating = Operating(connect(redis_url, decode=True, connections=2), times, who="ann@desk", accounts=ACCOUNTS)
    assert (await operating.resend(key_of(message))).refused is None
    again = await begun_again(ledger, 2)
    await hear(ledger, again, "delivered")
    assert await state_of(ledger, message) == State.QUEUED
    await begun(ledger, message, 3)
    await operating.aclose()


async def test_an_earlier_part_that_has_failed_after_all_is_kept_in_mind(ledger: Ledger) -> None:
    message = a_message()
    first = await begun(ledger, message, 1, of=2)
    await settle(ledger, first)
    last = await begun(ledger, message, 2, of=2)
    assert await hear(ledger, first, "failed") == "part"
    assert await state_of(ledger, message) == State.SENDING
    assert await settle(ledger, last)
    assert await state_of(ledger, message) == State.SENT
    assert (await ledger.counts())["part_failed"] == 1


async def test_a_window_that_was_over_for_a_part_is_over_for_the_rest(ledger: Ledger) -> None:
    message = a_message()
    first = await begun(ledger, message, 1)
    await settle(ledger, first)
    assert await hear(ledger, first, "expired") == "part"
    assert await ledger.claim("b", ACCOUNTS) is None
    assert await state_of(ledger, message) == State.WINDOW_CLOSED


async def test_a_part_that_arrived_twice_is_counted(ledger: Ledger) -> None:
    message = a_message()
    first = await begun(ledger, message, 1)
    await ledger.settle(first, State.RETRYING, {}, delay=timedelta(0))
    await ledger.sweep()
    again = await begun_again(ledger, 1)
    assert await settle(ledger, again)
    await hear(ledger, again, "sent")
    await hear(ledger, first, "sent")
    assert (await ledger.counts())["doubled"] == 1
    assert (await ledger.counts())["part_sent"] == 1


async def begun_again(ledger: Ledger, number: int) -> Attempt:
    claim = await ledger.claim(uuid.uuid4().hex, ACCOUNTS)
    assert claim is not None
    attempt = await ledger.begin(claim, Decision(reply=claim.record.reply), "v1", part=Part(number, 3, LONGEST))
    assert attempt is not None
    return attempt
