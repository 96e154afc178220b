"""Sessions: one that was ended is over on the server too, for every process and every copy of its cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import redis.asyncio

from bot.dashboard.roles import Role
from bot.dashboard.sessions import COOKIE, LIVES, Sessions
from tests.dashboards import PASSWORDS, Dashboard, a_dashboard, an_operator_without_redis
from worker import keys
from worker.secret import Secret

PAGES = ("/", "/messages", "/live/now", "/audit")


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as running:
        yield running


async def statuses(running: Dashboard, cookie: str) -> set[int]:
    """Of what somebody gets with this cookie alone."""
    stranger = await running.browser()
    return {(await stranger.get(path, headers={"cookie": cookie})).status_code for path in PAGES}


async def lookups(store: redis.asyncio.Redis) -> int:
    found = await store.info("commandstats")
    return int(found.get("cmdstat_exists", {}).get("calls", 0))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_a_copy_of_the_cookie_opens_nothing_after_logging_out_whichever_process_is_asked(
    dashboard: Dashboard, redis_url: Secret, role: Role
) -> None:
    async with a_dashboard(redis_url) as other:
        leaver, stranger, same = await dashboard.browser(role), await other.browser(), await other.browser(role)
        copy = f"{COOKIE}={leaver.cookies[COOKIE]}"
        assert await statuses(other, copy) == {200}
        assert (await leaver.post("/logout")).headers["location"] == "/login"
        assert await statuses(dashboard, copy) == await statuses(other, copy) == {303}
        assert (await stranger.get("/live", headers={"cookie": copy})).status_code == 303
        assert (await stranger.get("/api/v1/status", headers={"cookie": copy})).status_code == 401
        assert (await stranger.post("/accounts/prelude/pause", headers={"cookie": copy})).status_code == 303
        # Whoever logged in under the same name and password goes on.
        assert await statuses(dashboard, f"{COOKIE}={same.cookies[COOKIE]}") == {200}


async def test_that_a_session_was_ended_is_remembered_as_long_as_its_cookie_lives(
    dashboard: Dashboard, store: redis.asyncio.Redis
) -> None:
    await (await dashboard.browser(Role.OPERATOR)).post("/logout")
    (key,) = await store.keys(keys.ENDED_SESSION + "*")
    assert LIVES - timedelta(minutes=1) < timedelta(milliseconds=await store.pttl(key)) <= LIVES


async def test_a_session_from_before_it_could_be_ended_is_over(dashboard: Dashboard, redis_url: Secret) -> None:
    await dashboard.browser(Role.OPERATOR)
    known = Sessions(PASSWORDS, await dashboard.room.ledger.session_secret())
    for old in ("maria (dashboard)", ["maria (dashboard)"], ["maria", 5], {"name": "maria"}, None):
        cookie = known._serializers[Role.OPERATOR].dumps(old)
        assert await statuses(dashboard, f"{COOKIE}={cookie}") == {303}


async def test_a_request_costs_one_look_and_none_without_a_session(
    dashboard: Dashboard, store: redis.asyncio.Redis
) -> None:
    path = "/api/v1/openapi.json"
    operator, stranger = await dashboard.browser(Role.OPERATOR), await dashboard.browser()
    before = await lookups(store)
    assert (await operator.get(path)).status_code == 200
    assert await lookups(store) == before + 1
    for headers in ({}, {"cookie": f"{COOKIE}=forged"}):
        await stranger.get(path, headers=headers)
    assert await lookups(store) == before + 1


async def test_while_redis_is_away_nobody_gets_in_and_nobody_is_told_to_be_out() -> None:
    async with an_operator_without_redis() as operator:
        for method, path in (("GET", "/api/v1"), ("POST", "/presenting"), ("POST", "/logout")):  # need it for no more
            answer = await operator.request(method, path)
            assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
