"""The dashboard's door: who comes in, in which role, and what a stranger may not do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.dashboard.leading import there
from bot.dashboard.roles import Role
from bot.dashboard.sessions import COOKIE
from tests.dashboards import PASSWORDS, Dashboard, a_dashboard
from worker.ledger import Operating
from worker.ledger.doorkeeping import TRIES, TRIES_OF_ALL
from worker.secret import Secret


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as dashboard:
        yield dashboard


@pytest.fixture
async def browser(dashboard: Dashboard) -> httpx.AsyncClient:
    return await dashboard.browser()


async def log_in(browser: httpx.AsyncClient, role: Role, **more: str) -> httpx.Response:
    return await browser.post("/login", data={"password": PASSWORDS[role].reveal(), **more})


async def test_without_a_session_every_page_leads_to_the_login_and_back(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/messages?state=sent")
    assert answer.status_code in (303, 404)
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F")
    answer = await log_in(browser, Role.VIEWER, next="/?a=b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=b")
    assert (await browser.get("/")).status_code == 200


async def test_what_was_sent_or_asked_for_too_late_leads_to_the_login_and_back_to_its_page(
    browser: httpx.AsyncClient,
) -> None:
    page = "https://desk.example/messages?state=sent"
    sent = await browser.post("/accounts/prelude/pause", headers={"referer": page})
    part = await browser.get("/now", headers={"hx-request": "true", "hx-current-url": page})
    assert (sent.status_code, part.status_code) == (303, 204)
    for address, said in (
        (sent.headers["location"], "not done"),
        (part.headers["hx-redirect"], "go on where you were"),
    ):
        form = (await browser.get(address)).text
        assert said in form
        assert 'name="next" value="/messages?state=sent"' in form
    elsewhere = await browser.post(
        "/accounts/prelude/pause", headers={"referer": "https://evil.example//evil.example/"}
    )
    assert 'name="next" value="/"' in (await browser.get(elsewhere.headers["location"])).text


@pytest.mark.parametrize("address", ["http://[", "//[", "//%5B", "https://desk.example]/", "http://\u2100.example/"])
@pytest.mark.parametrize("role", [Role.NOBODY, Role.OPERATOR])
async def test_an_address_that_is_none_leads_nowhere_and_is_not_logged(
    dashboard: Dashboard, address: str, role: Role, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = await dashboard.browser(role)
    sent, form = address.encode("latin-1", "ignore").decode("latin-1"), {"password": "a guess of somebody's"}
    assert 'name="next" value="/"' in (await browser.get("/login", params={"next": address})).text
    assert (await browser.post("/login", params={"next": address}, data=form | {"next": address})).status_code == 403
    assert (await browser.post("/presenting", params={"next": address})).status_code == 303
    assert (await browser.get("/now", headers={"hx-request": "true", "hx-current-url": sent})).status_code < 300
    assert (await browser.post("/logout", headers={"referer": sent})).status_code == 303
    del browser.headers["sec-fetch-site"]
    assert (await browser.post("/login", headers={"origin": sent}, data=form)).status_code == 403
    assert not [line for line in capfd.readouterr().err.splitlines() if address in line]


async def test_a_session_is_a_cookie_that_no_script_and_no_other_site_gets(browser: httpx.AsyncClient) -> None:
    cookie = (await log_in(browser, Role.OPERATOR)).headers["set-cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=strict"))


async def test_without_tls_a_session_is_a_cookie_that_comes_back_too(browser: httpx.AsyncClient) -> None:
    browser.base_url = httpx.URL("http://desk.example")
    assert "Secure" not in (await log_in(browser, Role.OPERATOR)).headers["set-cookie"]
    assert (await browser.get("/")).status_code == 200


async def test_a_wrong_password_is_refused_and_many_close_the_door_for_a_while(browser: httpx.AsyncClient) -> None:
    for _ in range(TRIES):
        assert (await browser.post("/login", data={"password": "a guess of somebody's"})).status_code == 403
    answer = await log_in(browser, Role.OPERATOR)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


async def test_of_guesses_that_come_at_once_no_more_are_answered_than_of_those_that_come_one_by_one(
    dashboard: Dashboard,
) -> None:
    person, program = [await dashboard.browser(address=address) for address in ("192.0.2.1", "192.0.2.2")]

    async def posted(number: int) -> int:
        return (await person.post("/login", data={"password": f"guess {number}"})).status_code

    async def called(number: int) -> int:
        return (await program.get("/api/v1/status", headers={"authorization": f"Bearer guess{number}"})).status_code

    at_login, at_api = [Counter(await asyncio.gather(*map(guess, range(60)))) for guess in (posted, called)]
    assert at_login == {403: TRIES, 429: 60 - TRIES}
    assert at_api == {401: TRIES, 429: 60 - TRIES}


async def test_calls_with_the_right_password_are_answered_however_many_come_at_once(dashboard: Dashboard) -> None:
    program, headers = await dashboard.browser(), {"authorization": f"Bearer {PASSWORDS[Role.VIEWER].reveal()}"}
    answers = await asyncio.gather(*(program.get("/api/v1", headers=headers) for _ in range(60)))
    assert {answer.status_code for answer in answers} == {200}


async def test_guesses_from_everywhere_keep_out_strangers_and_not_who_has_been_here_before(
    dashboard: Dashboard, operating: Operating
) -> None:
    known, stranger = [await dashboard.browser(address=address) for address in ("192.0.2.1", "192.0.2.2")]
    assert (await log_in(known, Role.VIEWER)).status_code == 303
    for number in range(TRIES_OF_ALL):
        await operating.try_password(f"198.51.100.{number}", right=False)
    assert (await log_in(stranger, Role.OPERATOR)).status_code == 429
    assert (await log_in(known, Role.OPERATOR)).status_code == 303


async def test_a_cookie_that_is_forged_opens_nothing(browser: httpx.AsyncClient) -> None:
    await log_in(browser, Role.OPERATOR)
    good = browser.cookies[COOKIE]
    for bad in (good[:-2] + "AA", good.split(".")[0], "", "x" * 5_000):
        browser.cookies.clear()
        browser.cookies.set(COOKIE, bad, domain="desk.example")
        assert (await browser.get("/")).status_code == 303


async def test_a_viewer_changes_nothing_and_an_operator_does(browser: httpx.AsyncClient) -> None:
    await log_in(browser, Role.VIEWER)
    assert (await browser.post("/accounts/prelude/pause")).status_code == 403
    await log_in(browser, Role.OPERATOR)
    assert (await browser.post("/accounts/prelude/pause")).status_code == 303
    assert "held" in (await browser.get("/")).text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
async def test_what_another_site_sends_changes_nothing(browser: httpx.AsyncClient, headers: dict[str, str]) -> None:
    await log_in(browser, Role.OPERATOR)
    del browser.headers["sec-fetch-site"]
    assert (await browser.post("/accounts/prelude/pause", headers=headers)).status_code == 403
    assert "held" not in (await browser.get("/")).text


async def test_an_old_browser_is_known_by_its_origin(browser: httpx.AsyncClient) -> None:
    await log_in(browser, Role.OPERATOR)
    del browser.headers["sec-fetch-site"]
    answer = await browser.post("/accounts/prelude/pause", headers={"origin": "https://desk.example"})
    assert answer.status_code == 303


async def test_every_page_says_what_a_browser_may_do_with_it(browser: httpx.AsyncClient) -> None:
    await log_in(browser, Role.OPERATOR)
    headers = (await browser.get("/")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert policy != (await browser.get("/")).headers["content-security-policy"]  # each has a nonce of its own


async def test_logging_out_ends_it(browser: httpx.AsyncClient) -> None:
    await log_in(browser, Role.OPERATOR)
    await browser.post("/logout")
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/messages?q=1", "/messages?q=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: b", "/"),
        ("//[", "/"),
        ("http://[", "/"),
        ("//\uff0f.example", "/"),
        ("", "/"),
    ],
)
def test_the_login_leads_to_pages_of_ours_alone(wanted: str, where: str) -> None:
    assert there(wanted) == where
