"""Records of the first format, left by its own scripts in each state, are read and carried on by this version."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

import pytest
import redis.asyncio

from tests.clocked import look
from tests.first_format import FirstClaim
from tests.fleet import ANSWERS, Fleet
from tests.ledgers import ACCOUNTS
from worker import keys
from worker.ledger import DeliveryEvent, Overview, State, Wanted

# What the first format's workers had done when they were stopped for good, and what becomes of it.
CARRIED_ON: Final = {
    "queued": State.SENT,
    "claimed": State.SENT,
    "retrying": State.SENT,
    "paused": State.SENT,
    "sending": State.UNCONFIRMED,
}
AT_REST: Final = ["sent", "unconfirmed", "rejected", "silent", "window_closed", "given_up"]


@pytest.fixture
def fleet(store: redis.asyncio.Redis) -> Fleet:
    fleet = Fleet(store, random.Random(0))  # noqa: S311  no secret depends on it
    fleet.answers = ANSWERS[:1]
    return fleet


async def left_in(fleet: Fleet, state: str) -> str:
    """The key of a message that the first format left in that state."""
    key = await fleet.write("first", timedelta(hours=24) if state != "window_closed" else timedelta(seconds=1))
    if state in ("queued", "window_closed"):
        return key
    if state == "given_up":
        for _ in range(3):
            await crash(fleet, key)
        return key
    claim = await fleet.first.claim(key, "old")
    assert claim is not None
    if state == "silent":
        assert await fleet.first.stay_silent(claim)
    elif state != "claimed":
        attempt = await fleet.first.begin(claim)
        assert attempt is not None
        if state != "sending":
            assert await fleet.first.settle(attempt, state, "a reason")
    return key


async def crash(fleet: Fleet, key: str) -> None:
    assert await fleet.first.claim(key, "old") is not None
    fleet.clock.step(timedelta(seconds=16))
    await fleet.first.sweep()


async def state_of(fleet: Fleet, key: str) -> State:
    record = await fleet.this.record(key)
    assert record is not None
    return record.state


@pytest.mark.parametrize("state", [*CARRIED_ON, *AT_REST])
async def test_what_the_first_format_left_is_listed_and_shown(fleet: Fleet, state: str) -> None:
    key = await left_in(fleet, state)
    overview = Overview(fleet.store, fleet.times, ACCOUNTS)
    found, more = await overview.find(Wanted(state=State(state)), 10)
    assert ([each.key for each in found], more) == ([key], False)
    story = await overview.story(key)
    assert story is not None
    assert story.record is not None
    assert story.record.state == state
    assert (await overview.status()).states[State(state)] == 1


@pytest.mark.parametrize("state", CARRIED_ON)
async def test_what_the_first_format_left_on_its_way_is_carried_on_to_its_end(fleet: Fleet, state: str) -> None:
    key = await left_in(fleet, state)
    seen = await fleet.finish("this")
    assert seen.records[key]["state"] == CARRIED_ON[state]
    assert fleet.replies[key] == (CARRIED_ON[state] == State.SENT)


@pytest.mark.parametrize("state", AT_REST)
async def test_what_the_first_format_ended_stays_so(fleet: Fleet, state: str) -> None:
    key = await left_in(fleet, state)
    before = (await look(fleet.store)).records[key]
    seen = await fleet.finish("this")
    assert seen.records[key] == before
    assert not fleet.replies


async def test_a_worker_of_the_first_format_that_lives_is_not_interrupted(fleet: Fleet) -> None:
    key = await left_in(fleet, "claimed")
    fleet.clock.step(timedelta(seconds=14))
    await fleet.this.sweep()
    assert await fleet.hear("this") is None
    attempt = await fleet.first.begin(FirstClaim(key, fence=1, attempt=0))
    assert attempt is not None
    await fleet.this.sweep()
    assert await fleet.first.settle(attempt, "sent", "accepted")


async def test_what_a_receiver_of_the_first_format_rings_for_is_answered_at_once(fleet: Fleet) -> None:
    key = await fleet.write("first")
    job = await fleet.hear("this")
    assert job is not None
    assert fleet.key_of(job) == key


async def test_what_is_rung_for_waits_for_its_turn_all_the_same(fleet: Fleet) -> None:
    first = await fleet.write("this", timedelta(hours=24), sender="+1")
    await fleet.hear("this")
    fleet.clock.step(timedelta(seconds=1))
    second = await fleet.write("first", timedelta(hours=24), sender="+1")
    assert await fleet.hear("this") is None
    seen = await fleet.finish("this")
    ends = [int(seen.records[key]["changed_at"]) for key in (first, second)]
    assert (fleet.replies[first], fleet.replies[second]) == (1, 1)
    assert ends == sorted(ends)


async def test_a_reply_that_the_first_format_counted_is_not_counted_again(fleet: Fleet) -> None:
    key = await left_in(fleet, "retrying")
    seen = await fleet.finish("this")
    assert seen.records[key]["attempt"] == "2"
    assert len(seen.conversations[seen.records[key]["conversation"]]["replied"].split()) == 1


async def test_what_is_heard_of_replies_that_the_first_format_sent_is_no_evidence(fleet: Fleet) -> None:
    """It did not count those that it sent, so silence about others would seem to tell more than it does."""
    key = await left_in(fleet, "sent")
    assert await fleet.this.deliver(DeliveryEvent(key, 1, "delivered")) == "delivered"
    assert await state_of(fleet, key) == State.DELIVERED
    assert not await fleet.store.keys(keys.EVIDENCE + "*")
