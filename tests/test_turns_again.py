"""Turns that are lost and taken up again: after a crash, a resend, a burst, a pause; none is skipped or given twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import redis.asyncio

from rules.model import Message
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, key_of, state_of, sweep
from worker import keys
from worker.ledger import Attempt, Claim, DeliveryEvent, Ledger, State, Times

PERSON = keys.CONVERSATION + "prelude:+33612345678"


async def taken_in(ledger: Ledger, *messages: Message) -> None:
    for message in messages:
        assert await ledger.take_in(message) == "new"


async def claim(ledger: Ledger, owner: str = "a") -> Claim:
    found = await ledger.claim(owner, ACCOUNTS)
    assert found is not None
    return found


async def begun(ledger: Ledger, owner: str = "a") -> Attempt:
    attempt = await ledger.begin(await claim(ledger, owner), HELLO, "v1")
    assert attempt is not None
    return attempt


def earlier(message: Message) -> Message:
    return replace(a_message(), sent_at=message.sent_at - timedelta(seconds=5))


async def test_what_is_sent_again_waits_for_what_is_being_answered(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    await ledger.settle(await begun(ledger), State.UNCONFIRMED, {}, delay=timedelta(0))
    answered = await begun(ledger, "b")
    await ledger.sweep(when_unconfirmed="resend")
    assert await state_of(ledger, first) == State.QUEUED
    assert await ledger.claim("c", ACCOUNTS) is None
    await ledger.settle(answered, State.SENT, {})
    assert (await claim(ledger, "c")).record.message.id == first.id


async def test_what_the_window_closed_on_later_waits_for_its_turn_too(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await claim(ledger, "b")
    await ledger.deliver(DeliveryEvent(key_of(first), 1, "expired"))
    assert await ledger.claim("c", ACCOUNTS, late=True) is None


async def test_one_that_came_late_goes_before_what_its_worker_died_with(ledger: Ledger, times: Times) -> None:
    message = a_message()
    await taken_in(ledger, message)
    await claim(ledger)
    before = earlier(message)
    await taken_in(ledger, before)
    await sweep(ledger, times.lease)
    assert (await claim(ledger, "b")).record.message.id == before.id


async def test_a_folded_burst_that_had_waited_is_not_taken_for_waiting(
    ledger: Ledger, store: redis.asyncio.Redis, times: Times
) -> None:
    """The last of it had waited itself, until an earlier one came late. What comes then must not end its lease."""
    held = a_message("b")
    await taken_in(ledger, held)
    first = await claim(ledger)
    await ledger.hold(first, first.now + timedelta(hours=1))
    await taken_in(ledger, earlier(held))
    folding = await claim(ledger)
    assert await ledger.fold(folding, folding.behind, "a\nb") is not None
    await taken_in(ledger, a_message("c"))
    assert await store.zscore(keys.DUE, key_of(held)) is not None
    await sweep(ledger, times.lease)
    assert (await claim(ledger, "b")).record.folds


async def test_what_was_decided_is_folded_with_nothing(ledger: Ledger) -> None:
    decided = a_message("a")
    await taken_in(ledger, decided)
    await ledger.settle(await begun(ledger), State.RETRYING, {}, delay=timedelta(0))
    await sweep(ledger)
    await taken_in(ledger, earlier(decided), a_message("c"))
    assert (await claim(ledger, "b")).behind == ()


async def test_a_message_of_the_first_format_can_be_folded(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    old, new = a_message("a"), a_message("b")
    await taken_in(ledger, old, new)
    await store.hdel(keys.RECORD + key_of(old), "first")
    claimed = await claim(ledger)
    folded = await ledger.fold(claimed, claimed.behind, "a\nb")
    assert folded is not None
    assert not folded.record.first


async def test_what_an_older_version_has_sent_is_not_closed_with_its_window(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message(window=timedelta(milliseconds=500))
    await taken_in(ledger, message)
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await store.zadd(keys.READY + "prelude", {key_of(message): 1})  # it knows nothing of that, and leaves it
    await sweep(ledger, timedelta(milliseconds=500))
    assert await state_of(ledger, message) == State.SENT
    assert await store.zcard(keys.READY + "prelude") == 0


async def test_a_late_answer_of_one_that_lost_its_turn_lines_up_again(ledger: Ledger) -> None:
    first, second = a_message(), a_message()
    await taken_in(ledger, first, second)
    late = await begun(ledger)
    await ledger.settle(late, State.UNCONFIRMED, {}, delay=timedelta(hours=1))
    await claim(ledger, "b")
    await ledger.settle(late, State.PAUSED, {})
    assert await ledger.claim("c", ACCOUNTS) is None
    await sweep(ledger)
    assert await ledger.claim("c", ACCOUNTS) is None


async def test_a_reply_that_the_rate_held_back_counts_when_it_is_sent(ledger: Ledger) -> None:
    await taken_in(ledger, a_message(sender="+1"), a_message(sender="+2"))
    for owner in "ab":
        await ledger.begin(await claim(ledger, owner), HELLO, "v1", rate=1)
    await sweep(ledger, timedelta(seconds=1.1))
    assert await ledger.begin(await claim(ledger, "c"), HELLO, "v1", rate=1) is not None
    for sender in ("+1", "+2"):
        conversation = await ledger.conversation("prelude", sender)
        assert conversation is not None
        assert (len(conversation.replied), set(conversation.fired)) == (1, {"greeting"})


async def test_a_reply_after_a_template_that_failed_is_written_down(ledger: Ledger) -> None:
    message = a_message(window=timedelta(seconds=-1))
    await taken_in(ledger, message)
    late = await ledger.claim("a", ACCOUNTS, late=True)
    assert late is not None
    template = await ledger.begin(late, HELLO, "v1", template=True)
    assert template is not None
    await ledger.settle(template, State.RETRYING, {}, delay=timedelta(0))
    await taken_in(ledger, a_message())  # the window is open again
    await sweep(ledger)
    attempt = await begun(ledger, "b")
    record = await ledger.record(attempt.record.key)
    assert record is not None
    assert (record.message.id, record.reply, record.rule) == (message.id, "Hi!", "greeting")


async def test_silence_after_a_fold_gives_the_turn_on(ledger: Ledger) -> None:
    await taken_in(ledger, a_message("a"), a_message("b"), a_message("c"))
    claimed = await claim(ledger)
    folded = await ledger.fold(claimed, claimed.behind[:1], "a\nb")
    assert folded is not None
    await ledger.stay_silent(folded, SILENCE, "v1")
    assert (await claim(ledger, "b")).record.message.text == "c"
