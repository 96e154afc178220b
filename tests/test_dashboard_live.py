"""What is live: one look a second for all who have a page open, and none while nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import redis.asyncio

from bot.dashboard.live import Live
from bot.dashboard.roles import Role
from tests.conftest import a_message
from tests.dashboards import a_dashboard
from worker.ledger import Ledger
from worker.secret import Secret


@pytest.fixture
async def live(redis_url: Secret) -> AsyncIterator[Live]:
    async with a_dashboard(redis_url) as dashboard:
        yield dashboard.room.live


async def asked_by(live: Live, store: redis.asyncio.Redis, readers: int) -> int:
    """How many commands Redis ran while so many listened for two and a half seconds."""

    async def listen() -> None:
        async for _ in live.pulses():
            pass

    await live.look()  # what is asked seldom is asked before
    before = (await store.info("stats"))["total_commands_processed"]
    open_pages = [asyncio.create_task(listen()) for _ in range(readers)]
    await asyncio.sleep(2.5)
    for page in open_pages:
        page.cancel()
    await asyncio.gather(*open_pages, return_exceptions=True)
    return int((await store.info("stats"))["total_commands_processed"] - before)


async def test_fifty_open_pages_ask_redis_no_more_than_one_does(live: Live, store: redis.asyncio.Redis) -> None:
    one = await asked_by(live, store, 1)
    assert one > 3  # it does look
    assert await asked_by(live, store, 50) <= one * 2  # a look more or less, where one had been alone


async def test_whoever_listens_is_asked_for_a_session_again_and_again(redis_url: Secret) -> None:
    """A stream that never ended would outlive the log-out."""
    async with a_dashboard(redis_url) as dashboard:
        room = dashboard.room
        brief = Live(room.ledger, room.desk.library.reports, listens=timedelta(seconds=0.5))
        async with asyncio.timeout(10):
            events = [event async for event in brief.pulses()]
        assert len(events) == 1
        assert "\nretry: 1000\n" in events[0]
        operator = await dashboard.browser(Role.OPERATOR)
        await operator.post("/logout")
        assert (await operator.get("/live")).status_code == 303


async def test_whoever_listens_hears_of_a_change_once(live: Live, ledger: Ledger) -> None:
    async with asyncio.timeout(10):
        heard = live.pulses()
        assert (await anext(heard)).startswith("event: pulse\n")
        await ledger.take_in(a_message())
        while not (told := await anext(heard)).startswith("event: "):
            assert told == ": still here\n\n"
        assert told.startswith("event: pulse\n")
        await heard.aclose()  # type: ignore[attr-defined]  # it is a generator
