"""What is heard of a reply after it was sent, in any order; and what becomes of one of which nothing is heard."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest
import redis.asyncio

from rules.model import Action, Decision
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed, state_of, sweep
from worker import keys
from worker.ledger import Attempt, Delivery, DeliveryEvent, Ledger, State, read_correlation_id

STRANGER = "+4915112345678"


async def begun(ledger: Ledger, sender: str = STRANGER, window: timedelta = timedelta(hours=24)) -> Attempt:
    attempt = await ledger.begin(await claimed(ledger, a_message(sender=sender, window=window)), HELLO, "v1")
    assert attempt is not None
    return attempt


def event(attempt: Attempt, what: Delivery, code: str = "") -> DeliveryEvent:
    read = read_correlation_id(attempt.correlation_id)
    assert read is not None
    return DeliveryEvent(*read, what, code)


async def state(ledger: Ledger, attempt: Attempt) -> State | None:
    record = await ledger.record(attempt.record.key)
    return record.state if record else None


@pytest.mark.parametrize("order", list(permutations(["answer", "sent", "delivered", "read"])), ids=" ".join)
async def test_however_events_overtake_each_other_the_best_known_stands(ledger: Ledger, order: tuple[str, ...]) -> None:
    attempt = await begun(ledger)
    for what in order:
        if what == "answer":
            assert (await ledger.settle(attempt, State.SENT, {"provider_id": "tx_1"})).counts
        else:
            deliveries: dict[str, Delivery] = {"sent": "sent", "delivered": "delivered", "read": "read"}
            for _ in range(2):  # each comes twice
                await ledger.deliver(event(attempt, deliveries[what]))
    record = await ledger.record(attempt.record.key)
    assert record is not None
    assert (record.state, record.provider_id) == (State.READ, "tx_1")
    assert "doubled" not in await ledger.counts()


async def test_an_event_settles_what_nobody_knew_the_end_of(ledger: Ledger, times: object) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {"reason": "timeout"}, delay=timedelta(0))
    await ledger.deliver(event(attempt, "delivered"))
    assert await state(ledger, attempt) == State.DELIVERED
    await sweep(ledger)
    assert await ledger.claim("b", ACCOUNTS) is None


@pytest.mark.parametrize("first", [True, False])
async def test_a_reply_that_could_not_be_delivered_has_failed(ledger: Ledger, first: bool) -> None:
    attempt = await begun(ledger)
    if first:
        await ledger.deliver(event(attempt, "failed", "unreachable"))
    await ledger.settle(attempt, State.SENT, {"reason": "accepted"})
    if not first:
        await ledger.deliver(event(attempt, "failed", "unreachable"))
    assert await state(ledger, attempt) == State.FAILED


@pytest.mark.parametrize(
    ("order", "state_at_last"),
    [
        (["sent", "failed"], State.FAILED),
        (["failed", "sent"], State.FAILED),
        (["sent", "failed", "delivered"], State.DELIVERED),
    ],
    ids=str,
)
async def test_that_it_failed_counts_more_than_that_it_was_sent(
    ledger: Ledger, order: list[Delivery], state_at_last: State
) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {"reason": "accepted"})
    for what in order:
        await ledger.deliver(event(attempt, what))
    assert await state(ledger, attempt) == state_at_last


async def test_that_it_was_sent_heard_late_does_not_stop_the_template(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(event(attempt, "expired", "window_expired"))
    await ledger.deliver(event(attempt, "sent"))
    assert await state(ledger, attempt) == State.QUEUED


async def test_what_was_delivered_does_not_fail(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.deliver(event(attempt, "delivered"))
    await ledger.deliver(event(attempt, "failed", "late"))
    assert await state(ledger, attempt) == State.DELIVERED


async def test_an_event_of_nothing_that_is_known_is_counted(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    assert await ledger.deliver(DeliveryEvent("prelude_never", 1, "delivered")) == "unknown"
    assert await ledger.deliver(DeliveryEvent(attempt.record.key, 2, "delivered")) == "unknown"
    assert await ledger.deliver(DeliveryEvent(attempt.record.key, 0, "delivered")) == "unknown"
    assert (await ledger.counts())["delivery_unknown"] == 3


@pytest.mark.parametrize("text", ["", "_", "_1", "a_", "a_x", "a_-1", "a_1234567", "a_١"])
def test_a_correlation_id_that_is_not_ours_is_none(text: str) -> None:
    assert read_correlation_id(text) is None


async def test_a_late_window_expired_closes_the_window(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(event(attempt, "expired", "window_expired"))
    assert await ledger.claim("b", ACCOUNTS) is None
    assert await state(ledger, attempt) == State.WINDOW_CLOSED


async def test_a_late_window_expired_turns_into_a_template(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(event(attempt, "expired", "window_expired"))
    claim = await ledger.claim("b", ACCOUNTS, late=True)
    assert claim is not None
    assert claim.late
    template = await ledger.begin(claim, HELLO, "v1", template=True)
    assert template is not None
    assert template.number == 2
    await ledger.settle(template, State.TEMPLATED, {})
    await ledger.deliver(event(template, "delivered"))
    assert await state(ledger, attempt) == State.TEMPLATED


# Templates


async def test_each_closed_window_gets_one_template(ledger: Ledger) -> None:
    messages = [a_message(window=timedelta(seconds=-1)) for _ in range(3)]
    templates = 0
    for message in messages:
        await ledger.take_in(message)
    for _ in messages:
        claim = await ledger.claim("a", ACCOUNTS, late=True)
        assert claim is not None
        attempt = await ledger.begin(claim, HELLO, "v1", template=True)
        if attempt is not None:
            templates += 1
            await ledger.settle(attempt, State.TEMPLATED, {})
    # Their windows closed within the same millisecond or not: the newest counts for all that wait.
    states = [await state_of(ledger, message) for message in messages]
    assert (templates, sorted(str(each) for each in states)) == (1, ["templated", "window_closed", "window_closed"])


# Silence


async def unconfirmed(ledger: Ledger, sender: str = STRANGER) -> Attempt:
    attempt = await begun(ledger, sender)
    await ledger.settle(attempt, State.UNCONFIRMED, {"reason": "timeout"}, delay=timedelta(0))
    return attempt


async def test_hold_leaves_it_to_a_person(ledger: Ledger) -> None:
    attempt = await unconfirmed(ledger)
    await sweep(ledger)
    assert await state(ledger, attempt) == State.UNCONFIRMED
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_resend_sends_it_once_more_and_then_leaves_it(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="resend")
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert claim.record.key == attempt.record.key
    second = await ledger.begin(claim, HELLO, "v1")
    assert second is not None
    assert (second.number, second.reply) == (2, "Hi!")
    await ledger.settle(second, State.UNCONFIRMED, {}, delay=timedelta(0))
    await store.delete(keys.SWEEPER)
    await ledger.sweep(when_unconfirmed="resend")
    assert await ledger.claim("c", ACCOUNTS) is None
    assert await state(ledger, attempt) == State.UNCONFIRMED
    assert (await ledger.counts())["resent"] == 1


async def test_evidence_that_comes_before_it_is_sent_again_stops_that(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="resend")
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    await ledger.deliver(event(attempt, "delivered"))
    assert await ledger.begin(claim, HELLO, "v1") is None
    assert await state(ledger, attempt) == State.DELIVERED


async def test_a_reply_that_was_delivered_was_so_though_its_window_closed_on_a_second_one(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await begun(ledger, window=timedelta(seconds=2))
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="resend")
    await sweep(ledger, timedelta(seconds=2))
    assert await state(ledger, attempt) is State.WINDOW_CLOSED
    await ledger.deliver(event(attempt, "delivered"))
    assert await state(ledger, attempt) is State.DELIVERED


@pytest.mark.parametrize("is_claimed", [False, True], ids=["waits", "claimed"])
async def test_an_answer_that_comes_before_it_is_sent_again_stops_that(ledger: Ledger, is_claimed: bool) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="resend")
    claim = await ledger.claim("b", ACCOUNTS) if is_claimed else None
    settled = await ledger.settle(attempt, State.SENT, {"provider_id": "wamid.1", "attempt:1": "{}"})
    assert settled.counts
    assert await state(ledger, attempt) is State.SENT
    if claim is not None:
        assert await ledger.begin(claim, HELLO, "v1") is None
    assert await ledger.claim("c", ACCOUNTS) is None


async def test_an_answer_that_was_heard_already_does_not_stop_the_template(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    sent = {"provider_id": "wamid.1", "attempt:1": "{}"}
    await ledger.settle(attempt, State.SENT, sent)
    await ledger.deliver(event(attempt, "expired", "window_expired"))
    await ledger.settle(attempt, State.SENT, sent)
    assert await state(ledger, attempt) is State.QUEUED


async def test_what_came_of_an_attempt_that_the_sweeper_gave_up_first_is_written(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await begun(ledger)
    await store.zadd(keys.DUE, {attempt.record.key: 1})
    await ledger.sweep()
    assert await state(ledger, attempt) is State.UNCONFIRMED
    await ledger.settle(attempt, State.UNCONFIRMED, {"reason": "timeout", "attempt:1": "{}"}, delay=timedelta(1))
    assert await store.hmget(keys.RECORD + attempt.record.key, "reason", "attempt:1") == ["timeout", "{}"]
    assert (await ledger.counts())["unconfirmed"] == 1


async def test_one_that_reached_its_reader_twice_is_counted(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="resend")
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    second = await ledger.begin(claim, HELLO, "v1")
    assert second is not None
    await ledger.deliver(event(second, "delivered"))
    await ledger.deliver(event(attempt, "delivered"))
    assert (await ledger.counts())["doubled"] == 1


@pytest.mark.parametrize(("confirmed", "again"), [(0, False), (5, False), (9, True), (10, True)])
async def test_auto_takes_silence_for_a_sign_where_other_replies_were_heard_of(
    ledger: Ledger, store: redis.asyncio.Redis, confirmed: int, again: bool
) -> None:
    now = (await store.time())[0] * 1000
    bucket = f"{keys.EVIDENCE}prelude:{(now - 600_000) // 300_000}"
    await store.hset(bucket, mapping={"sent": 10, "confirmed": confirmed})
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(0))
    await ledger.sweep(when_unconfirmed="auto")
    assert (await ledger.claim("b", ACCOUNTS) is not None) is again


async def test_the_first_event_of_a_reply_counts_as_its_confirmation(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    for what in ("sent", "delivered", "delivered"):
        await ledger.deliver(event(attempt, "sent" if what == "sent" else "delivered"))
    (bucket,) = [key async for key in store.scan_iter(keys.EVIDENCE + "*")]
    assert await store.hgetall(bucket) == {"sent": "1", "confirmed": "1"}


async def test_whoever_unsubscribes_at_the_provider_has_opted_out(ledger: Ledger) -> None:
    await ledger.opt_out("prelude", STRANGER)
    conversation = await ledger.conversation("prelude", STRANGER)
    assert conversation is not None
    assert conversation.opted_out
    claim = await claimed(ledger, a_message(sender=STRANGER))
    assert claim.conversation.opted_out


async def opt_out_later(ledger: Ledger, sender: str) -> None:
    """In a millisecond of its own."""
    await asyncio.sleep(0.002)
    await ledger.opt_out("prelude", sender)


async def test_a_reply_that_waits_to_be_sent_again_is_not_sent_to_who_has_opted_out(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await opt_out_later(ledger, STRANGER)
    await ledger.sweep()
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert await ledger.begin(claim, HELLO, "v1") is None
    record = await ledger.record(attempt.record.key)
    assert record is not None
    assert (record.state, record.reason) == (State.SILENT, "opted_out")


async def test_a_reply_that_nobody_knows_the_end_of_is_not_sent_again_to_who_has_opted_out(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    attempt, queued = await unconfirmed(ledger), await unconfirmed(ledger, "+4933")
    await opt_out_later(ledger, STRANGER)
    await ledger.sweep(when_unconfirmed="resend")
    assert await state(ledger, attempt) is State.UNCONFIRMED
    assert await state(ledger, queued) is State.QUEUED
    await opt_out_later(ledger, "+4933")
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert await ledger.begin(claim, HELLO, "v1") is None
    assert await state(ledger, queued) is State.UNCONFIRMED


async def test_who_opts_out_while_a_message_is_decided_has_it_decided_again(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message(sender=STRANGER))
    await opt_out_later(ledger, STRANGER)
    assert await ledger.begin(claim, HELLO, "v1") is None
    again = await ledger.claim("b", ACCOUNTS)
    assert again is not None
    assert again.record.key == claim.record.key
    assert again.conversation.opted_out


async def test_the_answer_to_a_stop_is_sent_however_often_it_is_tried(ledger: Ledger) -> None:
    stop = Decision(rule="stop", reply="You will hear no more.", actions=(Action("opt_out"),))
    claim = await claimed(ledger, a_message(sender=STRANGER))
    attempt = await ledger.begin(claim, stop, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await ledger.sweep()
    again = await ledger.claim("b", ACCOUNTS)
    assert again is not None
    assert await ledger.begin(again, stop, "v1") is not None


@pytest.mark.parametrize("order", list(permutations(["sent", "failed", "answer"])), ids=" ".join)
async def test_a_reply_that_was_handed_on_and_then_failed_has_failed_in_any_order(
    ledger: Ledger, order: tuple[str, ...]
) -> None:
    attempt = await begun(ledger)
    for what in order:
        if what == "answer":
            await ledger.settle(attempt, State.SENT, {})
        else:
            await ledger.deliver(event(attempt, "sent" if what == "sent" else "failed"))
    assert await state(ledger, attempt) == State.FAILED


async def test_a_window_that_was_over_is_heard_after_the_reply_was_handed_on(ledger: Ledger) -> None:
    attempt = await begun(ledger)
    await ledger.settle(attempt, State.SENT, {})
    await ledger.deliver(event(attempt, "sent"))
    await ledger.deliver(event(attempt, "expired", "window_expired"))
    await ledger.deliver(event(attempt, "sent"))
    assert await state(ledger, attempt) == State.QUEUED


@pytest.mark.parametrize("first", [True, False])
async def test_a_template_that_could_not_be_delivered_has_failed(ledger: Ledger, first: bool) -> None:
    await ledger.take_in(a_message(window=timedelta(seconds=-1)))
    claim = await ledger.claim("a", ACCOUNTS, late=True)
    assert claim is not None
    template = await ledger.begin(claim, HELLO, "v1", template=True)
    assert template is not None
    if first:
        await ledger.deliver(event(template, "failed", "unreachable"))
    await ledger.settle(template, State.TEMPLATED, {})
    if not first:
        await ledger.deliver(event(template, "failed", "unreachable"))
    assert await state(ledger, template) == State.FAILED


async def test_a_template_that_was_heard_of_is_not_sent_again(ledger: Ledger) -> None:
    await ledger.take_in(a_message(window=timedelta(seconds=-1)))
    claim = await ledger.claim("a", ACCOUNTS, late=True)
    assert claim is not None
    template = await ledger.begin(claim, HELLO, "v1", template=True)
    assert template is not None
    await ledger.settle(template, State.RETRYING, {}, delay=timedelta(0))
    await ledger.deliver(event(template, "delivered"))
    assert await state(ledger, template) == State.TEMPLATED
