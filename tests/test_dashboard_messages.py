"""The pages about messages: the list and its filters, one message and what is done to it, changes of many, exports."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest
import redis.asyncio

from bot.dashboard.addresses import message_path
from bot.dashboard.pages import exporting
from bot.dashboard.roles import Role
from rules import parse
from rules.model import Action, Decision, Message, Shadow
from tests.conftest import a_message
from tests.dashboards import Dashboard, a_dashboard, log_in
from tests.ledgers import ACCOUNTS, SILENCE, all_taken_in, claimed, key_of, lived, state_of
from tests.operators import NUMBER, begun, ended
from worker import keys
from worker.bookshelf import Edition, open_kept
from worker.ledger import DeliveryEvent, Ledger, State, looking, pages
from worker.secret import Secret

TEXT: Final = "where is parcel 4711"
BOOK: Final = """
version: 1
rules:
  - name: stop
    when: {exact: stop}
    then: opt_out
    reply: You get no more.
    examples: {matches: [stop]}
  - name: lost
    when: {pattern: 'parcel (?P<number>\\d+)'}
    reply: "We look for {number}."
    then: {tag: asked}
    examples: {matches: [parcel 12]}
  - name: hello
    when: {any: [hello]}
    reply: Hi!
    examples: {matches: [hello]}
