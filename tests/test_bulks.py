"""One change of all messages that fit: however many, in the background, and any process can tell how far it is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import redis.asyncio

from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, all_taken_in, key_of, state_of
from tests.operators import NUMBER, ended, traces
from worker import keys
from worker.connection import connect
from worker.ledger import Bulk, Ledger, Operating, State, Times, Wanted
from worker.ledger.bulks import STEP
from worker.ledger.looking import Looked
from worker.secret import Secret


async def over(operating: Operating, bulk: Bulk) -> Bulk:
    async with asyncio.timeout(10):
        while True:
            found = await operating.bulk_of(bulk.id)
            assert found is not None
            if found.state != "running":
                return found
            await asyncio.sleep(0.02)


async def queued(ledger: Ledger, number: int, prefix: str = "+49") -> list[str]:
    return await all_taken_in(ledger, [a_message(sender=f"{prefix}{n}") for n in range(number)])


async def test_all_that_fit_are_changed_however_many(ledger: Ledger, operating: Operating) -> None:
    await queued(ledger, 500)
    bulk = await operating.bulk("discard", Wanted(account="prelude"))
    assert (bulk.state, bulk.of, bulk.exact, bulk.who, bulk.action) == ("running", 500, True, "ann@desk", "discard")
    ended_so = await over(operating, bulk)
    assert (ended_so.state, ended_so.done, ended_so.refused, ended_so.of) == ("done", 500, 0, 500)
    assert (await ledger.states())[State.DISCARDED] == 500


class Slow(Operating):
    """Looks as often as it is told to."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.looks = asyncio.Semaphore(0)

    async def _look(self, *arguments: Any, **named: Any) -> Looked:
        await self.looks.acquire()
        return await super()._look(*arguments, **named)


async def test_what_fits_since_it_began_is_left_alone(redis_url: Secret, times: Times, ledger: Ledger) -> None:
    slow = Slow(connect(redis_url, decode=True, connections=4), times, who="ann@desk", accounts=ACCOUNTS)
    older = await queued(ledger, 200)
    bulk = await slow.bulk("discard", Wanted())
    await asyncio.sleep(0.01)
    newer = await queued(ledger, 20, "+1")
    for _ in range(len(older)):
        slow.looks.release()
    assert (await over(slow, bulk)).done == len(older)
    assert sorted(record.key for record in (await slow.page(Wanted(state=State.QUEUED))).records) == sorted(newer)
    await slow.aclose()


async def test_what_is_sent_again_and_fails_again_is_not_sent_for_ever(ledger: Ledger, operating: Operating) -> None:
    messages = [(await ended(ledger, State.REJECTED, a_message(sender=f"+49{n}")))[0] for n in range(40)]

    async def reject() -> None:
        while True:
            if claim := await ledger.claim("w", ACCOUNTS):
                attempt = await ledger.begin(claim, HELLO, "v1")
                assert attempt is not None
                await ledger.settle(attempt, State.REJECTED, {})
            await asyncio.sleep(0)

    rejecting = asyncio.create_task(reject())
    result = await over(operating, await operating.bulk("resend", Wanted(state=State.REJECTED)))
    assert (result.done, result.state) == (40, "done")
    rejecting.cancel()
    for message in messages:
        record = await ledger.record(key_of(message))
        assert record is not None
        assert record.attempt <= 2


async def test_what_cannot_be_changed_any_more_is_counted_as_refused(ledger: Ledger, operating: Operating) -> None:
    await ended(ledger, State.REJECTED, a_message(sender="+1"))
    await ended(ledger, State.REJECTED, a_message(sender="+2", window=timedelta(milliseconds=700)))
    await asyncio.sleep(0.6)
    result = await over(operating, await operating.bulk("resend", Wanted()))
    assert (result.done, result.refused, result.of) == (1, 1, 2)


