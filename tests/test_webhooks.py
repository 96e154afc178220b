"""The receiver: what it answers to whom, and that no input of any kind makes it answer 5xx but for Redis's sake."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import create_app
from tests.adapters import prelude_inbound
from tests.events import example_event, sign, signed, signing_key
from worker import queue
from worker.connection import connect
from worker.ledger import Ledger, Times
from worker.secret import Secret

PATH = "/webhooks/prelude"


def receiver(ledger: Ledger) -> httpx.AsyncClient:
    app = create_app({"prelude": prelude_inbound()}, ledger)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver")


@pytest.fixture
async def client(ledger: Ledger) -> AsyncIterator[httpx.AsyncClient]:
    async with receiver(ledger) as client:
        yield client


async def test_a_signed_message_is_acknowledged_once_it_is_taken_in(
    client: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    answer = await client.post(PATH, **signed(example_event()))
    assert (answer.status_code, answer.json()) == (200, {"result": "new"})
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == ["prelude_im_01k8aq2zggeyssvt53zgvpx63a"]


async def test_a_message_that_is_delivered_again_is_acknowledged_again(
    client: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    event = example_event()
    waiting = 100
    for _ in range(10):  # a machine that is busy may have it answer 503, and the provider delivers once more
        answers = await asyncio.gather(*(client.post(PATH, **signed(event)) for _ in range(waiting)))
        assert {answer.status_code for answer in answers} <= {200, 503}
        waiting = sum(answer.status_code == 503 for answer in answers)
    assert waiting == 0
    assert await store.llen(queue.QUEUE_KEY) == 1


async def test_an_unsigned_message_is_401_and_leaves_nothing(
    client: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    assert (await client.post(PATH, json=example_event())).status_code == 401
    stranger = signed(example_event(), signing_key("stranger"))
    assert (await client.post(PATH, **stranger)).status_code == 401
    assert await store.keys("*") == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", json.dumps({"id": "evt_1"}).encode()])
async def test_a_signed_body_that_is_no_event_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await client.post(PATH, **signed(body))).status_code == 400


@pytest.mark.parametrize(
    ("change", "counted"),
    [({"type": "transactional.message.delivered"}, "ignored_event"), ({"type": "never.heard.of"}, "ignored_event")],
)
async def test_other_events_are_acknowledged_and_counted(
    client: httpx.AsyncClient, ledger: Ledger, store: redis.asyncio.Redis, change: dict[str, str], counted: str
) -> None:
    assert (await client.post(PATH, **signed(example_event() | change))).status_code == 200
    assert (await ledger.counts())[counted] == 1
    assert await store.llen(queue.QUEUE_KEY) == 0


async def test_other_channels_are_acknowledged_and_counted(client: httpx.AsyncClient, ledger: Ledger) -> None:
    event = example_event()
    event["payload"]["channel"] = "telegram"
    assert (await client.post(PATH, **signed(event))).status_code == 200
    assert await ledger.counts() == {"ignored_channel": 1}


async def test_a_body_over_256_kib_is_413_whether_it_says_so_or_not(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1024

    assert (await client.post(PATH, content=b"x" * (256 * 1024 + 1))).status_code == 413
    assert (await client.post(PATH, content=chunks())).status_code == 413


async def test_the_longest_text_passes(client: httpx.AsyncClient) -> None:
    event = example_event()
    event["payload"]["content"]["text"] = "🎁" * 4096
    assert (await client.post(PATH, **signed(event))).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 405), ("POST", "/", 404), ("POST", PATH + "/x", 404), ("PUT", PATH, 405)],
)
async def test_there_are_no_other_doors(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await client.request(method, path)).status_code == status


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    body=st.binary()
    | st.text().map(str.encode)
    | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()),
    is_signed=st.booleans(),
    header=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0")),
)
async def test_no_input_gets_a_5xx(redis_url: Secret, body: bytes, is_signed: bool, header: str) -> None:
    ledger = Ledger(connect(redis_url, decode=True, connections=2), Times())
    async with receiver(ledger) as client:
        value = sign(body) if is_signed else header
        headers = {b"x-webhook-signature": value.encode("latin-1"), b"content-encoding": header.encode("latin-1")}
        answer = await client.post(PATH, content=body, headers=headers)
        assert answer.status_code in (200, 400, 401)
    await ledger.aclose()


# Redis in trouble


async def test_while_redis_is_away_the_provider_is_asked_to_come_back() -> None:
    ledger = Ledger(connect(Secret("redis://127.0.0.1:1"), decode=True, connections=2), Times())
    async with receiver(ledger) as client:
        answer = await client.post(PATH, **signed(example_event()))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200
    await ledger.aclose()


async def test_while_redis_is_frozen_the_answer_comes_within_two_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        url = Secret(f"redis://127.0.0.1:{frozen.getsockname()[1]}")
        ledger = Ledger(connect(url, decode=True, connections=2), Times())
        async with receiver(ledger) as client:
            began = time.monotonic()
            answers = await asyncio.gather(*(client.post(PATH, **signed(example_event())) for _ in range(10)))
            assert [answer.status_code for answer in answers] == [503] * 10
            assert time.monotonic() - began < 2
        await ledger.aclose()


async def test_while_redis_is_full_nothing_is_acknowledged(
    client: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    assert (await client.post(PATH, **signed(example_event()))).status_code == 200
    event: dict[str, Any] = example_event() | {"id": "evt_2"}
    event["payload"]["message_id"] = "im_2"
    await store.config_set("maxmemory", 1)
    try:
        assert (await client.post(PATH, **signed(event))).status_code == 503
        assert (await client.get("/readyz")).status_code == 503
    finally:
        await store.config_set("maxmemory", 0)
    assert (await client.post(PATH, **signed(event))).json() == {"result": "new"}


async def test_while_redis_is_read_only_nothing_is_acknowledged(
    client: httpx.AsyncClient, store: redis.asyncio.Redis
) -> None:
    await store.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        assert (await client.post(PATH, **signed(example_event()))).status_code == 503
    finally:
        await store.execute_command("REPLICAOF", "NO", "ONE")


async def test_a_receiver_that_can_take_messages_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).status_code == 200