"""


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as dashboard:
        yield dashboard


@pytest.fixture
async def browser(dashboard: Dashboard) -> httpx.AsyncClient:
    """Of an operator."""
    return await dashboard.browser(Role.OPERATOR)


async def shown(browser: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


async def listed(browser: httpx.AsyncClient, query: str = "") -> list[str]:
    """The keys on the page, in order."""
    text = await shown(browser, f"/messages{query}")
    return re.findall(r'<a href="/messages/(prelude_[A-Za-z0-9_-]+)"', text)


async def put_in_force(redis_url: Secret, path: Path, text: str = BOOK) -> Edition:
    """Kept as a worker keeps it."""
    data = text.encode()
    edition = Edition(parse(data, str(path)), data, datetime.now(UTC))
    async with open_kept(redis_url, path) as kept:
        await kept.write(edition)
    return edition


# The list


async def test_without_a_message_the_list_says_what_to_do(browser: httpx.AsyncClient) -> None:
    assert "No message has come yet" in await shown(browser, "/messages")
    text = await shown(browser, "/messages?state=sent")
    assert "Nothing fits: state sent" in text


async def test_the_list_shows_a_message_of_every_state_the_latest_first(
    browser: httpx.AsyncClient, ledger: Ledger, dashboard: Dashboard
) -> None:
    sent, _ = await ended(ledger, State.SENT, a_message(TEXT, sender="+4915"))
    rejected, _ = await ended(ledger, State.REJECTED, a_message(sender="+4916"))
    await ledger.take_in(waits := a_message("hello?", sender="+4917", media="image"))
    assert await listed(browser) == [key_of(waits), key_of(rejected), key_of(sent)]
    text = await shown(browser, "/messages")
    for each in (
        TEXT,
        "+4915",
        "greeting",
        "rejected",
        "because",
        "hello?",
        dashboard.talk("+4915"),
    ):
        assert each in text


async def test_the_list_is_narrowed_by_each_filter_and_the_form_keeps_them(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    unsure, _ = await ended(ledger, State.UNCONFIRMED, a_message(sender="+4918"))
    rejected, _ = await ended(ledger, State.REJECTED, a_message(sender="+4916"))
    sent, _ = await ended(ledger, State.SENT, a_message(TEXT, sender="+4915"))
    silent = a_message("bye", sender="+4917", window=timedelta(minutes=30))
    await ledger.stay_silent(await claimed(ledger, silent), SILENCE, "v1")
    await store.zincrby(keys.STATE + State.REJECTED, -7_200_000, key_of(rejected))
    found = {
        "?state=sent&state=rejected": [sent, rejected],
        "?state=sent,silent": [silent, sent],
        "?rule=greeting&state=sent": [sent],
        "?reason=because": [sent, unsure, rejected],
        "?older=1h": [rejected],
        "?newer=1h": [silent, sent, unsure],
        "?closes=1h": [silent],
        "?text=PARCEL": [sent],
        "?sender=4916": [rejected],
        "?account=prelude&text=bye": [silent],
        "?account=other": [],
        "?state=unconfirmed": [unsure],
        "?state=unconfirmed&held=1": [],
    }
    for query, wanted in found.items():
        assert await listed(browser, query) == [key_of(message) for message in wanted], query
    text = await shown(browser, "/messages?state=sent&older=1h&rule=a%22b&closes=30m&sender=%2B4915")
    for each in ('value="sent" selected', 'name="older" value="1h"', 'name="closes" value="30m"', 'value="+4915"'):
        assert each in text
    assert '"/messages.csv?state=sent&rule=a%22b&sender=%2B4915&older=1h&closes=30m"' in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state=nope", "there is no such state"),
        ("older=soon", "write one such as 30m, 12h or 14d"),
        ("newer=-1h", "write one such as 30m, 12h or 14d"),
        ("closes=999999999d", "write one such as 30m, 12h or 14d"),
        ("after=x", "no place in a list"),
        ("after=1.a%00b", "no place in a list"),
    ],
)
async def test_what_no_filter_can_be_is_told_in_a_sentence(browser: httpx.AsyncClient, query: str, said: str) -> None:
    assert said in await shown(browser, f"/messages?{query}", 400)
    if not query.startswith("after"):
        assert said in await shown(browser, f"/messages.csv?{query}", 400)
        assert said in await shown(browser, f"/bulks/new?action=discard&{query}", 400)


async def test_the_list_goes_on_page_by_page_and_each_message_is_on_one(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    taken_in = [a_message(f"hello <{n}>", sender=f"+49{n}") for n in range(110)]
    await all_taken_in(ledger, taken_in)
    found, path = [], "/messages?state=queued"
    for _ in range(3):
        text = await shown(browser, path)
        found += re.findall(r'<a href="/messages/(prelude_\w+)"', text)
        after = re.search(r'href="(/messages\?state=queued&after=[^"]+)">Older ones', text)
        path = after[1] if after else ""
    assert path == ""
    assert sorted(found) == sorted(key_of(message) for message in taken_in)
    assert "changed from:body" in await shown(browser, "/messages?state=queued")
    assert "changed from:body" not in text


async def test_a_list_that_finds_little_says_how_far_it_looked_and_looks_further(
    browser: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOK_FOR_PAGE", 5)
    monkeypatch.setattr(looking, "LOOK", 5)
    await ledger.take_in(wanted := a_message(TEXT, sender="+1"))
    for n in range(6):
        await ledger.take_in(a_message(sender=f"+49{n}"))
    text = await shown(browser, "/messages?text=parcel")
    assert "looked back to" in text
    further = re.search(r'href="(/messages\?text=parcel&after=[^"]+)">Look further', text)
    assert further is not None
    assert key_of(wanted) in await shown(browser, further[1])


async def test_htmx_gets_the_table_alone(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    await ledger.take_in(a_message(TEXT))
    answer = await browser.get("/messages", headers={"hx-request": "true", "hx-target": "list"})
    assert TEXT in answer.text
    assert "<html" not in answer.text


async def test_a_damaged_record_is_in_the_list_and_has_a_page_that_says_so(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    path = message_path(key_of(message))
    await store.hset(
        keys.RECORD + key_of(message), mapping={"fence": "many", "path": f" sent {'9' * 40} rejected 1000"}
    )
    assert "unreadable" in await shown(browser, "/messages")
    text = await shown(browser, path)
    assert "Its record is damaged" in text
    assert TEXT in text
    for part in ("/resend", "/discard"):
        answer = await browser.post(path + part)
        assert answer.status_code == 303
        assert "said=" in answer.headers["location"]
    assert (await browser.post(path + "/reply", data={"text": "a", "token": "12345678"})).status_code == 404
    await shown(browser, path + "/trace")
    assert (await browser.get(f"/api/v1{path}/trace")).status_code == 404
    assert "unreadable" in await shown(browser, "/messages.json")
    await log_in(browser, Role.VIEWER)
    assert TEXT not in await shown(browser, path)


async def test_what_is_no_record_at_all_is_shown_as_damaged_and_not_as_a_redis_that_is_away(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    path = message_path(key_of(message))
    await store.delete(keys.RECORD + key_of(message))
    await store.set(keys.RECORD + key_of(message), "no hash")
    assert "Its record is damaged" in await shown(browser, path)
    for part in ("/resend", "/discard"):
        answer = await browser.post(path + part)
        assert "Refused: there is nothing of that name" in await shown(browser, answer.headers["location"])
    assert (await browser.post(path + "/reply", data={"text": "a", "token": "12345678"})).status_code == 404


async def test_where_the_conversation_is_damaged_a_change_is_refused_and_nothing_typed_is_lost(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    path = message_path(key_of(message))
    await store.delete(f"{keys.LINE}prelude:{NUMBER}")
    await store.set(f"{keys.LINE}prelude:{NUMBER}", "no sorted set")
    answer = await browser.post(path + "/resend")
    assert "Refused: its record is damaged" in await shown(browser, answer.headers["location"])
    answer = await browser.post(path + "/reply", data={"text": "my long text", "token": "12345678"})
    assert (answer.status_code, "my long text" in answer.text, "Refused" in answer.text) == (409, True, True)


# One message


async def test_a_message_is_shown_with_all_that_happened_to_it(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    message = a_message(TEXT)
    decision = Decision(
        rule="parcel",
        reply="We look <for> it.",
        actions=(Action("tag", value="asked"), Action("hand_off", timedelta(hours=4))),
        shadows=(Shadow("tryout", "In shadow."),),
    )
    attempt = await ledger.begin(await claimed(ledger, message), decision, "v1")
    assert attempt is not None
    entry = json.dumps({"answer": "retry", "code": "E42", "status": 503, "request_id": "req-7", "ms": 1234})
    await ledger.settle(attempt, State.REJECTED, {"reason": "E42", "attempt:1": entry, "provider_id": "rep-1"})
    text = await shown(browser, message_path(key_of(message)))
    for each in (TEXT, NUMBER, "We look <for> it.", "asked", "hand_off", "In shadow.", "Send again", "Discard"):
        assert each in text
    for each in ("E42", "503", "req-7", "1234 ms", attempt.correlation_id, message.id, message.event_id, "rep-1"):
        assert each in text
    for each in ("queued", "claimed", "sending", "rejected", "left to answer", "Mend what the provider says", "<meter"):
        assert each in text


async def test_a_message_that_is_not_there_is_said_to_be_gone(browser: httpx.AsyncClient) -> None:
    for path in ("/messages/prelude_none", "/messages/prelude_none/trace", "/messages/%00", "/messages/%ff"):
        assert "There is no such message" in await shown(browser, path, 404)
    answer = await browser.post("/messages/prelude_none/resend")
    assert "Refused: there is nothing of that name" in await shown(browser, answer.headers["location"], 404)


async def test_the_trace_asks_the_book_that_decided_as_it_was_asked(
    browser: httpx.AsyncClient, ledger: Ledger, redis_url: Secret, tmp_path: Path
) -> None:
    first = await put_in_force(redis_url, tmp_path / "a.yaml")
    message = a_message(TEXT)
    await lived(ledger, first.book, message)
    await put_in_force(redis_url, tmp_path / "a.yaml", BOOK.replace("parcel ", "package "))
    text = await shown(browser, message_path(key_of(message)) + "/trace")
    steps = re.findall(r"<tr[^>]*><td>(\w+)</td><td>([\w ]+)</td>", text)
    assert steps == [("stop", "no"), ("lost", "answers"), ("hello", "not reached")]
    for each in ("parcel 4711", "<dt>number</dt>", "<dd>4711</dd>"):
        assert each in text
    assert "otherwise" not in text
    part = await browser.get(message_path(key_of(message)) + "/trace", headers={"hx-request": "true"})
    assert "<html" not in part.text


async def test_where_the_book_is_gone_the_page_says_so_and_shows_what_was_recorded(
    browser: httpx.AsyncClient, ledger: Ledger, redis_url: Secret, tmp_path: Path
) -> None:
    await put_in_force(redis_url, tmp_path / "a.yaml")
    message, _ = await ended(ledger, State.SENT, a_message(TEXT))  # decided by v1, which nobody keeps
    assert "not known any more" in await shown(browser, message_path(key_of(message)) + "/trace")
    assert "greeting" in await shown(browser, message_path(key_of(message)))


async def test_a_decision_that_comes_out_otherwise_is_not_told_for_the_recorded_one(
    browser: httpx.AsyncClient, ledger: Ledger, redis_url: Secret, tmp_path: Path, store: redis.asyncio.Redis
) -> None:
    first = await put_in_force(redis_url, tmp_path / "a.yaml")
    message = a_message("hello")
    await lived(ledger, first.book, message)
    await store.hset(keys.RECORD + key_of(message), "rule", "stop")
    await store.hdel(keys.RECORD + key_of(message), "asked")
    text = await shown(browser, message_path(key_of(message)) + "/trace")
    assert "It comes out otherwise than it is recorded: rule hello" in text
    assert "What was known of the conversation then is not" in text


async def test_a_message_is_sent_again_and_a_refusal_is_told(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    path = message_path(key_of(message))
    answer = await browser.post(path + "/resend")
    assert answer.headers["location"].startswith(path)
    assert "It is on its way again." in await shown(browser, answer.headers["location"])
    assert await state_of(ledger, message) is State.QUEUED
    answer = await browser.post(path + "/resend")
    assert "Refused: it has changed meanwhile." in await shown(browser, answer.headers["location"])
    answer = await browser.post(path + "/discard")
    assert "It will not be answered." in await shown(browser, answer.headers["location"])
    assert await state_of(ledger, message) is State.DISCARDED


async def form_of(browser: httpx.AsyncClient, message: Message) -> dict[str, str]:
    text = await shown(browser, message_path(key_of(message)))
    token = re.search(r'name="token" data-of="text" value="([^"]+)"', text)
    assert token is not None
    return {"token": token[1]}


async def test_a_reply_by_hand_is_sent_once_however_often_the_form_is(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    form = await form_of(browser, message)
    for _ in range(2):
        answer = await browser.post(
            message_path(key_of(message)) + "/reply", data={**form, "text": "From\r\na <person>"}
        )
        assert "Your text is on its way." in await shown(browser, answer.headers["location"])
    (key,) = await listed(browser, "?state=queued")
    record = await ledger.record(key)
    assert record is not None
    assert (record.reply, record.by, record.quotes) == ("From\na <person>", "ann (dashboard)", key_of(message))
    text = await shown(browser, message_path(key))
    assert "Answered by ann (dashboard), by hand" in text
    assert f'href="{message_path(key_of(message))}">this message' in text
    assert "answered by ann (dashboard): From" in await shown(browser, "/messages")


async def test_another_text_from_a_form_that_was_sent_is_refused_and_kept_and_goes_out_when_sent_again(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    path, form = message_path(key_of(message)) + "/reply", await form_of(browser, message)
    assert (await browser.post(path, data={**form, "text": "We look for it."})).status_code == 303
    answer = await browser.post(path, data={**form, "text": "Found <it>."})  # gone back to, and written anew
    assert answer.status_code == 409
    assert "another text was already sent from this form" in answer.text
    assert "Found &lt;it&gt;.</textarea>" in answer.text
    assert len(await listed(browser, "?state=queued")) == 1
    token = re.search(r'name="token" data-of="text" value="([^"]+)"', answer.text)
    assert token is not None
    for _ in range(2):
        answer = await browser.post(path, data={"token": token[1], "text": "Found <it>."})
        assert "Your text is on its way." in await shown(browser, answer.headers["location"])
    records = [await ledger.record(key) for key in await listed(browser, "?state=queued")]
    assert {record.reply for record in records if record} == {"We look for it.", "Found <it>."}


async def test_a_reply_that_cannot_be_sent_is_not_lost(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    path, form = message_path(key_of(message)), await form_of(browser, message)
    for bad in (
        {**form, "text": " "},
        {**form, "text": "x" * 10_001},
        {"text": "kept"},
        {"token": "?", "text": "kept"},
    ):
        answer = await browser.post(path + "/reply", data=bad)
        assert (answer.status_code, "Not sent" in answer.text, bad["text"].strip() in answer.text) == (400, True, True)
    await ledger.opt_out("prelude", NUMBER)
    answer = await browser.post(path + "/reply", data={**form, "text": "my long text"})
    assert answer.status_code == 409
    assert "my long text" in answer.text
    assert "the person has opted out" in answer.text
    assert "they have opted out" in await shown(browser, path)
    assert await listed(browser, "?state=queued") == []


async def test_after_the_window_nothing_can_be_written(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(window=timedelta(seconds=1)))
    await asyncio.sleep(1.05)
    text = await shown(browser, message_path(key_of(message)))
    assert "their window is closed" in text
    assert re.search(r"<textarea[^>]* disabled", text)


# Found by whatever somebody has of it


async def test_each_kind_of_id_leads_to_its_message(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    message, attempt = await ended(ledger, State.SENT, a_message(TEXT))
    other = a_message(sender="+4917")
    sent = await begun(ledger, other)
    await ledger.settle(sent, State.SENT, {"provider_id": "rep-9"})
    await ledger.deliver(DeliveryEvent(key_of(other), 1, "delivered"))
    ids = [key_of(message), message.id, attempt.correlation_id, message.event_id]
    for role in (Role.OPERATOR, Role.VIEWER):
        await log_in(browser, role)
        for name in ids:
            answer = await browser.post("/find", data={"q": f" {name} "})
            assert (answer.status_code, answer.headers["location"]) == (303, message_path(key_of(message))), name
        answer = await browser.post("/find", data={"q": "rep-9"})
        assert answer.headers["location"] == message_path(key_of(other))


async def test_a_number_leads_to_its_conversation_and_anything_else_to_the_texts(
    browser: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis, dashboard: Dashboard
) -> None:
    await ledger.take_in(a_message(TEXT))
    for name in (NUMBER, "33 6 12 34 56 78"):
        answer = await browser.post("/find", data={"q": name})
        assert answer.headers["location"] == dashboard.talk(NUMBER)
    answer = await browser.post("/find", data={"q": "parcel & more"})
    assert answer.headers["location"] == "/messages?text=parcel+%26+more"
    assert (await browser.post("/find")).headers["location"] == "/messages"
    assert (await browser.get("/find", params={"q": NUMBER})).status_code == 405  # no number stands in an address
    long = await browser.post("/find", data={"q": "x" * 1_000})
    assert (await browser.get(long.headers["location"])).status_code == 200
    await store.sadd(keys.ACCOUNTS, "second")
    await store.copy(f"{keys.CONVERSATION}prelude:{NUMBER}", f"{keys.CONVERSATION}second:{NUMBER}")
    text = (await browser.post("/find", data={"q": NUMBER})).text
    for account in ("prelude", "second"):
        assert f'href="{dashboard.talk(NUMBER, account)}"' in text


# Changes of many


async def test_many_are_changed_after_they_are_counted_and_watched_until_it_is_over(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    sent, _ = await ended(ledger, State.SENT, a_message(sender="+1"))
    for n in range(40):
        await ledger.take_in(a_message(sender=f"+49{n}"))
    text = await shown(browser, "/bulks/new?action=discard&account=prelude&newer=1h")
    assert "Discard: 40 messages" in text
    assert "They will not be answered" in text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert fields == {"action": "discard", "account": "prelude", "newer": "1h"}
    answer = await browser.post("/bulks", data=fields)
    path = answer.headers["location"]
    assert answer.status_code == 303
    async with asyncio.timeout(10):
        while "every 1s" in (text := (await browser.get(path, headers={"hx-target": "bulk"})).text):
            await asyncio.sleep(0.02)
    assert "40 done, 0 refused, of 40" in text
    assert "<html" not in text
    assert await state_of(ledger, sent) is State.SENT
    assert (await ledger.states())[State.DISCARDED] == 40
    text = await shown(browser, "/bulks")
    assert f'href="{path}"' in text
    assert "ann (dashboard)" in text
    stopped = await browser.post(path + "/stop")
    assert "Refused: it has changed meanwhile." in await shown(browser, stopped.headers["location"])


async def test_a_change_of_nothing_is_not_offered(browser: httpx.AsyncClient, ledger: Ledger) -> None:
    await ended(ledger, State.SENT)
    for query in ("action=resend&state=sent", "action=discard"):
        text = await shown(browser, f"/bulks/new?{query}")
        assert "0 messages" in text
        assert 'name="action"' not in text
    assert "no such action" in await shown(browser, "/bulks/new?action=burn", 400)
    assert (await browser.post("/bulks", data={"action": "resend", "older": "x"})).status_code == 400
    assert (await browser.post("/bulks")).status_code == 400
    assert "Nothing of that name" in await shown(browser, "/bulks/0123456789abcdef", 404)
    assert "Nothing in the last day" in await shown(browser, "/bulks")


async def test_a_count_that_is_not_exact_says_at_least(
    browser: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOK_FOR_COUNT", 3)
    for n in range(8):
        await ledger.take_in(a_message(sender=f"+49{n}"))
    text = await shown(browser, "/bulks/new?action=discard&account=prelude")
    assert "Discard: at least 3 messages" in text
    assert "counted back to" in text


# Exports


async def test_an_export_has_all_that_match_and_no_spreadsheet_runs_what_a_stranger_wrote(
    browser: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 3)
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", 'a "quoted", text\nof two lines', "5-1"]
    await ended(ledger, State.SENT, a_message("not asked for", sender="+1"))
    for n, text in enumerate(texts):
        await ledger.take_in(a_message(text, sender=f"4915{n}"))
    answer = await browser.get("/messages.csv?account=prelude&state=queued")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert [row["text"] for row in rows][::-1] == [f"'{text}" for text in texts[:7]] + texts[7:]
    assert rows[0]["sender"] == "49158"
    found = (await browser.get("/messages.json?state=queued")).json()
    assert [row["text"] for row in found] == texts[::-1]
    assert (await browser.get("/messages.json?state=failed")).json() == []
    monkeypatch.setattr(exporting, "MOST", 4)
    assert len((await browser.get("/messages.json")).json()) == 4


# A viewer


async def test_a_viewer_sees_no_number_and_no_text_anywhere(
    browser: httpx.AsyncClient, ledger: Ledger, redis_url: Secret, tmp_path: Path
) -> None:
    edition = await put_in_force(redis_url, tmp_path / "a.yaml")
    message = a_message(TEXT)
    await lived(ledger, edition.book, message)
    await ledger.take_in(a_message("and parcel 4711 again"))
    form = await form_of(browser, message)
    await browser.post(message_path(key_of(message)) + "/reply", data={**form, "text": "by hand of 4711"})
    (by_hand,) = (key for key in await listed(browser) if "hand-" in key)
    await log_in(browser, Role.VIEWER)
    paths = [
        "/messages",
        "/messages.csv",
        "/messages.json",
        "/messages?state=queued,sent",
        "/bulks",
        "/api/v1/messages",
    ]
    for key in (key_of(message), by_hand):
        paths += [f"/api/v1/messages/{key}"]
        paths += [message_path(key), message_path(key) + "/trace"]
    for path in paths:
        text = await shown(browser, path)
        for hidden in (NUMBER[1:], "4711", "parcel", "by hand of", message.event_id):
            assert hidden not in text, (path, hidden)
    assert "•••78" in await shown(browser, "/messages")
    assert "answers" in await shown(browser, message_path(key_of(message)) + "/trace")


async def test_a_viewer_neither_finds_by_number_or_text_nor_changes_anything(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    await log_in(browser, Role.VIEWER)
    for query in ("text=parcel", "sender=%2B33612345678"):
        assert "viewers see neither" in await shown(browser, f"/messages?{query}", 400)
        assert "viewers see neither" in await shown(browser, f"/messages.json?{query}", 400)
    for name in (NUMBER, "parcel"):
        assert (await browser.post("/find", data={"q": name})).status_code == 404
    path = message_path(key_of(message))
    for part in ("/resend", "/discard", "/reply"):
        assert (await browser.post(path + part, data={"text": "a", "token": "12345678"})).status_code == 403
    assert (await browser.get("/bulks/new?action=resend")).status_code == 403
    assert (await browser.post("/bulks", data={"action": "resend"})).status_code == 403
    assert (await browser.post("/bulks/0123456789abcdef/stop")).status_code == 403
    text = await shown(browser, path)
    assert "<textarea" not in text
    assert "Send again" not in text
    assert await ledger.claim("a", ACCOUNTS) is None
