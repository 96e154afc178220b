"""What a page says of a change: in the dashboard's own words alone, whoever made up the link."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from starlette.requests import Request

from bot.dashboard.guard import ENDED, NOT_DONE
from bot.dashboard.roles import Role
from bot.dashboard.saying import LIVES, Sayings
from tests.dashboards import ADDRESS, Dashboard, a_dashboard
from worker.secret import Secret

SPOOFED = "Your session has ended, call +1 555 0100"


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as running:
        yield running


@pytest.fixture
async def operator(dashboard: Dashboard) -> httpx.AsyncClient:
    return await dashboard.browser(Role.OPERATOR)


async def said(reader: httpx.AsyncClient, address: str) -> tuple[str, str] | None:
    """The sentence, and whether it is good or bad; None where the page says nothing."""
    text = (await reader.get(address)).text
    found = re.search(r'<p id="said" class="said (\w+)" role="status">([^<]*)</p>', text)
    return (html.unescape(found[2]), found[1]) if found else None


async def paused(operator: httpx.AsyncClient) -> str:
    """Where a change leads back to."""
    return str((await operator.post("/accounts/prelude/pause")).headers["location"])


async def test_what_came_of_a_change_is_said_once_and_by_every_process(
    operator: httpx.AsyncClient, redis_url: Secret
) -> None:
    address, again = await paused(operator), await paused(operator)
    async with a_dashboard(redis_url) as other:
        for reader in (operator, await other.browser(Role.OPERATOR)):
            done = "Nothing is sent for this account until it is resumed."
            assert await said(reader, address) == (done, "good")
            assert await said(reader, again) == ("Refused: it is paused already.", "bad")
            page = (await reader.get(address)).text
            assert "said%3D" not in page  # where a form of the page comes back to


@pytest.mark.parametrize("path", ["/", "/messages", "/login", "/conversations", "/messages/unknown", "/api/v1"])
async def test_what_somebody_else_wrote_into_an_address_is_not_said(dashboard: Dashboard, path: str) -> None:
    for reader in [await dashboard.browser(role) for role in Role]:
        page = await reader.get(path, params={"said": SPOOFED, "good": "1"})
        assert "+1 555" not in page.text
        assert 'id="said"' not in page.text


async def test_a_sentence_that_was_tampered_with_is_not_said(operator: httpx.AsyncClient) -> None:
    ours = parse_qs(urlsplit(await paused(operator)).query)["said"][0]
    body, _, signature = ours.partition(".")
    other = Sayings()
    other.learn("the secret of another dashboard")
    theirs = urlsplit(other.back_to("/", SPOOFED, good=True)).query.partition("=")[2]
    for bad in (body, f".{signature}", f"{body[:-2]}AA.{signature}", f"{ours[:-3]}AAA", "x" * 5_000, theirs, "é\0"):
        assert await said(operator, f"/?said={quote(bad)}") is None, bad


@pytest.mark.parametrize(("lives", "heard"), [(LIVES, ("Done.", True)), (timedelta(seconds=-1), ("", False))])
def test_a_link_says_it_for_a_while_and_no_longer(lives: timedelta, heard: tuple[str, bool]) -> None:
    sayings = Sayings(lives)
    sayings.learn("a secret")
    query = urlsplit(sayings.back_to("/", "Done.", good=True)).query
    assert sayings.heard(Request({"type": "http", "query_string": query.encode(), "headers": []})) == heard


async def test_what_is_said_is_shown_as_text_alone(dashboard: Dashboard, operator: httpx.AsyncClient) -> None:
    address = dashboard.room.sayings.back_to("/messages?state=sent", "<b>done</b>", good=True)
    assert "&lt;b&gt;done&lt;/b&gt;" in (await operator.get(address)).text
    assert address.startswith("/messages?state=sent&said=")


async def test_a_session_that_ended_is_said_so_and_leads_back_to_a_page_that_says_nothing_old(
    dashboard: Dashboard, operator: httpx.AsyncClient
) -> None:
    stranger = await dashboard.browser()
    page = f"{ADDRESS}{await paused(operator)}"
    part = await stranger.get("/now", headers={"hx-request": "true", "hx-current-url": page})
    sent = await stranger.post("/accounts/prelude/pause", headers={"referer": page})
    for address, sentence in ((part.headers["hx-redirect"], ENDED), (sent.headers["location"], NOT_DONE)):
        assert await said(stranger, address) == (sentence, "bad")
        assert 'name="next" value="/"' in (await stranger.get(address)).text


def test_before_the_secret_is_known_nothing_is_said() -> None:
    request = Request({"type": "http", "query_string": b"said=x", "headers": []})
    assert Sayings().heard(request) == ("", False)
