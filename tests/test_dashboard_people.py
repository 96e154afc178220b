"""The pages about people: conversations, what waits for a person, RQ's own view, and the trail; in both roles."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

import httpx
import pytest
import redis.asyncio

from bot.dashboard.addresses import Addresses, message_path
from bot.dashboard.live import EVERY, SLOWLY, how_many
from bot.dashboard.roles import Role
from rules.model import Message
from tests.conftest import a_message
from tests.dashboards import Dashboard, a_dashboard, log_in
from tests.ledgers import SILENCE, claimed, key_of, remembered, state_of
from tests.operators import NUMBER, a_life, begun, ended, traces
from tests.test_jobs import failed
from worker import keys, queue
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

TEXT: Final = "where is parcel 4711"
REPLY: Final = "Hi!"  # of HELLO
HOUR: Final = timedelta(hours=1)
CHANGES: Final = ("reply", "take-over", "resume", "opt-out", "opt-in", "tag", "untag", "forget")


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as dashboard:
        yield dashboard


@pytest.fixture
async def browser(dashboard: Dashboard) -> httpx.AsyncClient:
    """Of an operator."""
    return await dashboard.browser(Role.OPERATOR)


@pytest.fixture
async def here(browser: httpx.AsyncClient, dashboard: Dashboard) -> str:
    """The path of the conversation with whom `a_message` is from."""
    return dashboard.talk(NUMBER)


async def shown(browser: httpx.AsyncClient, path: str, status: int = 200, *, part: str = "") -> str:
    """The page; or the part of it that asks for itself."""
    answer = await browser.get(path, headers=asking(part) if part else {})
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def asking(part: str) -> dict[str, str]:
    return {"hx-request": "true", "hx-target": part}


async def done(browser: httpx.AsyncClient, path: str, **form: str) -> str:
    """What the page says after a change that is answered by going there."""
    answer = await browser.post(path, data=form)
    assert answer.status_code == 303, answer.text
    return re.search(r'role="status">([^<]+)</p>', await shown(browser, answer.headers["location"]))[1]  # type: ignore[index]


async def silent(ledger: Ledger, message: Message | None = None) -> Message:
    message = message or a_message(TEXT)
    await ledger.stay_silent(await claimed(ledger, message), SILENCE, "v1")
    return message


async def unsure(ledger: Ledger, store: redis.asyncio.Redis, message: Message) -> None:
    """Nobody looks at it any more but a person."""
    await ended(ledger, State.UNCONFIRMED, message)
    await store.zadd(keys.DUE, {key_of(message): 1})
    await ledger.sweep()


# Addresses


def test_a_person_stands_in_an_address_without_a_number_and_the_same_each_time() -> None:
    addresses, others = Addresses(), Addresses()
    addresses.learn("secret")
    others.learn("another secret")
    path = addresses.conversation_path("prelude", NUMBER)
    token = path.removeprefix("/conversations/")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert path == addresses.conversation_path("prelude", NUMBER) != addresses.conversation_path("prelude", "+4915")
    assert addresses.person(token) == ("prelude", NUMBER)
    assert others.person(token) is None
    for bad in (token[:-4], token[:-1] + ("A" if token[-1] != "A" else "g"), "", "é", "=", "A" * 5_000):
        assert addresses.person(bad) is None, bad


# Conversations


async def test_conversations_are_listed_those_first_in_which_somebody_wrote_last(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, dashboard: Dashboard
) -> None:
    assert "Nobody has written yet" in await shown(browser, "/conversations")
    for sender in ("+4915", NUMBER):
        await silent(ledger, a_message(TEXT, sender=sender))
    await operating.set_tag("prelude", NUMBER, "vip", on=True)
    await operating.set_opted_out("prelude", NUMBER, out=True)
    await operating.take_over("prelude", "+4915", HOUR)
    text = await shown(browser, "/conversations")
    assert text.index(NUMBER) < text.index("+4915")
    for each in (
        TEXT,
        "vip",
        "opted out",
        "with a person",
        "silent",
        "23 h",
        dashboard.talk(NUMBER),
    ):
        assert each in text
    part = await shown(browser, "/conversations", part="list")
    assert (NUMBER in part, "<html" in part) == (True, False)


async def test_conversations_are_paged_and_each_is_listed_once(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    people = {f"+4915{number:03}" for number in range(60)}
    for sender in people:
        await ledger.take_in(a_message(sender=sender))
    first = await shown(browser, "/conversations")
    more = re.search(r'href="(/conversations\?after=[^"]+)"', first)
    assert more
    second = await shown(browser, more[1])
    found = [re.findall(r"\+4915[0-9]{3}", page) for page in (first, second)]
    assert (len(found[0]), len(found[1]), {*found[0], *found[1]}) == (50, 10, people)
    assert "?after=" not in second
    assert "hx-get" not in second  # the first page alone is live
    assert "this is no place in a list" in await shown(browser, "/conversations?after=x", 400)


# A conversation


async def test_a_conversation_is_shown_as_a_chat_with_both_sides(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, here: str
) -> None:
    sent, _ = await ended(ledger, State.SENT, a_message(TEXT))
    quiet = await silent(ledger, a_message("and now?"))
    lost, _ = await ended(ledger, State.UNCONFIRMED, a_message("third"))
    assert (await operating.reply_by_hand("prelude", NUMBER, "By hand.", token="12345678")).refused is None
    text = await shown(browser, here)
    chat = text[text.index('id="chat"') : text.index('id="facts"')]
    order = [
        chat.index(each)
        for each in (TEXT, REPLY, "and now?", "no rule", "third", "unconfirmed", "By hand.", "by ann@desk")
    ]
    assert order == sorted(order)
    for message in (sent, quiet, lost):
        assert f'href="{message_path(key_of(message))}"' in chat
    assert chat.count('class="bubble mine"') == 3
    assert "left to answer freely" in text
    assert "the book" in text


async def test_messages_that_were_answered_together_are_shown_together(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, store: redis.asyncio.Redis
) -> None:
    message = await silent(ledger)
    await store.hset(keys.RECORD + key_of(message), "joined", "one\ntwo")
    text = await shown(browser, here)
    assert "one\ntwo" in text
    assert "answered together" in text


async def test_older_messages_are_a_link_away_and_not_live(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    for number in range(53):
        await ledger.take_in(a_message(f"text {number:03}"))
    first = await shown(browser, here)
    more = re.search(r'href="(/conversations/[^"]+\?before=[^"]+)"', first)
    assert more
    second = await shown(browser, more[1])
    assert re.findall(r"text [0-9]{3}", second) == ["text 000", "text 001", "text 002"]
    assert re.findall(r"text [0-9]{3}", first)[-1] == "text 052"
    assert f'<a class="button second" href="{here}">Back to the newest' in second
    assert ("hx-get" in first, "hx-get" in second) == (True, False)
    assert "this is no place" in await shown(browser, f"{here}?before=x", 400)


async def test_the_chat_asks_for_itself_and_is_sent_where_something_has_changed(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, here: str
) -> None:
    await silent(ledger)
    asks = re.search(r'hx-get="([^"]+)"', await shown(browser, here))
    assert asks
    assert (await browser.get(html.unescape(asks[1]), headers=asking("chat"))).status_code == 204
    await ledger.take_in(a_message("one more"))
    text = await shown(browser, html.unescape(asks[1]), part="chat")
    assert ("one more" in text, "<html" in text, 'id="facts" hx-swap-oob' in text) == (True, False, True)
    assert 'id="answer"' not in text  # in which somebody may be writing
    again = re.search(r'hx-get="([^"]+)"', text)
    assert again
    assert (await browser.get(html.unescape(again[1]), headers=asking("chat"))).status_code == 204
    await operating.take_over("prelude", NUMBER, HOUR)
    assert "a person" in await shown(browser, html.unescape(again[1]), part="chat")


async def test_an_answer_can_be_written_again_once_the_window_has_opened(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, store: redis.asyncio.Redis
) -> None:
    await silent(ledger)
    await store.hset(f"{keys.CONVERSATION}prelude:{NUMBER}", "window", 1_000)
    text = await shown(browser, here)
    assert "Not now: their window is closed" in text
    assert "opens again when they write" in text
    asks = re.search(r'hx-get="([^"]+)"', text)
    assert asks
    await ledger.take_in(a_message("are you there?"))
    text = await shown(browser, asks[1].replace("&amp;", "&"), part="chat")
    answer = text[text.index('id="answer"') :]
    assert ("hx-swap-oob" in answer, "disabled" in answer) == (True, False)


async def test_an_operator_answers_by_hand_once_however_often_the_form_is_sent(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, store: redis.asyncio.Redis
) -> None:
    await silent(ledger)
    token = re.search(r'name="token" data-of="text" value="([^"]+)"', await shown(browser, here))
    assert token
    for _ in range(2):
        said = await done(browser, f"{here}/reply", text="We look for it.", token=token[1])
        assert said == "Your text is on its way."
    text = await shown(browser, here)
    assert text.count("We look for it.") == 1
    assert "by ann" in text
    assert f'value="{token[1]}"' not in text  # the next text has a token of its own
    assert await store.zcard(f"{keys.HISTORY}prelude:{NUMBER}") == 2


async def test_another_text_from_a_form_that_was_sent_is_refused_and_kept_and_goes_out_when_sent_again(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, store: redis.asyncio.Redis
) -> None:
    await silent(ledger)
    await done(browser, f"{here}/reply", text="We look for it.", token="12345678")
    answer = await browser.post(f"{here}/reply", data={"text": "Found <it>.", "token": "12345678"})
    assert answer.status_code == 409
    assert "another text was already sent from this form" in answer.text
    assert "Found &lt;it&gt;.</textarea>" in answer.text
    assert await store.zcard(f"{keys.HISTORY}prelude:{NUMBER}") == 2
    token = re.search(r'name="token" data-of="text" value="([^"]+)"', answer.text)
    assert token
    for _ in range(2):
        assert await done(browser, f"{here}/reply", text="Found <it>.", token=token[1]) == "Your text is on its way."
    assert await store.zcard(f"{keys.HISTORY}prelude:{NUMBER}") == 3


@pytest.mark.parametrize(
    ("before", "form", "why"),
    [
        ("opted_out", {}, "the person has opted out"),
        ("window", {}, "its window is over"),
        ("", {"token": "?"}, "a token has 8 to 64"),
        ("", {"text": "x" * 10_001}, "1 to 10000"),
        ("", {"text": "   "}, "1 to 10000"),
    ],
)
async def test_a_text_that_is_refused_stands_in_its_field_again_with_the_reason(
    browser: httpx.AsyncClient,
    ledger: Ledger,
    operating: Operating,
    here: str,
    store: redis.asyncio.Redis,
    before: str,
    form: dict[str, str],
    why: str,
) -> None:
    message = await silent(ledger)
    if before == "opted_out":
        await operating.set_opted_out("prelude", NUMBER, out=True)
        assert "Not now: they have opted out" in await shown(browser, here)
    if before == "window":
        await store.hset(f"{keys.CONVERSATION}prelude:{NUMBER}", "window", 1_000)
        await store.hset(keys.RECORD + key_of(message), "window", 1_000)
    answer = await browser.post(f"{here}/reply", data={"text": "A long <answer>.", "token": "12345678"} | form)
    assert answer.status_code == 409
    assert why in answer.text
    assert html.escape(form.get("text") or "A long <answer>.") + "</textarea>" in answer.text
    assert await store.zcard(f"{keys.HISTORY}prelude:{NUMBER}") == 1


async def test_an_operator_takes_over_and_lets_the_book_answer_again(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    await silent(ledger)
    assert await done(browser, f"{here}/take-over", span="4h") == "The book is silent here; you answer."
    text = await shown(browser, here)
    assert "3 h 59 min" in text
    assert "Let the book answer again" in text
    assert (await remembered(ledger)).handed_off_until is not None
    assert await done(browser, f"{here}/resume") == "It goes on."
    assert await done(browser, f"{here}/resume") == "Refused: there is nothing to resume."
    for bad in ("", "soon", "-1h", "0m", "999d", "9" * 400 + "d"):
        assert "Refused: write for how long" in await done(browser, f"{here}/take-over", span=bad)
    assert "Let the book answer again" not in await shown(browser, here)


async def test_an_operator_opts_a_person_out_and_in_again(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    await silent(ledger)
    assert await done(browser, f"{here}/opt-out") == "They get no more replies."
    assert (await remembered(ledger)).opted_out
    assert "nobody: opted out" in await shown(browser, here)
    assert await done(browser, f"{here}/opt-out") == "Refused: it is so already."
    assert await done(browser, f"{here}/opt-in") == "They get replies again."
    assert not (await remembered(ledger)).opted_out


async def test_an_operator_tags_a_conversation_and_takes_the_tag_away(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    await silent(ledger)
    assert await done(browser, f"{here}/tag", tag="  vip   customer ") == "Tagged."
    assert (await remembered(ledger)).tags == {"vip customer"}
    assert 'value="vip customer"' in await shown(browser, here)
    assert await done(browser, f"{here}/untag", tag="vip customer") == "The tag is gone."
    assert (await remembered(ledger)).tags == frozenset()
    for bad in ("", " ", "x" * 61, "\u202e"):
        assert "Refused: a tag is one line" in await done(browser, f"{here}/tag", tag=bad)


async def test_a_person_is_forgotten_after_a_page_that_says_what_goes(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, here: str, store: redis.asyncio.Redis
) -> None:
    await a_life(ledger)
    text = await shown(browser, f"{here}/forget")
    assert f"Forget {NUMBER}?" in text
    assert "7 messages" in text
    assert "An opt-out is forgotten, too" in text
    assert await operating.messages_of(NUMBER) == 7  # to look at the page erases nothing
    assert await done(browser, f"{here}/forget") == "What was known of this person is erased."
    assert await traces(store, NUMBER[1:], "the secret text") == []
    assert "There is no such conversation" in await shown(browser, here, 404)
    entry = (await operating.audit_page()).entries[0]
    assert (entry.who, entry.what, entry.result) == ("ann (dashboard)", "forget", "done: 7 records")


async def test_a_conversation_that_is_none_is_said_to_be_none(
    browser: httpx.AsyncClient, dashboard: Dashboard, ledger: Ledger
) -> None:
    await silent(ledger)
    known = dashboard.talk(NUMBER)
    unknown = dashboard.talk("+4915")
    for path in (
        unknown,
        f"{known}x",
        known[:-5],
        "/conversations/x",
        f"/conversations/{NUMBER}",
        "/conversations/%00",
    ):
        assert "There is no such conversation" in await shown(browser, path, 404)
    for name in CHANGES:
        answer = await browser.post(f"{known[:-5]}/{name}", data={"text": "x", "token": "12345678", "span": "1h"})
        assert answer.status_code == 404
        assert "There is no such conversation" in answer.text
    assert "There is no such conversation" in await shown(browser, f"{known[:-5]}/forget", 404)
    for name, form in (("tag", {"tag": "a"}), ("opt-out", {}), ("take-over", {"span": "1h"})):
        answer = await browser.post(f"{unknown}/{name}", data=form)
        assert "Refused" in await shown(browser, answer.headers["location"], 404)


async def test_what_is_damaged_ends_no_page(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, dashboard: Dashboard, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    await silent(ledger, a_message("and this"))
    await store.hset(keys.RECORD + key_of(message), "fence", "many")
    await store.hset(
        f"{keys.CONVERSATION}prelude:{NUMBER}", mapping={"window": "nan", "tag:vip": "x", "last_seen": "-"}
    )
    text = await shown(browser, here)
    assert "a record that cannot be read" in text
    assert "and this" in text
    needs = await shown(browser, "/needs-you")
    assert "unreadable" in needs
    assert f'href="{message_path(key_of(message))}"' in needs
    await ledger.take_in(a_message(sender="+4915"))
    await store.set(f"{keys.CONVERSATION}prelude:+4915", "no hash")
    await store.xadd(keys.AUDIT, {"at": "never", "what": "resend"})
    for path in ("/conversations", dashboard.talk("+4915"), "/needs-you", "/audit", "/queue"):
        await shown(browser, path)


async def test_a_change_of_what_is_damaged_is_refused_and_says_so(
    browser: httpx.AsyncClient, ledger: Ledger, here: str, store: redis.asyncio.Redis
) -> None:
    message = await silent(ledger)
    rejected, _ = await ended(ledger, State.REJECTED, a_message(sender="+4915"))
    for key in (f"{keys.CONVERSATION}prelude:{NUMBER}", keys.RECORD + key_of(rejected)):
        await store.delete(key)
        await store.set(key, "no hash")
    for name, form in (("opt-out", {}), ("tag", {"tag": "vip"}), ("take-over", {"span": "1h"}), ("resume", {})):
        assert "Refused: " in await done(browser, f"{here}/{name}", **form)
    assert "Refused: " in await done(browser, f"/needs-you/{key_of(rejected)}/resend")
    answer = await browser.post(f"{here}/reply", data={"text": "Hello?", "token": "12345678"})
    assert (answer.status_code, "damaged" in answer.text, "Hello?</textarea>" in answer.text) == (409, True, True)
    await store.delete(f"{keys.HISTORY}prelude:{NUMBER}")
    await store.set(f"{keys.HISTORY}prelude:{NUMBER}", "no sorted set")
    assert "There is no such conversation" in await shown(browser, here, 404)
    assert await state_of(ledger, message) is State.SILENT
    assert "Erased at once, on every account: all messages" in await shown(browser, f"{here}/forget")
    await done(browser, f"{here}/forget")
    assert await traces(store, NUMBER[1:]) == []


async def test_a_text_by_hand_of_several_lines_is_sent_with_plain_line_ends(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    await silent(ledger)
    await done(browser, f"{here}/reply", text="one\r\ntwo", token="12345678")
    record = await ledger.record(keys.by_hand("prelude", "12345678"))
    assert record is not None
    assert record.reply == "one\ntwo"


# What waits for a person


async def test_where_nothing_waits_the_page_says_so(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    await silent(ledger)
    assert "Nothing waits for a person" in await shown(browser, "/needs-you")


async def test_what_waits_is_shown_by_kind_with_its_reasons_and_what_to_do(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    for number in range(3):
        await ended(ledger, State.REJECTED, a_message(f"refused {number}", sender=f"+49{number}"))
    await unsure(ledger, store, a_message(TEXT))
    await silent(ledger, a_message("a person, please", sender="+4921", window=timedelta(minutes=40)))
    await operating.take_over("prelude", "+4921", HOUR)
    await ledger.take_in(a_message("soon over", sender="+4920", window=timedelta(minutes=30)))
    text = await shown(browser, "/needs-you")
    for each in (
        'href="/messages?state=rejected&reason=because"',
        "The provider will not send them",
        "Nobody knows whether they arrived",
        "Ask it by the ids",
        TEXT,
        "refused 2",
        "Windows that close within the hour",
        "soon over",
        "Waiting for a person",
        "a person, please",
    ):
        assert each in text
    part = await shown(browser, "/needs-you", part="needs")
    assert (TEXT in part, "<html" in part) == (True, False)
    assert how_many(await operating.needs_you()) == 3 + 1 + 1 + 1


async def test_what_waits_is_sent_again_or_discarded_from_where_it_is_listed(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    first, second = a_message(sender="+4915"), a_message(sender="+4916")
    await ended(ledger, State.REJECTED, first)
    await unsure(ledger, store, second)
    for message, name, said, state in (
        (first, "resend", "It is on its way again.", State.QUEUED),
        (second, "discard", "It will not be answered.", State.DISCARDED),
    ):
        action = f"/needs-you/{key_of(message)}/{name}"
        assert f'action="{action}"' in await shown(browser, "/needs-you")
        answer = await browser.post(action)
        assert answer.headers["location"].startswith("/needs-you?")
        assert said in await shown(browser, answer.headers["location"])
        assert await state_of(ledger, message) is state
        assert "Refused" in await done(browser, action)
    assert await done(browser, "/needs-you/prelude_x/resend") == "Refused: there is nothing of that name any more."


async def test_how_many_wait_is_told_to_every_page_that_is_open(dashboard: Dashboard, ledger: Ledger) -> None:
    await ended(ledger, State.REJECTED)
    live = dashboard.room.live
    assert (await live.look()).needing == 1
    pulses = live.pulses()
    assert '"needing": 1' in await anext(pulses)
    await pulses.aclose()  # type: ignore[attr-defined]
    assert EVERY < SLOWLY


@pytest.mark.parametrize(
    ("path", "part"), [("/conversations", "list"), ("/needs-you", "needs"), ("/messages?state=rejected", "list")]
)
async def test_a_part_that_many_have_open_is_drawn_once_for_each_role(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis, path: str, part: str
) -> None:
    await ended(ledger, State.REJECTED, a_message(TEXT))
    await shown(browser, path, part=part)
    counted = [int((await store.info("stats"))["total_commands_processed"])]
    for _ in range(20):
        assert TEXT in await shown(browser, path, part=part)
        counted.append(int((await store.info("stats"))["total_commands_processed"]))
    # The count is one itself, and the guard looks whether the session was ended.
    assert sum(after - before == 2 for before, after in pairwise(counted)) > 10
    await log_in(browser, Role.VIEWER)
    assert TEXT not in await shown(browser, path, part=part)
    await ended(ledger, State.REJECTED, a_message("something new"))
    await asyncio.sleep(EVERY.total_seconds())
    await log_in(browser, Role.OPERATOR)
    assert "something new" in await shown(browser, path, part=part)


async def test_readers_who_ask_at_once_are_drawn_for_once_and_each_gets_what_they_asked_for(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    for state, text in ((State.REJECTED, "refused it"), (State.SENT, "took it")):
        await ended(ledger, state, a_message(text))
    asked = {"/messages?state=rejected": "refused it", "/messages?state=sent": "took it"}
    lists = [path for path in asked for _ in range(20)]
    await shown(browser, "/messages", part="list")
    before = (await store.info("stats"))["total_commands_processed"]
    pages = await asyncio.gather(*(shown(browser, path, part="list") for path in lists))
    counted = (await store.info("stats"))["total_commands_processed"] - before
    for path, page in zip(lists, pages, strict=True):
        assert [text for text in asked.values() if text in page] == [asked[path]]
    assert counted < 2 * len(lists)  # a look of the guard for each, and some few for each list
    assert "closes: " in await shown(browser, "/messages?closes=soon", 400, part="list")


# The queue


async def test_the_queue_is_rqs_own_view_and_says_what_a_job_is(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    text = await shown(browser, "/queue")
    assert "A job is a doorbell" in text
    assert "No ring waits" in text
    assert "RQ knows no worker" in text
    messages = [a_message(sender=f"+49{number:03}") for number in range(53)]
    for message in messages:
        await ledger.take_in(message)
    text = await shown(browser, "/queue")
    assert key_of(messages[0]) in text
    assert "/queue?registry=queued&start=50" in text
    assert key_of(messages[52]) in await shown(browser, "/queue?registry=queued&start=50")
    for registry in ("started", "failed"):
        assert "empty" in await shown(browser, f"/queue?registry={registry}")
    for bad in ("registry=x", "start=x", "start=-1", "start=" + "9" * 5_000, "start=٣"):
        assert "registry is one of queued, started, failed" in await shown(browser, f"/queue?{bad}", 400)


async def test_workers_are_shown_with_their_last_heartbeat(
    browser: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    for name, beat in (("one", "2026-01-01T00:00:00.000000Z"), ("two", "never")):
        await store.sadd(queue.WORKERS_KEY, queue.WORKER_PREFIX + name)
        await store.hset(queue.WORKER_PREFIX + name, mapping={"state": "busy", "last_heartbeat": beat, "hostname": "h"})
    text = await shown(browser, "/queue")
    assert 'datetime="2026-01-01T00:00:00.000+00:00"' in text
    assert text.count("busy") == 2


async def test_a_failed_job_is_rung_again_or_deleted_and_its_message_stays(
    browser: httpx.AsyncClient, redis_url: Secret, ledger: Ledger, operating: Operating
) -> None:
    key = await failed(redis_url, ledger, operating)
    text = await shown(browser, "/queue?registry=failed")
    assert "ZeroDivisionError" in text
    assert f'action="/queue/{key}/ring"' in text
    await log_in(browser, Role.VIEWER)
    text = await shown(browser, "/queue?registry=failed")
    assert key in text
    assert "ZeroDivisionError" not in text  # a traceback may quote a message
    assert "/ring" not in text
    assert "ZeroDivisionError" not in await shown(browser, "/api/v1/queue/jobs?registry=failed")
    assert (await browser.post(f"/queue/{key}/ring")).status_code == 403
    await log_in(browser, Role.OPERATOR)
    assert "ZeroDivisionError" in await shown(browser, "/api/v1/queue/jobs?registry=failed")
    assert await done(browser, f"/queue/{key}/ring") == "It rings again: a worker takes the message up."
    assert "Refused" in await done(browser, f"/queue/{key}/delete")
    assert (await operating.rq()).failed == 0
    assert await ledger.record(key) is not None


# The trail


async def test_the_trail_says_who_did_what_to_which_message_and_names_nobody(
    browser: httpx.AsyncClient, ledger: Ledger, here: str
) -> None:
    assert "Nobody has changed anything yet" in await shown(browser, "/audit")
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    await done(browser, f"/needs-you/{key_of(message)}/resend")
    await done(browser, f"{here}/opt-out")
    await done(browser, "/accounts/my_account/pause")
    text = await shown(browser, "/audit")
    assert f'href="{message_path(key_of(message))}"' in text
    for each in ("resend", "opt-out", "ann (dashboard)", "refused: unknown"):
        assert each in text
    assert text.count('href="/messages/') == 1  # an account and a person's hash are no messages
    assert NUMBER[1:] not in text
    assert "this is no place in the trail" in await shown(browser, "/audit?after=x", 400)


async def test_the_trail_is_paged(browser: httpx.AsyncClient, operating: Operating) -> None:
    for number in range(55):
        await operating.pause(f"account{number:03}")
    first = await shown(browser, "/audit")
    more = re.search(r'href="(/audit\?after=[^"]+)"', first)
    assert more
    second = await shown(browser, more[1])
    assert [len(re.findall("<tr>", page)) - 1 for page in (first, second)] == [50, 5]
    assert "?after=" not in second


# A viewer


async def test_a_viewer_sees_neither_number_nor_text_and_no_form_that_changes_anything(
    browser: httpx.AsyncClient,
    ledger: Ledger,
    operating: Operating,
    store: redis.asyncio.Redis,
    here: str,
    dashboard: Dashboard,
) -> None:
    for state in (State.SENT, State.REJECTED, State.FAILED):
        await ended(ledger, state, a_message(TEXT))
    await unsure(ledger, store, a_message(TEXT))
    await silent(ledger, a_message(TEXT, media="image"))
    await operating.reply_by_hand("prelude", NUMBER, "We look for your parcel.", token="12345678")
    await operating.take_over("prelude", NUMBER, HOUR)
    await ledger.take_in(a_message(TEXT, window=timedelta(minutes=30), sender="+4915123456"))
    await operating.take_over("prelude", "+4915123456", HOUR)
    await log_in(browser, Role.VIEWER)
    paths = [
        "/conversations",
        here,
        dashboard.talk("+4915123456"),
        "/needs-you",
        "/audit",
        "/queue",
    ]
    for path in paths:
        for part in ("chat", ""):
            text = await shown(browser, path, part=part)
            for secret in (NUMBER[1:-2], "4915123", TEXT, "4711", REPLY, "your parcel"):
                assert secret not in text, (path, secret)
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"|action="([^"]+)" method="post"', text)
        assert {one or other for one, other in forms} <= {"/logout", "/find"}, (
            path
        )  # the search is posted, and changes nothing
    assert "•••78" in await shown(browser, here)
    assert f"••• {len(TEXT)} characters" in await shown(browser, here)


async def test_a_viewer_changes_nothing_by_any_address(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, here: str
) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    await log_in(browser, Role.VIEWER)
    form = {"text": "x", "token": "12345678", "span": "1h", "tag": "vip"}
    paths = [f"{here}/{name}" for name in CHANGES]
    paths += [f"/needs-you/{key_of(message)}/{name}" for name in ("resend", "discard")]
    paths += [f"/queue/{key_of(message)}/{name}" for name in ("ring", "delete")]
    for path in paths:
        assert (await browser.post(path, data=form)).status_code == 403, path
    assert (await browser.get(f"{here}/forget")).status_code == 403
    assert (await operating.audit_page()).entries == ()
    await log_in(browser, Role.OPERATOR)
    for path in paths:
        assert (await browser.get(path)).status_code == (200 if path.endswith("/forget") else 405), path
    assert (await operating.audit_page()).entries == ()


async def test_no_address_on_any_page_has_a_number_in_it(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, here: str
) -> None:
    await begun(ledger, a_message(TEXT))
    await ended(ledger, State.REJECTED, a_message(TEXT, sender="+4915123456"))
    await operating.take_over("prelude", NUMBER, HOUR)
    for path in ("/conversations", here, f"{here}/forget", "/needs-you", "/audit", "/queue"):
        for address in re.findall(r'(?:href|action|hx-get)="([^"]*)"', await shown(browser, path)):
            assert not re.search(r"33612|4915123", address), address
    for name, form in (
        ("tag", {"tag": "a"}),
        ("opt-out", {}),
        ("opt-in", {}),
        ("take-over", {"span": "1h"}),
        ("forget", {}),
    ):
        assert "33612" not in (await browser.post(f"{here}/{name}", data=form)).headers["location"]
