"""What is sent when the window has closed: the book's template, once, to those who would have had a reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from rules import parse
from tests.answering import Desk, desk_at
from tests.service import service
from worker.ledger import Ledger, State

RULES = """
version: 1
rules:
  - {name: opt-out, when: {exact: [stop]}, reply: Goodbye., then: opt_out}
  - {name: opt-in, when: {exact: [start]}, reply: Welcome back!, then: opt_in}
  - {name: human, when: {any: [human]}, reply: A colleague will answer., then: [{hand_off: 1h}, {notify: helpdesk}]}
  - {name: tag, when: {any: [vip]}, then: {tag: vip}}
  - {name: hello, when: {any: [hello]}, reply: Hi!}
"""
TEMPLATE = "window_closed: {template: {id: template_01k8, variables: {shop: Acme}}}\n"
PLAIN = parse(RULES.encode(), "plain.yaml")
BOOK = parse((RULES + TEMPLATE).encode(), "book.yaml")
OVER = timedelta(seconds=-1)
WINDOW_EXPIRED = Fault(kind="error", code="window_expired")
LATE_EXPIRED = Fault(kind="undelivered", reason="window_expired")


@pytest.fixture
async def desk(ledger: Ledger) -> AsyncIterator[Desk]:
    async with desk_at(ledger, BOOK) as desk:
        yield desk


@pytest.fixture
async def plain(ledger: Ledger) -> AsyncIterator[Desk]:
    """One whose book has no template."""
    async with desk_at(ledger, PLAIN) as desk:
        yield desk


# Its way out


async def test_a_message_whose_window_has_closed_gets_the_books_template(desk: Desk) -> None:
    key = await desk.write(window=OVER)
    assert await desk.reach(key) == (State.TEMPLATED, "accepted")
    (template,) = desk.templates
    assert template.request == {
        "template_id": "template_01k8",
        "to": "+33612345678",
        "variables": {"shop": "Acme"},
        "preferred_channel": "whatsapp",
        "correlation_id": f"{key}_1",
        "callback_url": template.callback_url,
    }
    record = await desk.record(key)
    assert (record.rule, record.reply, record.book, record.provider_id) == ("hello", "Hi!", BOOK.version, template.id)
    assert desk.replies == []


async def test_however_many_messages_wait_in_a_closed_window_it_gets_one_template(desk: Desk) -> None:
    keys = [await desk.write(window=OVER) for _ in range(3)]
    ends = sorted([await desk.reach(key) for key in keys])
    assert ends == [(State.TEMPLATED, "accepted"), *[(State.WINDOW_CLOSED, "one_template")] * 2]
    assert len(desk.templates) == 1


async def test_the_next_closed_window_gets_its_own(desk: Desk) -> None:
    for _ in range(2):
        assert await desk.live(window=OVER) == (State.TEMPLATED, "accepted")
    assert len(desk.templates) == 2


async def test_twenty_workers_at_once_send_one_template(desk: Desk) -> None:
    await desk.write(window=OVER)
    await asyncio.gather(*(desk.answering.answer("") for _ in range(20)))
    assert len(desk.templates) == 1


async def test_without_a_template_it_ends_window_closed(plain: Desk) -> None:
    assert (await plain.live(window=OVER))[0] == State.WINDOW_CLOSED
    assert plain.templates == []


async def test_a_window_that_closes_while_the_reply_is_tried_again_gets_the_template(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="rate_limit", seconds=30))
    key = await desk.write(window=timedelta(seconds=2))
    await desk.reach(key, State.RETRYING)
    assert await desk.reach(key) == (State.TEMPLATED, "accepted")
    assert desk.replies == []


# The provider says that the window is over


async def test_the_providers_word_that_the_window_is_over_turns_into_the_template(desk: Desk) -> None:
    key = await desk.write(sandbox=OVER)
    assert await desk.reach(key) == (State.TEMPLATED, "accepted")
    (template,) = desk.templates
    assert template.correlation_id == f"{key}_2"
    assert desk.replies == []


async def test_the_providers_word_again_and_again_makes_one_template_a_window(desk: Desk) -> None:
    keys = [await desk.write(sandbox=OVER) for _ in range(2)]
    ends = [await desk.reach(key) for key in keys]
    assert ends == [(State.TEMPLATED, "accepted"), (State.WINDOW_CLOSED, "one_template")]
    assert len(desk.templates) == 1


async def test_without_a_template_the_providers_word_ends_it(plain: Desk) -> None:
    assert await plain.live(sandbox=OVER) == (State.WINDOW_CLOSED, "window_expired")


async def test_what_is_written_after_the_providers_word_opens_the_window_again(desk: Desk) -> None:
    desk.world.faults.add(WINDOW_EXPIRED)
    first = await desk.write(window=timedelta(hours=1))
    await desk.answering.answer("")
    assert (await desk.record(first)).state == State.QUEUED
    second = await desk.write()
    assert [await desk.reach(key) for key in (first, second)] == [(State.DELIVERED, "accepted")] * 2
    assert desk.templates == []


async def test_a_delivery_event_that_says_so_turns_into_the_template(desk: Desk) -> None:
    desk.world.faults.add(LATE_EXPIRED)
    assert (await desk.live())[0] == State.TEMPLATED
    assert (len(desk.replies), len(desk.templates)) == (1, 1)


async def test_without_a_template_the_delivery_event_closes_the_window(plain: Desk) -> None:
    plain.world.faults.add(LATE_EXPIRED)
    assert await plain.live() == (State.WINDOW_CLOSED, "window_expired")


async def test_a_template_that_does_not_reach_the_phone_has_failed(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="undelivered", reason="unknown_recipient"))
    key = await desk.write(window=OVER)
    assert await desk.reach(key, State.FAILED) == (State.FAILED, "unknown_recipient")


async def test_an_event_settles_a_template_whose_answer_got_lost(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="drop"))
    assert (await desk.live(window=OVER))[0] == State.TEMPLATED
    assert len(desk.templates) == 1


# Refused


async def test_a_template_that_the_provider_does_not_know_ends_it_and_pauses_nothing(desk: Desk) -> None:
    desk.book = parse((RULES + "window_closed: {template: {id: mistyped}}\n").encode(), "mistyped.yaml")
    assert await desk.live(window=OVER) == (State.WINDOW_CLOSED, "template_not_found")
    assert (await desk.live(sender="+4915112345678"))[0] == State.DELIVERED


async def test_an_account_without_money_keeps_the_template_waiting(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="error", code="insufficient_balance"))
    key = await desk.write(window=OVER)
    assert await desk.reach(key, State.PAUSED) == (State.PAUSED, "insufficient_balance")
    assert await desk.reach(key) == (State.TEMPLATED, "accepted")


async def test_a_template_that_waits_gives_way_to_the_reply_when_the_person_writes_again(desk: Desk) -> None:
    desk.world.faults.add(Fault(kind="rate_limit", seconds=1))
    first = await desk.write(window=OVER)
    await desk.reach(first, State.RETRYING)
    second = await desk.write("hello again", window=timedelta(hours=1))
    assert [await desk.reach(key) for key in (first, second)] == [(State.DELIVERED, "accepted")] * 2
    assert desk.templates == []
    conversation = await desk.ledger.conversation("prelude", "+33612345678")
    assert conversation is not None
    assert len(conversation.replied) == 2


# Whom nothing is sent


async def test_who_has_opted_out_gets_no_template(desk: Desk) -> None:
    await desk.ledger.opt_out("prelude", "+33612345678")
    assert await desk.live(window=OVER) == (State.WINDOW_CLOSED, "opted_out")
    assert desk.templates == []


async def test_who_says_stop_too_late_has_opted_out_and_gets_no_template(desk: Desk) -> None:
    assert await desk.live("stop", window=OVER) == (State.WINDOW_CLOSED, "opted_out")
    assert desk.templates == []
    assert await desk.live() == (State.SILENT, "opted_out")


async def test_who_says_stop_too_late_has_opted_out_where_there_is_no_template_too(plain: Desk) -> None:
    assert (await plain.live("stop", window=OVER))[0] == State.WINDOW_CLOSED
    assert await plain.live() == (State.SILENT, "opted_out")


async def test_who_opts_out_at_the_provider_gets_no_template_for_what_was_decided_before(desk: Desk) -> None:
    desk.world.faults.add(LATE_EXPIRED)
    key = await desk.write()
    await desk.answering.answer("")
    await desk.ledger.opt_out("prelude", "+33612345678")
    assert await desk.reach(key) == (State.WINDOW_CLOSED, "opted_out")
    assert desk.templates == []


async def test_who_was_handed_off_gets_no_template(desk: Desk) -> None:
    await desk.live("human", window=timedelta(seconds=1))
    await asyncio.sleep(1)
    assert await desk.live(window=OVER) == (State.WINDOW_CLOSED, "handed_off")
    assert desk.templates == []


async def test_who_asks_for_a_person_too_late_is_handed_off_and_gets_no_template(desk: Desk) -> None:
    assert await desk.live("human", window=OVER) == (State.WINDOW_CLOSED, "handed_off")
    conversation = await desk.ledger.conversation("prelude", "+33612345678")
    assert conversation is not None
    assert conversation.handed_off_until is not None


async def test_who_would_have_had_no_reply_gets_no_template_but_the_rule_acts(desk: Desk) -> None:
    assert await desk.live("what?", window=OVER) == (State.WINDOW_CLOSED, "no_rule")
    assert await desk.live("vip", window=OVER) == (State.WINDOW_CLOSED, "no_reply")
    conversation = await desk.ledger.conversation("prelude", "+33612345678")
    assert conversation is not None
    assert conversation.tags == {"vip"}
    assert desk.templates == []


async def test_who_opts_in_too_late_is_told_by_the_template(desk: Desk) -> None:
    await desk.ledger.opt_out("prelude", "+33612345678")
    assert await desk.live("start", window=OVER) == (State.TEMPLATED, "accepted")


async def test_a_template_that_leaves_the_book_before_it_was_sent_leaves_the_window_closed(desk: Desk) -> None:
    desk.world.faults.add(LATE_EXPIRED)
    key = await desk.write()
    await desk.answering.answer("")
    async with asyncio.timeout(5):
        while (await desk.record(key)).state != State.QUEUED:
            await asyncio.sleep(0.02)
    desk.book = PLAIN  # changed meanwhile: there is no template any more
    assert await desk.reach(key) == (State.WINDOW_CLOSED, "window_expired")
    assert (await desk.live())[0] == State.DELIVERED


# With real processes


async def test_a_webhook_of_a_closed_window_makes_one_template_and_its_events_settle_it(tmp_path: Path) -> None:
    async with service(tmp_path, book=RULES + TEMPLATE) as running:
        running.settings["AUTOREPLY_PUBLIC_URL"] = f"http://127.0.0.1:{running.port}"
        await asyncio.gather(running.serve(), running.work())
        running.world.faults.add(Fault(kind="drop"))  # the worker cannot know: the event tells
        late = running.world.receive("+33612345678", "hello", window=OVER)
        async with asyncio.timeout(30):
            while (record := await running.record(late)) is None or record.state != State.TEMPLATED:
                await asyncio.sleep(0.05)
        running.world.faults.add(LATE_EXPIRED)
        expired = running.world.receive("+4915112345678", "hello")
        async with asyncio.timeout(30):
            while (record := await running.record(expired)) is None or record.state != State.TEMPLATED:
                await asyncio.sleep(0.05)
        assert [template.number for template in running.world.conversations.templates] == [late.sender, expired.sender]
        assert [reply.number for reply in running.world.conversations.replies] == [expired.sender]
