"""Presenting: what an operator's screen shows of people while others look at it, and the number that is revealed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.dashboard.roles import Role
from bot.dashboard.sessions import PRESENTING
from tests.conftest import a_message
from tests.dashboards import Dashboard, a_dashboard, log_in
from tests.ledgers import key_of
from tests.operators import NUMBER, ended
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

TEXT = "where is parcel 4711"
PRESENT = {"on": "1"}


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as dashboard:
        yield dashboard


@pytest.fixture
async def browser(dashboard: Dashboard) -> httpx.AsyncClient:
    """Of an operator."""
    return await dashboard.browser(Role.OPERATOR)


async def test_who_presents_sees_neither_numbers_nor_texts_and_may_still_act(
    browser: httpx.AsyncClient, ledger: Ledger, dashboard: Dashboard
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    talk = dashboard.talk(message.sender)
    paths = ("/", "/messages", f"/messages/{key_of(message)}", "/conversations", talk, "/needs-you")
    before = [(await browser.get(path)).text for path in paths]
    assert all(TEXT in page for page in before[1:5])  # or nothing would be hidden
    answer = await browser.post("/presenting?next=%2Fmessages%3Fstate%3Drejected", data=PRESENT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/messages?state=rejected")
    for path in paths:
        page = (await browser.get(path)).text
        assert TEXT not in page
        assert NUMBER not in page
        assert "Stop" in page
    assert (await browser.get("/messages?text=parcel")).status_code == 400  # nor guesses at them
    assert (await browser.post("/accounts/prelude/pause")).status_code == 303
    await browser.post("/presenting", data={"on": "0"})
    assert TEXT in (await browser.get("/messages")).text


async def test_what_is_drawn_once_for_all_who_look_hides_people_from_whoever_presents(
    browser: httpx.AsyncClient, ledger: Ledger
) -> None:
    await ledger.take_in(a_message(TEXT))
    for _ in range(3):  # within the second in which one look serves all
        assert TEXT in (await browser.get("/now")).text
        await browser.post("/presenting", data=PRESENT)
        assert TEXT not in (await browser.get("/now")).text
        await browser.post("/presenting", data={"on": "0"})


async def test_a_number_is_revealed_once_and_written_down(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, dashboard: Dashboard
) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    await browser.get("/")
    await browser.post("/presenting", data=PRESENT)
    talk = dashboard.talk(message.sender)
    assert f"{talk}/reveal" in (await browser.get(talk)).text
    assert (await browser.get(f"{talk}/reveal")).status_code == 405  # no address leads to it
    assert NUMBER in (await browser.post(f"{talk}/reveal")).text
    assert NUMBER not in (await browser.get(talk)).text
    (entry,) = (await operating.audit_page()).entries
    assert (entry.who, entry.what, entry.result) == ("ann (dashboard)", "reveal", "done")
    assert NUMBER not in entry.on


async def test_nothing_is_revealed_to_a_viewer_whatever_cookies_they_send(
    browser: httpx.AsyncClient, ledger: Ledger, operating: Operating, dashboard: Dashboard
) -> None:
    message, _ = await ended(ledger, State.REJECTED, a_message(TEXT))
    await browser.get("/")
    talk = dashboard.talk(message.sender)
    await log_in(browser, Role.VIEWER)
    assert (await browser.post("/presenting", data={"on": "0"})).status_code == 403
    assert (await browser.post(f"{talk}/reveal")).status_code == 403
    for value in ("0", "", "1"):
        browser.cookies.set(PRESENTING, value, domain="desk.example")
        page = (await browser.get(talk)).text
        assert NUMBER not in page
        assert TEXT not in page
    assert (await operating.audit_page()).entries == ()


async def test_presenting_is_a_cookie_that_no_script_and_no_other_site_gets(browser: httpx.AsyncClient) -> None:
    cookie = (await browser.post("/presenting?next=%2F%2Fevil.example", data=PRESENT)).headers
    assert all(flag in cookie["set-cookie"] for flag in ("HttpOnly", "Secure", "SameSite=strict"))
    assert cookie["location"] == "/"
    del browser.headers["sec-fetch-site"]
    assert (await browser.post("/presenting", data={"on": "0"})).status_code == 403
