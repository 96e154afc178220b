"""What a person writes in the place of the book goes the way of every reply, once, and is no decision."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import redis.asyncio

from bot.sandbox.faults import Fault
from rules import parse
from tests.answering import Desk, desk_at
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, SILENCE, claimed, key_of, sweep
from tests.operators import NUMBER, ended, everything
from worker import keys
from worker.ledger import Ledger, Operating, Result, State, Wanted

RULES = """
version: 1
reply_limit: {replies: 1, per: 1h}
rules:
  - {name: human, when: {any: [human]}, reply: A colleague will answer., then: {hand_off: 1h}}
  - {name: hello, when: {any: [hello]}, reply: Hi!}
burst: {quiet: 1s, at_most: 2s}
window_closed: {template: {id: template_01k8}}
"""
BOOK = parse(RULES.encode(), "book.yaml")
TEXT = "Your parcel is at the depot, says Ann."


def token() -> str:
    return uuid.uuid4().hex


async def answered(operating: Operating, text: str = TEXT, **more: str) -> Result:
    return await operating.reply_by_hand("prelude", NUMBER, text, token=more.pop("token", token()), **more)


@pytest.fixture
async def desk(ledger: Ledger) -> AsyncIterator[Desk]:
    async with desk_at(ledger, BOOK) as desk:
        yield desk


async def test_a_text_by_hand_is_sent_as_a_reply_to_the_newest_message(desk: Desk, operating: Operating) -> None:
    first, second = await desk.write("human"), await desk.write("where is it?")
    await desk.reach(first)
    await desk.reach(second)
    result = await answered(operating)
    key = result.facts["key"]
    assert (result.refused, key.startswith("prelude_hand-")) == (None, True)
    assert await desk.reach(key, State.DELIVERED) == (State.DELIVERED, "accepted")
    assert desk.replies[-1].request["text"] == TEXT
    assert desk.replies[-1].request["reply_to"] == second.removeprefix("prelude_")
    record = await desk.record(key)
    assert (record.by, record.quotes, record.message.text, record.rule, record.book) == (
        "ann@desk",
        second,
        "",
        None,
        None,
    )
    assert await operating.find_one(str(record.provider_id)) is not None


async def test_an_older_message_can_be_answered_too_but_none_of_another_person(
    desk: Desk, operating: Operating
) -> None:
    older, _, stranger = await desk.write("human"), await desk.write("again"), await desk.write("x", sender="+4915")
    key = (await answered(operating, quotes=older)).facts["key"]
    await desk.reach(key, State.DELIVERED)
    assert desk.replies[-1].request["reply_to"] == older.removeprefix("prelude_")
    assert (await answered(operating, quotes=stranger)).refused == "quoted"
    assert (await answered(operating, quotes=key)).refused == "quoted"  # nor one that nobody sent us


async def test_a_double_click_sends_once(desk: Desk, operating: Operating) -> None:
    await desk.reach(await desk.write("human"))
    before, same = len(desk.replies), token()
    results = await asyncio.gather(*(answered(operating, token=same) for _ in range(5)))
    assert len({result.facts["key"] for result in results}) == 1
    assert sorted(result.facts.get("again", False) for result in results) == [False] + [True] * 4
    key = results[0].facts["key"]
    await desk.reach(key, State.DELIVERED)
    assert (await answered(operating, token=same)).facts == {"key": key, "again": True}
    await desk.work(0.3)
    assert len(desk.replies) == before + 1
    assert [each["what"] for each in await operating.audit(9)] == ["reply"]


async def test_a_token_that_has_sent_one_text_refuses_another_aloud(desk: Desk, operating: Operating) -> None:
    await desk.reach(await desk.write("human"))
    await desk.reach(await desk.write("human", sender="+4915"))
    before, same = len(desk.replies), token()
    key = (await answered(operating, token=same)).facts["key"]
    await desk.reach(key, State.DELIVERED)
    assert (await answered(operating, "another text", token=same)).refused == "token"
    assert (
        await operating.reply_by_hand("prelude", "+4915", TEXT, token=same)
    ).refused == "token"  # nor did they get it
    assert (await answered(operating, token=same)).facts == {"key": key, "again": True}
    await desk.work(0.3)
    assert [reply.request["text"] for reply in desk.replies[before:]] == [TEXT]
    assert (await answered(operating, "another text")).refused is None


async def test_a_text_by_hand_is_not_counted_for_the_reply_limit(desk: Desk, operating: Operating) -> None:
    await ended_silent(desk)
    for _ in range(2):
        await desk.reach((await answered(operating)).facts["key"], State.DELIVERED)
    assert await desk.live("hello") == (State.DELIVERED, "accepted")
    assert await desk.live("hello") == (State.SILENT, "reply_limit")


async def ended_silent(desk: Desk) -> None:
    assert await desk.live("nothing that a rule knows") == (State.SILENT, "no_rule")


async def test_a_text_by_hand_waits_for_what_was_written_before_it_and_is_folded_with_nothing(
    desk: Desk, operating: Operating
) -> None:
    first = await desk.write("hello")
    key = (await answered(operating)).facts["key"]
    behind = await desk.write("nothing that a rule knows")
    await desk.reach(behind)
    assert [reply.request["text"] for reply in desk.replies] == ["Hi!", TEXT]
    assert [(await desk.record(each)).state for each in (first, key)] == [State.DELIVERED] * 2


async def test_a_long_text_by_hand_goes_out_in_parts(desk: Desk, operating: Operating) -> None:
    await ended_silent(desk)
    key = (await answered(operating, "A sentence. " * 500)).facts["key"]
    await desk.reach(key, State.DELIVERED)
    assert [reply.request["text"][:6] for reply in desk.replies] == ["(1/2) ", "(2/2) "]


async def test_a_text_by_hand_whose_end_nobody_knows_is_not_sent_twice(desk: Desk, operating: Operating) -> None:
    await ended_silent(desk)
    desk.world.faults.add(Fault(kind="reset"))
    key = (await answered(operating)).facts["key"]
    assert (await desk.reach(key, State.UNCONFIRMED, State.DELIVERED))[0] in (State.UNCONFIRMED, State.DELIVERED)
    await desk.work(0.3)
    assert len(desk.replies) == 1


async def test_a_text_by_hand_waits_while_its_account_is_paused(desk: Desk, operating: Operating) -> None:
    await ended_silent(desk)
    await operating.pause("prelude")
    key = (await answered(operating)).facts["key"]
    await desk.work(0.3)
    assert desk.replies == []
    await operating.resume("prelude")
    assert await desk.reach(key, State.DELIVERED) == (State.DELIVERED, "accepted")


async def test_a_text_by_hand_that_came_too_late_is_neither_sent_nor_replaced_by_a_template(
    desk: Desk, operating: Operating
) -> None:
    await desk.reach(await desk.write("nothing that a rule knows", window=timedelta(seconds=1.2)))
    await operating.pause("prelude")
    key = (await answered(operating)).facts["key"]
    await asyncio.sleep(1.2)
    await operating.resume("prelude")
    assert (await desk.reach(key))[0] is State.WINDOW_CLOSED
    assert (desk.replies, desk.templates) == ([], [])


async def test_what_the_provider_says_is_over_gets_no_template_in_the_place_of_a_text_by_hand(
    desk: Desk, operating: Operating
) -> None:
    await ended_silent(desk)
    desk.world.faults.add(Fault(kind="error", code="window_expired"))
    key = (await answered(operating)).facts["key"]
    assert (await desk.reach(key))[0] is State.WINDOW_CLOSED
    assert desk.templates == []


# Refused


async def test_nothing_is_written_to_who_never_wrote_or_on_an_account_that_nobody_knows(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ledger.take_in(a_message())
    before = await everything(store)
    assert (await operating.reply_by_hand("prelude", "+4915", TEXT, token=token())).refused == "quoted"
    assert (await operating.reply_by_hand("other", NUMBER, TEXT, token=token())).refused == "unknown"
    assert set(await everything(store)) - set(before) == {keys.AUDIT, keys.AUDIT_KEY}


async def test_nothing_is_written_after_the_window(ledger: Ledger, operating: Operating) -> None:
    await ledger.take_in(a_message(window=timedelta(seconds=-1)))
    assert (await answered(operating)).refused == "window"
    await ledger.take_in(a_message())  # which opens another
    assert (await answered(operating)).refused is None


async def test_nothing_is_written_to_who_has_opted_out(ledger: Ledger, operating: Operating) -> None:
    await ledger.stay_silent(await claimed(ledger, a_message()), SILENCE, "v1")
    await ledger.opt_out("prelude", NUMBER)
    assert (await answered(operating)).refused == "opted_out"


async def test_who_opts_out_while_a_text_by_hand_waits_does_not_get_it(desk: Desk, operating: Operating) -> None:
    await ended_silent(desk)
    key = (await answered(operating)).facts["key"]
    await asyncio.sleep(0.01)
    await desk.ledger.opt_out("prelude", NUMBER)
    assert await desk.reach(key) == (State.SILENT, "opted_out")
    assert desk.replies == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001, "half \ud83d", "\u200b", "\u202a \u202c", "\x00\x1b\x07"])
async def test_a_text_that_cannot_be_sent_is_refused_at_once(operating: Operating, text: str) -> None:
    with pytest.raises(ValueError, match="1 to 10000 whole characters"):
        await answered(operating, text)


@pytest.mark.parametrize("bad", ["", "short", "a b c d e f", "x" * 65, "../../etc"])
async def test_a_token_that_could_be_part_of_no_key_is_refused_at_once(operating: Operating, bad: str) -> None:
    with pytest.raises(ValueError, match="8 to 64 letters"):
        await answered(operating, token=bad)


# What else sees it


async def test_no_book_is_asked_about_a_text_by_hand_and_none_is_replayed(ledger: Ledger, operating: Operating) -> None:
    message, _ = await ended(ledger, State.SENT)
    key = (await answered(operating)).facts["key"]
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    assert (claim.record.key, claim.record.reply) == (key, TEXT)
    assert [record.key async for record in ledger.decided()] == [key_of(message)]


async def test_a_text_by_hand_that_was_refused_is_sent_again_by_hand(ledger: Ledger, operating: Operating) -> None:
    await ended(ledger, State.SENT)
    key = (await answered(operating)).facts["key"]
    claim = await ledger.claim("b", ACCOUNTS)
    assert claim is not None
    attempt = await ledger.begin(claim, SILENCE, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.REJECTED, {"reason": "because"})
    assert (await operating.resend(key)).refused is None
    assert (await operating.page(Wanted(state=State.QUEUED))).records[0].key == key


async def test_a_text_by_hand_is_forgotten_with_its_person(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    await ended(ledger, State.SENT)
    same = token()
    await answered(operating, token=same)
    assert (await operating.forget(NUMBER)).facts["records"] == 2
    await sweep(ledger)
    left = [key for key, value in (await everything(store)).items() if TEXT in value or NUMBER in key + value]
    assert left == []
    assert (await answered(operating, token=same)).refused == "token"  # nobody knows any more what it has sent
    assert await ledger.claim("b", ACCOUNTS) is None