async def test_one_that_is_damaged_stops_none_of_the_others(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    queued_so = await queued(ledger, 100)
    await store.hset(keys.RECORD + queued_so[0], "fence", "many")
    await store.delete(f"{keys.LINE}prelude:+491")
    await store.set(f"{keys.LINE}prelude:+491", "no sorted set")
    await store.delete(keys.RECORD + queued_so[2])
    result = await over(operating, await operating.bulk("discard", Wanted(account="prelude")))
    assert (result.state, result.done, result.refused) == ("done", 97, 2)


async def test_only_what_fits_is_changed(ledger: Ledger, operating: Operating, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(a_message("a parcel", sender="+1"))
    await ledger.take_in(a_message("a letter", sender="+1"))
    await ledger.take_in(a_message("a parcel", sender="+2"))
    old = await queued(ledger, 1, "+3")
    await store.zincrby(keys.STATE + State.QUEUED, -3_600_000, old[0])
    assert (await over(operating, await operating.bulk("discard", Wanted(sender="1", text="PARCEL")))).done == 1
    assert (await over(operating, await operating.bulk("discard", Wanted(older=timedelta(minutes=30))))).done == 1
    assert (await over(operating, await operating.bulk("discard", Wanted(state=State.SENT)))).of == 0
    assert (await over(operating, await operating.bulk("resend", Wanted()))).of == 0
    assert (await ledger.states())[State.DISCARDED] == 2


async def test_one_that_is_stopped_leaves_the_rest(
    redis_url: Secret, times: Times, ledger: Ledger, operating: Operating
) -> None:
    await queued(ledger, 2 * STEP)
    slow = Slow(connect(redis_url, decode=True, connections=4), times, who="ann@desk", accounts=ACCOUNTS)
    bulk = await slow.bulk("discard", Wanted())
    assert (await operating.stop_bulk(bulk.id)).refused is None
    for _ in range(9):
        slow.looks.release()
    result = await over(operating, bulk)
    await slow.aclose()
    assert (result.state, result.done) == ("stopped", STEP)
    assert (await ledger.states())[State.DISCARDED] == STEP
    assert (await operating.stop_bulk(bulk.id)).refused == "state"
    assert (await operating.stop_bulk("0" * 16)).refused == "unknown"


async def test_one_whose_process_has_died_is_said_to_be_broken_off_and_what_is_left_can_be_done(
    redis_url: Secret, times: Times, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await queued(ledger, 4 * STEP)
    dying = Slow(connect(redis_url, decode=True, connections=4), times, who="bob@desk", accounts=ACCOUNTS)
    bulk = await dying.bulk("discard", Wanted())
    dying.looks.release()
    async with asyncio.timeout(10):
        while (await dying.bulk_of(bulk.id) or bulk).done < STEP:
            await asyncio.sleep(0.02)
    await dying.aclose()
    assert (await ledger.states())[State.DISCARDED] == STEP
    await store.hincrby(keys.BULK + bulk.id, "beat", -60_000)
    (shown,) = await operating.bulks()
    assert (shown.id, shown.state, shown.who) == (bulk.id, "broken_off", "bob@desk")
    assert (await over(operating, await operating.bulk("discard", Wanted()))).done == 3 * STEP


async def test_a_redis_that_is_away_for_a_while_is_waited_for(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await queued(ledger, 200)
    bulk = await operating.bulk("discard", Wanted())
    await store.config_set("maxmemory", 1)
    await asyncio.sleep(0.2)
    await store.config_set("maxmemory", 0)
    result = await over(operating, bulk)
    assert result.state == "done"
    assert (await ledger.states())[State.DISCARDED] == 200


async def test_the_trail_tells_of_it_as_one_and_it_is_kept_for_a_day(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await queued(ledger, 50)
    await ledger.take_in(a_message("the secret text"))
    wanted = Wanted(state=State.QUEUED, sender=NUMBER, text="secret")
    bulk = await over(operating, await operating.bulk("discard", wanted))
    trail = [(entry.what, entry.on, entry.result) for entry in (await operating.audit_page()).entries]
    assert trail == [("bulk-discard", bulk.id, "done: 1 done, 0 refused"), ("bulk-discard", bulk.id, "began: 1")]
    assert bulk.wanted == "state: queued, of one person: yes, with a text: yes"
    for key in (keys.BULK + bulk.id, keys.BULKS):
        assert 0 < await store.ttl(key) <= 86_400
    await operating.forget(NUMBER)
    assert await traces(store, NUMBER[1:], "secret") == []
    assert await operating.bulk_of("../../etc") is None


async def test_of_many_at_once_each_message_is_changed_once(ledger: Ledger, operating: Operating) -> None:
    await queued(ledger, 300)
    bulks = await asyncio.gather(*(operating.bulk("discard", Wanted()) for _ in range(3)))
    results = [await over(operating, bulk) for bulk in bulks]
    assert sum(result.done for result in results) == 300
    assert await state_of(ledger, a_message()) is None
