"""Conversations as operators see and steer them: which there are, what was said, and who answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import redis.asyncio

from rules.model import Action, Decision
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, key_of, remembered
from tests.operators import NUMBER, ended, everything, traces
from worker import keys
from worker.ledger import Ledger, Operating, State, Talks, Unreadable

HOUR = timedelta(hours=1)


async def all_talks(operating: Operating, limit: int) -> list[Talks]:
    found = [await operating.conversations(None, limit)]
    while found[-1].next is not None:
        found.append(await operating.conversations(found[-1].next, limit))
        assert len(found) < 100
    return found


def senders(*pages: Talks) -> list[str]:
    return [line.talk.sender for page in pages for line in page.lines]


# The list


async def test_every_conversation_is_listed_once_those_first_in_which_somebody_wrote_last(
    ledger: Ledger, operating: Operating
) -> None:
    for sender in ("+1", "+2", "+3", "+4", "+5", "+2"):
        await ledger.take_in(a_message(sender=sender))
        await asyncio.sleep(0.003)  # a later millisecond
    found = await all_talks(operating, 2)
    assert senders(*found) == ["+2", "+5", "+4", "+3", "+1"]
    assert [page.next is None for page in found] == [False, False, True]
    line = found[0].lines[0]
    assert (line.messages, line.talk.account) == (2, "prelude")
    assert line.latest is not None
    assert line.talk.first_seen is not None
    assert line.talk.last_seen is not None
    assert line.talk.first_seen < line.talk.last_seen


async def test_conversations_of_one_millisecond_are_each_listed_once(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    people = [f"+49{n}" for n in range(40)]
    for sender in people:
        await ledger.take_in(a_message(sender=sender))
    await store.zadd(keys.CONVERSATIONS, {f"prelude:{sender}": 1_790_000_000_000 for sender in people})
    found = senders(*await all_talks(operating, 7))
    assert sorted(found) == sorted(people)


async def test_where_the_next_page_begins_is_told_without_a_number(ledger: Ledger, operating: Operating) -> None:
    for sender in (NUMBER, "+4915"):
        await ledger.take_in(a_message(sender=sender))
    place = (await operating.conversations(None, 1)).next
    assert place is not None
    assert len(place) < 24
    assert "4915" not in place.partition("-")[2]
    for bad in ("x", "1-", "1-abcde", "-1-abcd", "9" * 16 + "-abcd", "1-ABCD"):
        with pytest.raises(ValueError, match="place"):
            await operating.conversations(bad)


async def test_a_page_is_found_again_though_the_one_that_ended_it_has_moved(
    ledger: Ledger, operating: Operating
) -> None:
    for sender in ("+1", "+2", "+3"):
        await ledger.take_in(a_message(sender=sender))
    first = await operating.conversations(None, 1)
    await ledger.take_in(a_message(sender="+3"))
    assert "+2" in senders(await operating.conversations(first.next, 5))


async def test_conversations_leave_the_list_with_the_retention_time(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    for sender in ("+1", "+2"):
        await ledger.take_in(a_message(sender=sender))
    await store.zincrby(keys.CONVERSATIONS, -ledger.times.retention / timedelta(milliseconds=1) - 1_000, "prelude:+1")
    await ledger.sweep()
    assert senders(await operating.conversations()) == ["+2"]


async def test_what_is_damaged_or_gone_ends_no_list(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    for sender in ("+1", "+2", "+3", "+4"):
        await ledger.take_in(message := a_message(sender=sender))
        if sender == "+3":
            await store.hset(keys.RECORD + key_of(message), "state", "?")
    await store.delete(f"{keys.CONVERSATION}prelude:+1", f"{keys.HISTORY}prelude:+2")
    await store.set(f"{keys.CONVERSATION}prelude:+1", "no hash")
    await store.set(f"{keys.HISTORY}prelude:+2", "no sorted set")
    await store.hset(f"{keys.CONVERSATION}prelude:+4", mapping={"window": "nan", "tag:vip": "x", "opted_out": ""})
    lines = {line.talk.sender: line for line in (await operating.conversations()).lines}
    assert set(lines) == {"+1", "+2", "+3", "+4"}
    assert lines["+1"].talk.window is None
    assert (lines["+2"].messages, lines["+2"].latest) == (0, None)
    assert isinstance(lines["+3"].latest, Unreadable)
    assert (lines["+4"].talk.window, dict(lines["+4"].talk.tags), lines["+4"].talk.opted_out) == (None, {}, None)


# One of them


async def test_a_conversation_is_told_with_its_replies_the_newest_first(ledger: Ledger, operating: Operating) -> None:
    first, _ = await ended(ledger, State.SENT)
    for _ in range(4):
        await ledger.stay_silent(await claimed(ledger, a_message()), SILENCE, "v1")
    page = await operating.conversation_page("prelude", NUMBER, None, 3)
    assert page is not None
    assert (len(page.records), page.messages) == (3, 5)
    older = await operating.conversation_page("prelude", NUMBER, page.next, 3)
    assert older is not None
    assert older.next is None
    assert key_of(first) in [record.key for record in (*page.records, *older.records)]
    assert len({record.key for record in (*page.records, *older.records)}) == 5
    assert await operating.conversation_page("prelude", "+4915") is None
    with pytest.raises(ValueError, match="place"):
        await operating.conversation_page("prelude", NUMBER, "x")


async def test_a_conversation_whose_messages_are_gone_is_remembered(ledger: Ledger, operating: Operating) -> None:
    await ledger.opt_out("prelude", NUMBER)
    page = await operating.conversation_page("prelude", NUMBER)
    assert page is not None
    assert page.talk.opted_out is not None
    assert (page.records, page.messages) == ((), 0)
    assert senders(await operating.conversations()) == [NUMBER]


# Who answers


async def test_a_conversation_that_is_taken_over_is_listed_until_it_is_given_back(
    ledger: Ledger, operating: Operating
) -> None:
    for sender in ("+1", "+2"):
        await ledger.take_in(a_message(sender=sender))
    assert (await operating.take_over("prelude", "+1", 2 * HOUR)).facts == {"conversations": 1}
    assert (await operating.take_over("prelude", "+2", HOUR)).refused is None
    assert [line.talk.sender for line in await operating.handed_off()] == ["+2", "+1"]
    assert [line.talk.sender for line in await operating.handed_off(1)] == ["+2"]
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert claim.conversation.handed_off_until is not None
    assert (await operating.give_back("prelude", "+2")).refused is None
    assert (await operating.give_back("prelude", "+2")).refused == "open"
    assert [line.talk.sender for line in await operating.handed_off()] == ["+1"]
    assert (await operating.take_over("prelude", "+4915", HOUR)).refused == "unknown"


@pytest.mark.parametrize("silently", [True, False])
async def test_a_conversation_that_a_rule_hands_off_is_listed_too(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, *, silently: bool
) -> None:
    claim = await claimed(ledger, a_message())
    hand_off = (Action("hand_off", duration=HOUR),)
    if silently:
        await ledger.stay_silent(claim, Decision(rule="human", actions=hand_off, silence="no_reply"), "v1")
    else:
        assert await ledger.begin(claim, Decision(rule="human", reply="Wait.", actions=hand_off), "v1") is not None
    assert [line.talk.sender for line in await operating.handed_off()] == [NUMBER]
    await store.zadd(keys.HANDED_OFF, {f"prelude:{NUMBER}": 1})  # it is over
    assert await operating.handed_off() == ()
    await ledger.sweep()
    assert await store.zcard(keys.HANDED_OFF) == 0


# What is known of a person


async def test_an_operator_opts_a_person_out_and_in(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(a_message())
    assert (await operating.set_opted_out("prelude", NUMBER, out=False)).refused == "same"
    assert (await operating.set_opted_out("prelude", NUMBER, out=True)).refused is None
    assert (await operating.set_opted_out("prelude", NUMBER, out=True)).refused == "same"
    assert (await remembered(ledger)).opted_out
    assert (await operating.set_opted_out("prelude", NUMBER, out=False)).refused is None
    assert not (await remembered(ledger)).opted_out
    assert (await operating.set_opted_out("prelude", "+4915", out=True)).refused == "unknown"


async def test_what_was_decided_before_an_operator_opts_the_person_out_is_not_sent(
    ledger: Ledger, operating: Operating
) -> None:
    claim = await claimed(ledger, a_message())
    await operating.set_opted_out("prelude", NUMBER, out=True)
    assert await ledger.begin(claim, HELLO, "v1") is None


async def test_an_operator_tags_a_conversation_as_a_rule_would(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(a_message())
    assert (await operating.set_tag("prelude", NUMBER, "vip customer", on=True)).refused is None
    assert (await remembered(ledger)).tags == {"vip customer"}
    page = await operating.conversation_page("prelude", NUMBER)
    assert page is not None
    assert list(page.talk.tags) == ["vip customer"]
    assert (await operating.set_tag("prelude", NUMBER, "vip customer", on=True)).refused == "same"
    assert (await operating.set_tag("prelude", NUMBER, "vip customer", on=False)).refused is None
    assert (await remembered(ledger)).tags == frozenset()
    for bad in ("", " ", "a\nb", "x" * 61):
        with pytest.raises(ValueError, match="one line"):
            await operating.set_tag("prelude", NUMBER, bad, on=True)


async def test_every_change_of_a_conversation_is_in_the_trail_and_no_person_is(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ledger.take_in(a_message())
    other = operating.acting_as("bob@desk")
    await operating.take_over("prelude", NUMBER, HOUR)
    await other.give_back("prelude", NUMBER)
    await operating.set_opted_out("prelude", NUMBER, out=True)
    await operating.set_opted_out("prelude", NUMBER, out=False)
    await operating.set_tag("prelude", NUMBER, "vip", on=True)
    await operating.set_tag("prelude", NUMBER, "vip", on=False)
    await other.revealed(NUMBER)
    await operating.forget(NUMBER)
    page = await operating.audit_page()
    told = [(entry.who, entry.what, entry.result) for entry in reversed(page.entries)]
    ann, bob = "ann@desk", "bob@desk"
    assert told == [
        (ann, "hand-off", "done"),
        (bob, "resume", "done"),
        (ann, "opt-out", "done"),
        (ann, "opt-in", "done"),
        (ann, "tag", "done"),
        (ann, "untag", "done"),
        (bob, "reveal", "done"),
        (ann, "forget", "began"),
        (ann, "forget", "done: 1 records"),
    ]
    assert len({entry.on for entry in page.entries}) == 1
    assert await traces(store, NUMBER[1:]) == []


async def test_the_trail_is_paged_and_nothing_is_told_twice(ledger: Ledger, operating: Operating) -> None:
    for number in range(7):
        await operating.pause(f"x{number}")
    pages = [await operating.audit_page(None, 3)]
    while (place := pages[-1].next) is not None:
        await operating.pause("meanwhile")
        pages.append(await operating.audit_page(place, 3))
    assert [len(page.entries) for page in pages] == [3, 3, 1]
    for bad in ("x", "1", "1-", "+", "(1-1", "1-1 "):
        with pytest.raises(ValueError, match="place"):
            await operating.audit_page(bad)


async def test_nothing_of_a_forgotten_person_is_left_in_any_list(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ended(ledger, State.SENT)
    await operating.take_over("prelude", NUMBER, HOUR)
    await operating.set_tag("prelude", NUMBER, "vip", on=True)
    await ledger.take_in(a_message(sender="+4915"))
    await operating.forget(NUMBER)
    assert senders(await operating.conversations()) == ["+4915"]
    assert await operating.handed_off() == ()
    assert not [key for key, value in (await everything(store)).items() if NUMBER in key + value]
