"""A server that is nearly full or far behind is given no more, and drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
import redis.asyncio

from bot.app import create_app
from tests.adapters import prelude_inbound
from tests.conftest import a_message
from tests.events import example_event, signed
from tests.ledgers import ACCOUNTS
from worker.ledger import DeliveryEvent, Ledger

PATH = "/webhooks/prelude"


@asynccontextmanager
async def receiver(ledger: Ledger, shed_after: timedelta | None = None) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app({"prelude": prelude_inbound()}, ledger, shed_after=shed_after)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client,
    ):
        yield client


async def until(answers: Callable[[], Awaitable[httpx.Response]], status: int) -> httpx.Response:
    async with asyncio.timeout(10):
        while (answer := await answers()).status_code != status:
            await asyncio.sleep(0.05)
        return answer


@pytest.fixture
async def filling(store: redis.asyncio.Redis) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Makes the server nearly full."""

    async def fill() -> None:
        await store.set("padding", "x" * 50_000_000)
        used = (await store.info("memory"))["used_memory"]
        await store.config_set("maxmemory", int(used / 0.85))

    yield fill
    await store.config_set("maxmemory", 0)


async def test_a_server_that_is_nearly_full_takes_no_more_messages_and_its_workers_drain(
    ledger: Ledger, store: redis.asyncio.Redis, filling: Callable[[], Awaitable[None]]
) -> None:
    await ledger.take_in(a_message())
    await filling()
    async with receiver(ledger) as client:
        refused = await until(lambda: client.get("/readyz"), 503)
        assert refused.headers["retry-after"]
        answer = await client.post(PATH, **signed(example_event()))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert await ledger.claim("a", ACCOUNTS) is not None
        assert await ledger.deliver(DeliveryEvent("prelude_never", 1, "sent")) == "unknown"
        await store.delete("padding")
        await until(lambda: client.get("/readyz"), 200)
        assert (await client.post(PATH, **signed(example_event()))).status_code == 200


async def test_a_backlog_that_is_too_old_is_let_grow_no_more(ledger: Ledger) -> None:
    await ledger.take_in(a_message())
    async with receiver(ledger, shed_after=timedelta(milliseconds=10)) as client:
        await until(lambda: client.get("/readyz"), 503)
        assert (await client.post(PATH, **signed(example_event()))).status_code == 503
        assert await ledger.claim("a", ACCOUNTS) is not None
        await until(lambda: client.get("/readyz"), 200)


async def test_without_a_limit_a_backlog_may_be_of_any_age(ledger: Ledger) -> None:
    await ledger.take_in(a_message())
    async with receiver(ledger) as client:
        await asyncio.sleep(1.2)
        assert (await client.get("/readyz")).status_code == 200
