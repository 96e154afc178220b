"""Whose turn it is: conversations message by message, windows that close first before others, bursts as one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio

from rules import Burst
from rules.model import Message
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, key_of, state_of, sweep
from worker import keys
from worker.bursts import Alone, Fold, Wait, gather
from worker.ledger import Claim, Ledger, State, Times


async def claim(ledger: Ledger, owner: str = "a") -> Claim:
    found = await ledger.claim(owner, ACCOUNTS)
    assert found is not None
    return found


async def sent(ledger: Ledger, claimed: Claim) -> None:
    attempt = await ledger.begin(claimed, HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {})


async def taken_in(ledger: Ledger, *messages: Message) -> None:
    for message in messages:
        assert await ledger.take_in(message) == "new"


# Order


async def test_a_conversation_is_answered_one_message_after_the_other(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    claimed = await claim(ledger)
    assert claimed.record.message.id == first.id
    assert await ledger.claim("b", ACCOUNTS) is None
    attempt = await ledger.begin(claimed, HELLO, "v1")
    assert await ledger.claim("b", ACCOUNTS) is None
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {})
    assert (await claim(ledger, "b")).record.message.id == second.id


async def test_other_conversations_do_not_wait(ledger: Ledger) -> None:
    await taken_in(ledger, a_message(), a_message(sender="+49151"))
    assert {(await claim(ledger, owner)).record.message.sender for owner in "ab"} == {"+33612345678", "+49151"}


async def test_messages_are_answered_in_the_order_they_were_sent_however_they_come(ledger: Ledger) -> None:
    now = datetime.now(UTC)
    late, early, middle = (replace(a_message(), sent_at=now + timedelta(seconds=n)) for n in (3, 1, 2))
    await taken_in(ledger, late, early, middle)
    for message in (early, middle, late):
        claimed = await claim(ledger)
        assert claimed.record.message.id == message.id
        await ledger.stay_silent(claimed, SILENCE, "v1")


async def test_one_that_came_late_does_not_overtake_what_is_being_answered(ledger: Ledger) -> None:
    now = datetime.now(UTC)
    early, late = (replace(a_message(), sent_at=now + timedelta(seconds=n)) for n in (1, 2))
    await taken_in(ledger, late)
    claimed = await claim(ledger)
    await taken_in(ledger, early)
    assert await ledger.claim("b", ACCOUNTS) is None
    await sent(ledger, claimed)
    assert (await claim(ledger, "b")).record.message.id == early.id


@pytest.mark.parametrize("state", [State.RETRYING, State.PAUSED])
async def test_what_is_tried_again_keeps_its_turn(ledger: Ledger, state: State) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    attempt = await ledger.begin(await claim(ledger), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, state, {}, delay=timedelta(milliseconds=50) if state is State.RETRYING else None)
    await sweep(ledger, timedelta(milliseconds=50))
    assert (await claim(ledger, "b")).record.message.id == first.id


async def test_what_nobody_knows_the_end_of_does_not_keep_others_waiting(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    attempt = await ledger.begin(await claim(ledger), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(seconds=60))
    assert (await claim(ledger, "b")).record.message.id == second.id


async def test_a_turn_that_got_lost_is_given_again(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    await store.delete(keys.RECORD + key_of(first), keys.READY + "prelude")
    for _ in range(3):
        await sweep(ledger)
    assert (await claim(ledger)).record.message.id == second.id


async def test_a_message_of_the_first_format_is_taken_up(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    await taken_in(ledger, message)
    conversation = keys.CONVERSATION + "prelude:+33612345678"
    await store.delete(keys.READY + "prelude", keys.LINE + "prelude:+33612345678")
    await store.hdel(conversation, "turn")
    await store.hset(keys.RECORD + key_of(message), "format", "1")
    await store.zadd(keys.DUE, {key_of(message): 1})
    await sweep(ledger)
    assert (await claim(ledger)).record.message.id == message.id


# Urgency


async def test_whose_window_closes_first_is_answered_first(ledger: Ledger) -> None:
    hours = [5, 1, 23, 3]
    for number, each in enumerate(hours):
        await ledger.take_in(a_message(window=timedelta(hours=each), sender=f"+49{number}"))
    order = []
    for _ in hours:
        claimed = await claim(ledger)
        order.append(claimed.record.message.sender)
        await ledger.stay_silent(claimed, SILENCE, "v1")
    assert order == ["+491", "+493", "+490", "+492"]


# Bursts

BURST = Burst(quiet=timedelta(seconds=2), at_most=timedelta(seconds=8))


def not_at_once(_text: str, _media: str | None) -> bool:
    return False


async def test_a_message_waits_whether_more_is_said(ledger: Ledger, times: Times) -> None:
    message = a_message()
    await taken_in(ledger, message)
    claimed = await claim(ledger)
    match gather(BURST, claimed, not_at_once):
        case Wait(until):
            assert until == claimed.record.received_at + BURST.quiet
        case _:
            pytest.fail("it does not wait")
    await ledger.hold(claimed, claimed.now + timedelta(milliseconds=200))
    assert await state_of(ledger, message) == State.QUEUED
    assert await ledger.claim("b", ACCOUNTS) is None
    await sweep(ledger, timedelta(milliseconds=200))
    assert (await claim(ledger, "b")).record.message.id == message.id


async def test_what_is_said_meanwhile_is_looked_at_at_once(ledger: Ledger) -> None:
    first, second = a_message("hello"), a_message("where is my order?")
    await taken_in(ledger, first)
    claimed = await claim(ledger)
    await ledger.hold(claimed, claimed.now + timedelta(hours=1))
    await taken_in(ledger, second)
    again = await claim(ledger)
    assert [waiting.text for waiting in again.behind] == ["where is my order?"]


async def test_a_burst_is_one_message_that_answers_the_newest(ledger: Ledger) -> None:
    messages = [a_message(text) for text in ("hello", "my order", "where is it?")]
    await taken_in(ledger, *messages)
    claimed = await claim(ledger)
    past = replace(claimed, now=claimed.now + timedelta(minutes=1))
    decided = gather(BURST, past, not_at_once)
    assert isinstance(decided, Fold)
    folded = await ledger.fold(claimed, decided.others, decided.text)
    assert folded is not None
    assert (folded.record.message.id, folded.record.message.text) == (messages[-1].id, "hello\nmy order\nwhere is it?")
    assert folded.record.first
    assert isinstance(gather(BURST, folded, not_at_once), Alone)
    await sent(ledger, folded)
    records = [await ledger.record(key_of(message)) for message in messages]
    assert [(r.state, r.reason) for r in records if r] == [("silent", "folded"), ("silent", "folded"), ("sent", None)]
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_a_worker_that_dies_with_a_folded_burst_leaves_it_to_another(ledger: Ledger, times: Times) -> None:
    await taken_in(ledger, a_message("a"), a_message("b"))
    claimed = await claim(ledger)
    assert await ledger.fold(claimed, claimed.behind, "a\nb") is not None
    await sweep(ledger, times.lease)
    again = await claim(ledger, "b")
    assert (again.record.message.text, again.record.folds) == ("a\nb", True)


async def test_what_is_answered_at_once_ends_the_burst_before_it(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("hello"), a_message("you"), a_message("stop"), a_message("please"))
    claimed = await claim(ledger)
    decided = gather(BURST, claimed, lambda text, _: text == "stop")
    assert isinstance(decided, Fold)
    assert decided.text == "hello\nyou"


JOINED = [
    (("look", "image"), ("this one", None), "look\nthis one", "image"),
    (("order 4711", None), ("", "image"), "order 4711", "image"),
    (("", "image"), ("", "audio"), "", "audio"),
    (("", "image"), ("my order", None), "my order", "image"),
    (("my", None), ("order", None), "my\norder", None),
]


@pytest.mark.parametrize(("first", "second", "text", "media"), JOINED)
async def test_a_burst_has_the_words_of_all_and_the_newest_media(
    ledger: Ledger,
    times: Times,
    first: tuple[str, str | None],
    second: tuple[str, str | None],
    text: str,
    media: str | None,
) -> None:
    await taken_in(ledger, *(a_message(words, media=kind) for words, kind in (first, second)))
    claimed = await claim(ledger)
    decided = gather(BURST, replace(claimed, now=claimed.now + timedelta(minutes=1)), not_at_once)
    assert isinstance(decided, Fold)
    folded = await ledger.fold(claimed, decided.others, decided.text, decided.media)
    assert folded is not None
    await sweep(ledger, times.lease)  # the worker died: who takes it up finds the same
    again = await claim(ledger, "b")
    for found in (folded.record, again.record):
        assert (found.message.text, found.message.media, found.folds) == (text, media, True)


async def test_whether_a_message_is_answered_at_once_is_asked_with_its_own_media(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("", media="image"), a_message("look"), a_message("", media="audio"))
    claimed = await claim(ledger)
    asked: list[tuple[str, str | None]] = []

    def ask(text: str, media: str | None) -> bool:
        asked.append((text, media))
        return False

    gather(BURST, claimed, ask)
    assert asked == [("", "image"), ("look", None), ("", "audio")]


async def test_nothing_waits_longer_than_at_most(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("a"), a_message("b"))
    claimed = await claim(ledger)
    start = claimed.record.received_at
    chatty = replace(
        claimed,
        behind=tuple(replace(claimed.behind[0], received_at=start + timedelta(seconds=n)) for n in range(1, 20)),
        now=start + timedelta(seconds=8),
    )
    decided = gather(BURST, chatty, not_at_once)
    assert isinstance(decided, Fold)
    assert len(decided.others) == 8


async def test_without_a_burst_each_is_answered(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("a"), a_message("b"))
    assert isinstance(gather(None, await claim(ledger), not_at_once), Alone)


async def test_whoever_asks_again_to_fold_gets_the_same_claim(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("a"), a_message("b"))
    claimed = await claim(ledger)
    folds = await asyncio.gather(*(ledger.fold(claimed, claimed.behind, "a\nb") for _ in range(5)))
    assert {(fold.record.key, fold.record.fence) for fold in folds if fold} == {(claimed.behind[0].key, 1)}
    assert None not in folds
