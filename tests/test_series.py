"""What is counted by the minute and by the day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio

from rules.model import Decision
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, key_of
from tests.operators import begun, ended
from worker import keys
from worker.ledger import DeliveryEvent, Ledger, Operating, Part, State
from worker.ledger.scripts import LATENCIES
from worker.ledger.series import quantile


async def test_what_happens_is_counted_in_its_minute(ledger: Ledger, operating: Operating) -> None:
    for state in (State.SENT, State.SENT, State.REJECTED, State.UNCONFIRMED, State.RETRYING):
        await ended(ledger, state, a_message(sender=f"+49{state}{datetime.now(UTC)}"))
    await ledger.stay_silent(await claimed(ledger, a_message(sender="+1")), SILENCE, "v1")
    await ledger.take_in(late := a_message(sender="+2", window=timedelta(seconds=-1)))
    assert await ledger.claim("b", ACCOUNTS) is None
    await ledger.take_in(late)
    series = await operating.series(1)
    assert len(series.minutes) == 60
    ends = {"sent": 2, "rejected": 1, "unconfirmed": 1, "retrying": 1, "silent": 1, "window_closed": 1}
    expected = {"taken_in": 7, "duplicate": 1, **ends}
    assert {what: series.counts.get(what) for what in expected} == expected
    assert series.counts == {what: number for what, number in (await ledger.counts()).items() if what != "notices"}
    busy = [minute for minute in series.minutes if minute.counts]
    assert busy[0] in series.minutes[-2:]
    assert all(
        later.at - at.at == timedelta(minutes=1) for at, later in zip(series.minutes, series.minutes[1:], strict=False)
    )


async def test_minutes_are_kept_for_two_days(ledger: Ledger, operating: Operating, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(a_message())
    (name,) = await store.keys(keys.MINUTE + "*")
    assert 48 * 3600 < await store.ttl(name) < 49 * 3600
    assert len((await operating.series(1_000)).minutes) == 48 * 60
    number = int(str(name).removeprefix(keys.MINUTE))
    await store.rename(name, f"{keys.MINUTE}{number - 47 * 60}")
    assert (await operating.series(46)).counts == {}
    assert (await operating.series(48)).counts == {"taken_in": 1}


async def test_what_is_damaged_among_minutes_is_left_out(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ledger.take_in(a_message())
    (name,) = await store.keys(keys.MINUTE + "*")
    await store.hset(name, mapping={"sent": "many", "ms:x": "1", "ms:3": "-1"})
    number = int(str(name).removeprefix(keys.MINUTE))
    await store.set(f"{keys.MINUTE}{number - 1}", "no hash")
    assert (await operating.series(1)).counts["taken_in"] == 1
    await ledger.take_in(a_message())
    assert (await operating.series(1)).counts["taken_in"] == 2


# How long people wait


async def test_how_long_people_wait_is_counted_once_a_reply(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    for seconds in (0, 0, 0, 45):
        message = a_message(sender=f"+49{seconds}")
        attempt = await begun(ledger, message)
        await store.hincrby(keys.RECORD + key_of(message), "received_at", -1_000 * seconds)
        for _ in range(2):  # the answer to the first got lost
            await ledger.settle(attempt, State.SENT, {"attempt:1": "{}"})
    waited = [
        sum(each) for each in zip(*(minute.waited for minute in (await operating.series(1)).minutes), strict=True)
    ]
    assert sum(waited) == 4
    assert waited[LATENCIES.index(60_000)] == 1
    series = await operating.series(1)
    half, most = series.quantile(0.5), series.quantile(0.99)
    assert half is not None
    assert most is not None
    assert half < timedelta(seconds=1)
    assert timedelta(seconds=30) < most <= timedelta(seconds=60)


async def test_a_reply_whose_delivery_was_told_of_first_and_one_in_parts_are_counted_once(
    ledger: Ledger, operating: Operating
) -> None:
    attempt = await begun(ledger, told := a_message(sender="+1"))
    await ledger.deliver(DeliveryEvent(key_of(told), 1, "delivered"))
    await ledger.settle(attempt, State.SENT, {"attempt:1": "{}"})
    await ledger.take_in(a_message(sender="+2"))
    for number in (1, 2):
        claim = await ledger.claim(f"w{number}", ACCOUNTS)
        assert claim is not None
        part = await ledger.begin(claim, HELLO, "v1", part=Part(number, 2, 100))
        assert part is not None
        await ledger.settle(part, State.SENT, {f"attempt:{number}": "{}"})
    assert sum(sum(minute.waited) for minute in (await operating.series(1)).minutes) == 2


async def test_nobody_waits_where_nothing_is_sent(ledger: Ledger, operating: Operating) -> None:
    await ended(ledger, State.REJECTED)
    series = await operating.series(1)
    assert (series.quantile(0.5), series.minutes[-1].quantile(0.95)) == (None, None)


@pytest.mark.parametrize(
    ("waited", "share", "ms"),
    [
        ({5: 10}, 0.5, 2.5),
        ({5: 10, 10: 10}, 0.5, 5),
        ({5: 10, 10: 10}, 0.75, 7.5),
        ({200: 1}, 1.0, 200),
        ({5: 99, 600_000: 1}, 0.5, 2.525),
        ({None: 3}, 0.5, 600_000),
    ],
)
def test_a_quantile_lies_within_its_bucket_as_far_as_its_place_in_it(
    waited: dict[int | None, int], share: float, ms: float
) -> None:
    numbers = [waited.get(upper, 0) for upper in (*LATENCIES, None)]
    found = quantile(numbers, share)
    assert found is not None
    assert found / timedelta(milliseconds=1) == pytest.approx(ms, abs=0.05)


# Rules


async def test_each_rule_is_counted_when_it_decides_with_or_without_a_reply(
    ledger: Ledger, operating: Operating, times: object
) -> None:
    today = datetime.now(UTC)
    await ended(ledger, State.SENT, a_message(sender="+1"))
    attempt = await begun(ledger, a_message(sender="+2"))
    await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(0))
    await asyncio.sleep(0.1)
    await ledger.sweep()
    claim = await ledger.claim("again", ACCOUNTS)
    assert claim is not None
    assert await ledger.begin(claim, HELLO, "v1") is not None  # the same decision
    quiet = Decision(rule="quiet", silence="no_reply")
    await ledger.stay_silent(await claimed(ledger, a_message(sender="+3")), quiet, "v1")
    await ledger.stay_silent(await claimed(ledger, a_message(sender="+4")), SILENCE, "v1")  # no rule
    hits = await operating.rule_hits(today)
    assert {rule: each.hits for rule, each in hits.items()} == {"greeting": 2, "quiet": 1}
    assert hits["greeting"].days == {today.date(): 2}
    last = hits["quiet"].last
    assert last is not None
    assert abs(last - datetime.now(UTC)) < timedelta(seconds=5)


async def test_hits_of_earlier_days_are_told_by_day_and_kept_as_long_as_the_messages(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ended(ledger, State.SENT)
    (name,) = await store.keys(keys.HITS + "*")
    kept = ledger.times.retention + timedelta(days=1)
    assert abs(await store.ttl(name) - kept.total_seconds()) < 60
    today = int(str(name).removeprefix(keys.HITS))
    await store.hset(f"{keys.HITS}{today - 3}", "greeting", 5)
    now = datetime.now(UTC)
    hits = (await operating.rule_hits(now - timedelta(days=3)))["greeting"]
    assert (hits.hits, len(hits.days)) == (6, 2)
    assert (await operating.rule_hits(now - timedelta(days=2)))["greeting"].hits == 1
    await store.zadd(keys.LAST_HIT, {"old": 1})
    await store.delete(keys.SWEEPER)
    await ledger.sweep()
    assert "old" not in await operating.rule_hits(now)
    assert (await operating.rule_hits(datetime(1970, 1, 1, tzinfo=UTC)))["greeting"].hits == 6
