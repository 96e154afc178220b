"""What waits for a person is shown by kind and by reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import redis.asyncio

from rules.model import Action, Decision
from tests.conftest import a_message
from tests.ledgers import SILENCE, claimed, key_of
from tests.operators import ended
from worker import keys
from worker.ledger import Ledger, NeedsYou, Operating, State, TalkLine, Unreadable
from worker.ledger.needs import NeedKind

HOUR = timedelta(hours=1)


def senders(lines: Iterable[TalkLine]) -> list[str]:
    return [line.talk.sender for line in lines]


def keys_of(found: NeedsYou, kind: NeedKind) -> list[str]:
    return [record.key for need in found.needs if need.kind == kind for record in need.first]


async def test_where_nothing_waits_nothing_is_shown(ledger: Ledger, operating: Operating) -> None:
    await ledger.stay_silent(await claimed(ledger, a_message()), SILENCE, "v1")
    found = await operating.needs_you()
    assert [(need.kind, need.counted.number, need.groups, need.first) for need in found.needs] == [
        (kind, 0, {}, ()) for kind in ("unconfirmed", "rejected", "failed", "given_up")
    ]
    assert (found.handed_off, found.talks, found.closing, found.windows) == (0, (), 0, ())


async def test_what_waits_is_shown_by_kind_and_grouped_by_reason(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    for number in range(5):
        message = a_message(sender=f"+49{number}")
        await ended(ledger, State.REJECTED, message)
        if number > 2:
            await store.hset(keys.RECORD + key_of(message), "reason", "131026")
    waited, _ = await ended(ledger, State.UNCONFIRMED, a_message(sender="+1"))
    await ended(ledger, State.UNCONFIRMED, a_message(sender="+2"))  # a delivery event may come yet
    await store.zadd(keys.DUE, {key_of(waited): 1})
    await ledger.sweep()
    found = await operating.needs_you(limit=2)
    rejected = next(need for need in found.needs if need.kind == "rejected")
    assert (rejected.counted.number, rejected.counted.exact) == (5, True)
    assert list(rejected.groups.items()) == [("because", 3), ("131026", 2)]
    assert (rejected.grouped, len(rejected.first)) == (5, 2)
    assert keys_of(found, "unconfirmed") == [key_of(waited)]
    assert [each.number for each in [need.counted for need in found.needs]] == [1, 5, 0, 0]


async def test_what_changed_long_ago_is_left_out_where_that_is_asked_for(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.FAILED)
    await store.zincrby(keys.STATE + State.FAILED, -7_200_000, key_of(message))
    assert keys_of(await operating.needs_you(), "failed") == [key_of(message)]
    found = await operating.needs_you(newer=HOUR)
    assert keys_of(found, "failed") == []
    assert [need.counted.number for need in found.needs] == [0, 0, 0, 0]


async def test_who_waits_for_a_person_is_told_apart_from_who_has_an_answer_the_tightest_window_first(
    ledger: Ledger, operating: Operating
) -> None:
    for sender, hours in (("+1", 0.9), ("+2", 0.5), ("+3", 0.4), ("+4", 24), ("+5", 0.3), ("+6", 0.2)):
        message = a_message(sender=sender, window=timedelta(hours=hours))
        await ledger.stay_silent(await claimed(ledger, message), SILENCE, "v1")
        await operating.take_over("prelude", sender, 2 * HOUR)
    await ledger.opt_out("prelude", "+6")
    for sender in ("+3", "+5"):
        assert (
            await operating.reply_by_hand("prelude", sender, "by hand", token=f"answer-{sender[1:]}")
        ).refused is None
    found = await operating.needs_you(limit=2)
    assert (found.handed_off, senders(found.unanswered), senders(found.talks)) == (6, ["+2", "+1", "+4"], ["+3", "+5"])
    await ledger.take_in(a_message("and one thing more", sender="+5"))
    await operating.give_back("prelude", "+2")
    found = await operating.needs_you()
    assert (senders(found.unanswered), senders(found.talks)) == (["+1", "+4", "+5"], ["+3", "+6"])


async def test_what_the_book_says_when_it_hands_off_is_no_persons_answer(ledger: Ledger, operating: Operating) -> None:
    decision = Decision(rule="human", reply="A colleague will answer.", actions=(Action("hand_off", HOUR),))
    claim = await claimed(ledger, a_message("a human, please", sender="+1"))
    attempt = await ledger.begin(claim, decision, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {})
    assert senders((await operating.needs_you()).unanswered) == ["+1"]


async def test_windows_that_close_soon_are_shown_the_tightest_first(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    messages = [a_message(sender=f"+49{hours}", window=timedelta(hours=hours)) for hours in (3, 0.5, 0.2, 24)]
    for message in messages:
        await ledger.take_in(message)
    _, second, first, _ = messages
    found = await operating.needs_you()
    assert (found.closing, [each.record.key for each in found.windows]) == (2, [key_of(first), key_of(second)])
    tightest = await operating.tightest(3)
    assert [each.record.key for each in tightest] == [key_of(first), key_of(second), key_of(messages[0])]
    assert abs(tightest[0].closes - first.window_expires_at) < timedelta(seconds=1)
    await ledger.take_in(a_message(sender=first.sender))  # which opens the window again
    assert [each.record.key for each in (await operating.needs_you()).windows] == [key_of(second)]
    await store.hset(keys.RECORD + key_of(first), "fence", "many")
    await store.delete(keys.RECORD + key_of(second))
    found_so = {each.record.key: isinstance(each.record, Unreadable) for each in await operating.tightest(3)}
    assert found_so == {key_of(first): True, key_of(messages[0]): False}


# Status


async def test_status_tells_when_it_was_swept_and_what_the_server_is(ledger: Ledger, operating: Operating) -> None:
    assert (await operating.status()).swept is None
    await ledger.sweep()
    status = await operating.status()
    assert status.swept is not None
    assert timedelta(0) <= status.now - status.swept < timedelta(seconds=2)
    assert status.server.split()[0] in ("Valkey", "Redis")
    assert status.server.split()[1][0].isdigit()
    assert (status.append_only, status.append_only_fails) == (False, False)
