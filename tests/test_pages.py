"""Lists of messages, page by page: nothing is left out, nothing told twice, and each look has a bound."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
import redis.asyncio

from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, SILENCE, all_taken_in, claimed, key_of
from tests.operators import NUMBER, ended
from worker import keys
from worker.connection import connect
from worker.ledger import (
    Ledger,
    LedgerUnavailable,
    Operating,
    Page,
    Record,
    State,
    Times,
    Unreadable,
    Wanted,
    looking,
    pages,
)
from worker.secret import Secret


def keys_of(page: Page) -> list[str]:
    return [record.key for record in page.records]


async def all_pages(operating: Operating, wanted: Wanted, limit: int) -> list[Page]:
    found = [await operating.page(wanted, None, limit)]
    while found[-1].next is not None:
        found.append(await operating.page(wanted, found[-1].next, limit))
        assert len(found) < 200
    return found


async def many(ledger: Ledger, senders: Iterable[str]) -> list[str]:
    """Taken in one after the other; the keys."""
    return await all_taken_in(ledger, [a_message(sender=sender) for sender in senders])


# In order, and whole


async def test_every_message_is_on_one_page_those_first_that_changed_last(ledger: Ledger, operating: Operating) -> None:
    taken_in = await many(ledger, (f"+49{n}" for n in range(60)))
    await ledger.stay_silent(await claimed(ledger, last := a_message(sender="+1")), SILENCE, "v1")
    found = await all_pages(operating, Wanted(), 7)
    listed = [record for page in found for record in page.records]
    assert {record.key for record in listed} == {*taken_in, key_of(last)}
    assert len(listed) == 61
    changed = [record.changed_at for record in listed if isinstance(record, Record)]
    assert changed == sorted(changed, reverse=True)
    assert [len(page.records) for page in found] == [7] * 8 + [5]
    assert [page.complete for page in found] == [True] * 9


async def test_messages_of_one_millisecond_are_each_told_once(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    taken_in = await many(ledger, (f"+49{n}" for n in range(150)))
    await store.zadd(keys.STATE + State.QUEUED, dict.fromkeys(taken_in, 1_790_000_000_000))
    found = [key for page in await all_pages(operating, Wanted(), 20) for key in keys_of(page)]
    assert found == sorted(taken_in, reverse=True)


async def test_what_changes_between_two_pages_pushes_nothing_out_of_the_second(
    ledger: Ledger, operating: Operating
) -> None:
    older = await many(ledger, (f"+49{n}" for n in range(10)))
    first = await operating.page(Wanted(), None, 5)
    newer = await many(ledger, ("+1", "+2"))
    await operating.discard(keys_of(first)[0])
    second = await operating.page(Wanted(), first.next, 5)
    assert sorted(keys_of(first) + keys_of(second)) == sorted(older)
    assert set(newer) <= set(keys_of(await operating.page(Wanted(), None, 3)))


async def test_a_last_page_that_is_full_says_that_nothing_follows(ledger: Ledger, operating: Operating) -> None:
    await many(ledger, (f"+49{n}" for n in range(10)))
    assert (await operating.page(Wanted(), None, 10)).next is None
    assert (await operating.page(Wanted(), None, 9)).next is not None
    nothing = await operating.page(Wanted(rule="none"), None, 10)
    assert (nothing.records, nothing.next, nothing.complete) == ((), None, True)


async def test_no_page_is_longer_than_what_one_may_read_at_once(ledger: Ledger, operating: Operating) -> None:
    await many(ledger, (f"+49{n}" for n in range(210)))
    assert len((await operating.page(Wanted(), None, 10**6)).records) == 200
    assert len((await operating.conversations(None, 10**6)).lines) == 200
    assert len((await operating.jobs("queued", 0, 10**6)).jobs) == 200
    assert (await operating.jobs("queued", -5, 1)).jobs == (await operating.jobs("queued", 0, 1)).jobs


@pytest.mark.parametrize(
    "bad", ["x", "1", "1.", ".a", "1.a b", "-1.a", "9" * 16 + ".a", "1.a\n", "inf.a", "1." + "a" * 151]
)
async def test_a_place_that_is_none_is_refused(operating: Operating, bad: str) -> None:
    with pytest.raises(ValueError, match="place"):
        await operating.page(Wanted(), bad)


async def test_a_place_is_fit_for_a_url_and_holds_no_number(ledger: Ledger, operating: Operating) -> None:
    await many(ledger, (NUMBER, NUMBER))
    place = (await operating.page(Wanted(), None, 1)).next
    assert place is not None
    assert place.replace(".", "").replace("_", "").isalnum()
    assert NUMBER[1:] not in place


# By what they have in common


async def test_messages_are_paged_by_what_they_have_in_common(ledger: Ledger, operating: Operating) -> None:
    rejected, _ = await ended(ledger, State.REJECTED)
    failed, _ = await ended(ledger, State.FAILED, a_message("Wo ist mein PÄCKCHEN?", sender="+4915"))
    silent = a_message("a parcel", sender="+4916", window=timedelta(minutes=30))
    await ledger.stay_silent(await claimed(ledger, silent), SILENCE, "v1")

    async def found(wanted: Wanted) -> list[str]:
        return keys_of(await operating.page(wanted))

    assert await found(Wanted()) == [key_of(silent), key_of(failed), key_of(rejected)]
    assert await found(Wanted(state=State.REJECTED)) == [key_of(rejected)]
    assert await found(Wanted(states=(State.REJECTED, State.SILENT))) == [key_of(silent), key_of(rejected)]
    assert await found(Wanted(sender="49-15")) == [key_of(failed)]
    assert await found(Wanted(sender="4915", state=State.SENT)) == []
    assert await found(Wanted(rule="greeting", reason="because")) == [key_of(failed), key_of(rejected)]
    assert await found(Wanted(account="other")) == []
    assert await found(Wanted(text="packchen")) == [key_of(failed)]
    assert await found(Wanted(text="HI!")) == [key_of(failed), key_of(rejected)]  # the reply
    assert await found(Wanted(text="nothing of it")) == []
    assert await found(Wanted(closes_within=timedelta(hours=1))) == [key_of(silent)]
    assert await found(Wanted(text="parcel", closes_within=timedelta(minutes=1))) == []


async def test_a_window_that_was_opened_anew_does_not_close_soon(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(soon := a_message(window=timedelta(minutes=10)))
    assert keys_of(await operating.page(Wanted(closes_within=timedelta(hours=1)))) == [key_of(soon)]
    await ledger.take_in(later := a_message())
    assert keys_of(await operating.page(Wanted(closes_within=timedelta(hours=1)))) == []
    closes = (await operating.page(Wanted())).closes
    assert closes[key_of(soon)] == closes[key_of(later)] > soon.window_expires_at


async def test_messages_are_paged_by_how_long_they_are_in_their_state(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    old, new = await many(ledger, ("+1", "+2"))
    await store.zincrby(keys.STATE + State.QUEUED, -3_600_000, old)
    await store.hincrby(keys.RECORD + old, "changed_at", -3_600_000)
    half = timedelta(minutes=30)
    for sender in (None, "1"):
        assert keys_of(await operating.page(Wanted(older=half, sender=sender))) == [old]
    assert keys_of(await operating.page(Wanted(newer=half))) == [new]
    assert keys_of(await operating.page(Wanted(newer=half, sender="2"))) == [new]
    assert keys_of(await operating.page(Wanted(newer=half, sender="1"))) == []
    assert keys_of(await operating.page(Wanted(newer=2 * half * 2, older=half))) == [old]
    assert (await operating.count(Wanted(older=half))).number == 1
    assert (await operating.count(Wanted(newer=half))).number == 1


async def test_what_nobody_but_a_person_looks_at_any_more_is_asked_for(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    held, _ = await ended(ledger, State.UNCONFIRMED)
    await ended(ledger, State.UNCONFIRMED, a_message(sender="+4915"))
    await store.zadd(keys.DUE, {key_of(held): 1})
    await ledger.sweep(when_unconfirmed="hold")
    assert keys_of(await operating.page(Wanted(state=State.UNCONFIRMED, held=True))) == [key_of(held)]
    assert len((await operating.page(Wanted(state=State.UNCONFIRMED))).records) == 2


# Bounded


async def test_a_look_that_finds_little_says_how_far_it_looked_and_goes_on_from_there(
    ledger: Ledger, operating: Operating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOK_FOR_PAGE", 10)
    monkeypatch.setattr(looking, "LOOK", 3)
    (wanted,) = await many(ledger, ("+1",))
    await many(ledger, (f"+49{n}" for n in range(25)))
    found = await all_pages(operating, Wanted(account="prelude", text="hello"), 100)
    assert sum(len(page.records) for page in found) == 26
    first = await operating.page(Wanted(reason="never"), None, 5)
    assert (first.records, first.complete) == ((), False)
    assert first.next is not None
    assert first.looked_back_to is not None
    last = (await all_pages(operating, Wanted(reason="never"), 5))[-1]
    assert (last.next, last.complete) == (None, True)
    record = await ledger.record(wanted)
    assert record is not None
    assert last.looked_back_to == record.changed_at


async def test_messages_are_counted_exactly_where_an_index_knows_and_else_as_far_as_it_is_looked(
    ledger: Ledger, operating: Operating, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(ledger, (f"+49{n}" for n in range(30)))
    for wanted in (Wanted(), Wanted(state=State.QUEUED), Wanted(account="prelude")):
        counted = await operating.count(wanted)
        assert (counted.number, counted.exact) == (30, True)
    monkeypatch.setattr(pages, "LOOK_FOR_COUNT", 20)
    assert (await operating.count(Wanted())).number == 30
    counted = await operating.count(Wanted(account="prelude"))
    assert (counted.number, counted.exact) == (20, False)
    assert counted.looked_back_to is not None


async def test_what_is_damaged_is_told_of_and_what_is_gone_is_not(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    damaged, gone, text, whole = await many(ledger, ("+1", "+2", "+3", "+4"))
    await store.hset(keys.RECORD + damaged, "fence", "many")
    await store.delete(keys.RECORD + gone, keys.RECORD + text)
    await store.set(keys.RECORD + text, "no hash")
    await store.hset(f"{keys.CONVERSATION}prelude:+4", "window", "nan")
    page = await operating.page(Wanted())
    unreadable = {record.key: isinstance(record, Unreadable) for record in page.records}
    assert unreadable == {whole: False, text: True, damaged: True}
    assert set(page.closes) == {whole}
    for wanted in (Wanted(account="prelude"), Wanted(closes_within=timedelta(days=2)), Wanted(text="hello")):
        assert whole in keys_of(await operating.page(wanted))


async def test_a_server_that_is_away_is_said_to_be(times: Times) -> None:
    redis = connect(Secret("redis://127.0.0.1:1"), decode=True, connections=1)
    away = Operating(redis, times, who="ann", accounts=ACCOUNTS)
    try:
        for ask in (away.page, away.count):
            with pytest.raises(LedgerUnavailable):
                await ask(Wanted(rule="a"))
    finally:
        await away.aclose()
