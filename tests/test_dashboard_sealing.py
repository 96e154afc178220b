"""What a browser may do with an answer: said with every one of them, whatever kind it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from starlette.requests import Request
from starlette.routing import Route

from bot.dashboard.app import BODY_LIMIT
from bot.dashboard.roles import Role
from tests.dashboards import ADDRESS, OWN, PASSWORDS, Dashboard, a_dashboard, an_operator_without_redis
from worker.secret import Secret

NOBODY, VIEWER, OPERATOR = Role
PICTURE: Final = "/static/icon.svg"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
WRONG: Final = {"authorization": "Bearer nobody's word"}


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as running:
        yield running


def sealed(answer: httpx.Response) -> str:
    """Its policy."""
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    policy: str = answer.headers["content-security-policy"]
    for each in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert each in policy
    assert "unsafe" not in policy
    assert len(answer.headers.get_list("content-security-policy")) == 1
    return policy


@pytest.mark.parametrize(
    ("role", "method", "path", "headers", "status"),
    [
        (OPERATOR, "GET", "/", {}, 200),
        (OPERATOR, "HEAD", "/messages", {}, 200),
        (NOBODY, "GET", "/login", {}, 200),
        (NOBODY, "POST", "/login", {}, 403),
        (NOBODY, "GET", "/messages", {}, 303),
        (NOBODY, "GET", "/now", {"hx-request": "true"}, 204),
        (VIEWER, "POST", "/accounts/prelude/pause", {}, 403),
        (OPERATOR, "POST", "/accounts/prelude/pause", {"sec-fetch-site": "cross-site"}, 403),
        (OPERATOR, "POST", "/accounts/prelude/pause", {}, 303),
        (OPERATOR, "GET", "/messages/unknown", {}, 404),
        (OPERATOR, "GET", "/messages?state=nope", {}, 400),
        (OPERATOR, "GET", "/messages.csv", {}, 200),
        (OPERATOR, "GET", "/api/v1/status", {}, 200),
        (NOBODY, "GET", "/api/v1/status", {}, 401),
        (NOBODY, "GET", "/api/v1/status", WRONG, 401),
        # None of these comes to the guard.
        (OPERATOR, "GET", "/nowhere", {}, 404),
        (NOBODY, "GET", "/%00", {}, 404),
        (OPERATOR, "GET", "/logout", {}, 405),
        (OPERATOR, "DELETE", "/", {}, 405),
        (OPERATOR, "GET", "/messages/", {}, 307),
        (NOBODY, "GET", "/livez", {}, 200),
        (NOBODY, "POST", "/livez", {}, 405),
        (NOBODY, "GET", "/static", {}, 307),
        (NOBODY, "GET", "/static/nothing", {}, 404),
        (NOBODY, "POST", PICTURE, {}, 405),
    ],
)
async def test_every_answer_says_it(
    dashboard: Dashboard, role: Role, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await (await dashboard.browser(role)).request(method, path, headers=headers)
    assert answer.status_code == status
    sealed(answer)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_page_has_the_nonce_of_its_policy_and_each_its_own(dashboard: Dashboard) -> None:
    operator, found = await dashboard.browser(OPERATOR), set()
    for _ in range(2):
        answer = await operator.get("/")
        nonces = set(re.findall(r'nonce="([^"]+)"', answer.text))
        assert nonces == set(re.findall(r"'nonce-([^']+)'", sealed(answer)))
        found |= nonces
    assert len(found) == 2


async def test_what_is_static_stays_in_a_browsers_cache(dashboard: Dashboard) -> None:
    stranger = await dashboard.browser()
    for path in (PICTURE, "/static/dashboard.js", "/static/dashboard.css"):
        first = await stranger.get(path)
        known = await stranger.get(path, headers={"if-none-match": first.headers["etag"]})
        part = await stranger.get(path, headers={"range": "bytes=0-9"})
        assert [each.status_code for each in (first, known, part)] == [200, 304, 206]
        for each in (first, known, part):
            assert "nonce" not in sealed(each)  # it would be that of many
            assert "cache-control" not in each.headers


async def test_what_is_too_long_says_it(dashboard: Dashboard) -> None:
    answer = await (await dashboard.browser(OPERATOR)).post("/bulks", content=b"x" * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    sealed(answer)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_fault_of_ours_says_it(dashboard: Dashboard) -> None:
    async def fault(_: Request) -> None:
        raise RuntimeError("a fault of ours")

    dashboard.app.router.routes.append(Route("/fault", fault))
    transport = httpx.ASGITransport(dashboard.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=OWN) as reader:
        answer = await reader.get("/fault")
    assert answer.status_code == 500
    sealed(answer)
    assert answer.headers["cache-control"] == "no-store"


async def test_while_redis_is_away_it_is_said_too() -> None:
    program = {"authorization": f"Bearer {PASSWORDS[VIEWER].reveal()}"}
    calls: list[tuple[str, dict[str, str]]] = [("/messages", {}), ("/api/v1/status", program)]
    async with an_operator_without_redis() as operator:
        for path, headers in calls:
            answer = await operator.get(path, headers=headers)
            assert answer.status_code == 503
            sealed(answer)
            assert answer.headers["cache-control"] == "no-store"
        for path in ("/livez", PICTURE):
            assert (await operator.get(path)).status_code == 200
