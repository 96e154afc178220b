"""Accounts: what is refused or fails is paused with one alert and probed; rates are kept; nobody holds up another."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import pytest
import redis.asyncio

from rules import parse
from tests.adapters import prelude_sender
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, state_of, sweep
from worker import keys
from worker.accounts import FIRST, SHRINK, Account, Accounts, Limit
from worker.ledger import Attempt, Claim, Health, Ledger, State, Times
from worker.ledger.scripts import BREAKER, PAIR_BURST

CONFIG = Health("config", "insufficient_balance")
FAILED = Health("failed", "http_502")
GOOD = Health("good", "accepted")


def person(number: int) -> str:
    return f"+49{number}"


async def begun(ledger: Ledger, number: int) -> Attempt:
    attempt = await ledger.begin(await claimed(ledger, a_message(sender=person(number))), HELLO, "v1")
    assert attempt is not None
    return attempt


async def test_an_account_that_is_refused_pauses_with_one_alert(ledger: Ledger) -> None:
    attempts = [await begun(ledger, number) for number in range(3)]
    told = [(await ledger.settle(attempt, State.PAUSED, {}, health=CONFIG)).account for attempt in attempts]
    assert told == ["paused", None, None]
    await ledger.take_in(a_message(sender=person(9)))
    assert await ledger.claim("a", ACCOUNTS) is None
    assert (await ledger.counts())["account_paused"] == 1


async def test_one_message_probes_a_paused_account_and_a_good_answer_resumes_it(ledger: Ledger, times: Times) -> None:
    attempt = await begun(ledger, 0)
    await ledger.settle(attempt, State.PAUSED, {}, health=CONFIG)
    for number in range(1, 4):
        await ledger.take_in(a_message(sender=person(number)))
    await asyncio.sleep(times.pause.total_seconds() + 0.05)
    probe = await ledger.claim("a", ACCOUNTS)
    assert probe is not None
    assert probe.record.key == attempt.record.key  # it has waited longest
    assert await ledger.claim("b", ACCOUNTS) is None
    second = await ledger.begin(probe, HELLO, "v1")
    assert second is not None
    assert (await ledger.settle(second, State.SENT, {}, health=GOOD)).account == "resumed"
    assert await ledger.claim("b", ACCOUNTS) is not None


async def test_a_probe_that_fails_pauses_again_without_another_alert(ledger: Ledger, times: Times) -> None:
    await ledger.settle(await begun(ledger, 0), State.PAUSED, {}, health=CONFIG)
    await asyncio.sleep(times.pause.total_seconds() + 0.05)
    probe = await ledger.claim("a", ACCOUNTS)
    assert probe is not None
    again = await ledger.begin(probe, HELLO, "v1")
    assert again is not None
    assert (await ledger.settle(again, State.PAUSED, {}, health=CONFIG)).account is None
    assert await ledger.claim("b", ACCOUNTS) is None


async def test_a_claim_from_before_the_pause_is_not_sent(ledger: Ledger) -> None:
    message = a_message(sender=person(1))
    waiting = await claimed(ledger, message)
    await ledger.settle(await begun(ledger, 0), State.PAUSED, {}, health=CONFIG)
    assert await ledger.begin(waiting, HELLO, "v1") is None
    assert await state_of(ledger, message) == State.PAUSED


async def test_a_provider_that_fails_again_and_again_is_left_alone_for_a_while(ledger: Ledger) -> None:
    told = []
    for number in range(BREAKER):
        attempt = await begun(ledger, number)
        settled = await ledger.settle(attempt, State.RETRYING, {}, delay=timedelta(hours=1), health=FAILED)
        told.append(settled.account)
    assert told == [None] * (BREAKER - 1) + ["paused"]
    await ledger.take_in(a_message(sender=person(99)))
    assert await ledger.claim("a", ACCOUNTS) is None


async def test_one_good_answer_ends_the_count_of_failures(ledger: Ledger) -> None:
    for number in range(2 * BREAKER):
        good = number == BREAKER - 1
        settled = await ledger.settle(await begun(ledger, number), State.SENT, {}, health=GOOD if good else FAILED)
        if number < 2 * BREAKER - 1:
            assert settled.account is None
    assert (await ledger.counts())["account_paused"] == 1


async def test_the_time_that_a_provider_asks_for_is_waited(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    wait = Health("failed", "http_429", timedelta(seconds=100))
    for number in range(BREAKER):
        await ledger.settle(await begun(ledger, number), State.SENT, {}, health=wait)
    until, (seconds, _) = int(await store.hget(keys.ACCOUNT + "prelude", "until") or 0), await store.time()
    assert 95 < until / 1000 - seconds < 101


async def test_a_rate_is_kept(ledger: Ledger) -> None:
    begins = []
    for number in range(8):
        claim = await claimed(ledger, a_message(sender=person(number)))
        begins.append(await ledger.begin(claim, HELLO, "v1", rate=5))
    assert sum(attempt is not None for attempt in begins) in (5, 6)


async def test_what_the_rate_holds_back_is_sent_later_and_first_of_all_decided_once(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message, other = a_message(sender=person(1)), a_message(sender=person(2))
    assert await ledger.begin(await claimed(ledger, message), HELLO, "v1", rate=2) is not None
    assert await ledger.begin(await claimed(ledger, other), HELLO, "v1", rate=1) is None
    assert await state_of(ledger, other) == State.RETRYING
    await sweep(ledger, timedelta(seconds=1.2))
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert claim.record.reply == "Hi!"
    assert await ledger.begin(claim, HELLO, "v1", rate=1) is not None


async def test_one_person_gets_no_more_than_whatsapp_allows(ledger: Ledger) -> None:
    for _ in range(PAIR_BURST):
        attempt = await begun(ledger, 1)
        await ledger.settle(attempt, State.SENT, {})
    over = a_message(sender=person(1))
    assert await ledger.begin(await claimed(ledger, over), HELLO, "v1") is None
    assert await state_of(ledger, over) == State.RETRYING
    await begun(ledger, 2)


# The share of each


NOTHING: Final = parse(b"version: 1\nrules: [{name: a, when: anything, reply: b}]", "book.yaml")


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_accounts_that_hang_leave_room_for_the_others(count: int) -> None:
    names = [f"a{number}" for number in range(count)]
    sender = prelude_sender("http://127.0.0.1:1")
    accounts = Accounts({name: Account(sender, lambda: NOTHING) for name in names}, concurrency=32)
    held = []
    for name in names[:-1]:
        while name in accounts.open():
            busy = accounts.busy(name)
            busy.__enter__()
            held.append(busy)
    assert accounts.open() == names[-1:]
    for busy in held:
        busy.__exit__(None, None, None)
    assert accounts.open() == names


async def test_only_accounts_that_the_claimant_can_send_for_are_claimed(ledger: Ledger) -> None:
    await ledger.take_in(a_message())
    assert await ledger.claim("a", ["other"]) is None
    assert await ledger.claim("a", []) is None
    assert isinstance(await ledger.claim("a", ["other", "prelude"]), Claim)


async def test_a_silent_probe_leaves_the_next_one_to_probe(ledger: Ledger, times: Times) -> None:
    await ledger.settle(await begun(ledger, 0), State.REJECTED, {}, health=CONFIG)
    for number in (1, 2):
        await ledger.take_in(a_message(sender=person(number)))
    await asyncio.sleep(times.pause.total_seconds() + 0.05)
    probe = await ledger.claim("a", ACCOUNTS)
    assert probe is not None
    assert await ledger.claim("b", ACCOUNTS) is None
    await ledger.stay_silent(probe, SILENCE, "v1")
    assert await ledger.claim("b", ACCOUNTS) is not None


@pytest.mark.parametrize("end", ["hold", "lease", "late"])
async def test_a_probe_that_is_not_sent_after_all_leaves_the_next_one_to_probe(
    ledger: Ledger, times: Times, end: str
) -> None:
    await ledger.settle(await begun(ledger, 0), State.REJECTED, {}, health=CONFIG)
    window = timedelta(seconds=0.9) if end == "late" else timedelta(hours=1)
    for number in (1, 2):
        await ledger.take_in(a_message(sender=person(number), window=window * number))
    await asyncio.sleep(times.pause.total_seconds() + 0.05)
    probe = await ledger.claim("a", ACCOUNTS)
    assert probe is not None
    match end:
        case "hold":
            await ledger.hold(probe, probe.now + timedelta(hours=1))
        case "lease":
            await sweep(ledger, times.lease)
        case _:
            await asyncio.sleep(0.4)
            assert await ledger.begin(probe, HELLO, "v1") is None
    assert await ledger.claim("b", ACCOUNTS) is not None


async def test_a_burst_that_is_folded_stays_the_probe(ledger: Ledger, times: Times) -> None:
    await ledger.settle(await begun(ledger, 0), State.REJECTED, {}, health=CONFIG)
    for _ in range(2):
        await ledger.take_in(a_message(sender=person(1)))
    await asyncio.sleep(times.pause.total_seconds() + 0.05)
    probe = await ledger.claim("a", ACCOUNTS)
    assert probe is not None
    folded = await ledger.fold(probe, probe.behind, "both")
    assert folded is not None
    attempt = await ledger.begin(folded, HELLO, "v1")
    assert attempt is not None
    assert (await ledger.settle(attempt, State.SENT, {}, health=GOOD)).account == "resumed"


def test_twice_as_many_are_under_way_after_each_round_that_the_provider_keeps_up_with() -> None:
    limit, rounds = Limit(1_000), []
    for _ in range(6):
        rounds.append(limit.now)
        for _ in range(limit.now):
            limit.heard(kept_up=True, under_way=limit.now)
    assert rounds == [32, 64, 128, 256, 512, 1_000]


def test_no_more_are_allowed_than_are_needed() -> None:
    limit = Limit(1_000)
    for _ in range(100):
        limit.heard(kept_up=True, under_way=5)
    assert limit.now == FIRST


def test_a_provider_that_fails_or_asks_to_wait_gets_fewer_at_once_but_not_fewer_for_each_that_was_under_way() -> None:
    limit = Limit(1_000)
    for _ in range(50):
        limit.heard(kept_up=False, under_way=limit.now)
    assert limit.now == int(FIRST * SHRINK)
    assert Limit(1).now == 1
