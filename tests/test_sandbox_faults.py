"""Trouble on request, as clients see it on a real socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest

from bot.sandbox.courier import trust
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.providers.prelude.errors import SENTENCES
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.stand_in import CUSTOMER, TOKEN, create_world, until

AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


class Business:
    """A client of the sandbox that has something to answer."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.url = url
        message = world.receive(CUSTOMER, "hello")
        self.body = {"to": CUSTOMER, "text": "hello yourself", "reply_to": message.id}

    async def post(self, patience: float = 5.0) -> httpx.Response:
        async with httpx.AsyncClient(timeout=patience, headers=AUTHORIZATION, verify=trust()) as client:
            return await client.post(f"{self.url}/v2/notify/reply", json=self.body)

    @property
    def accepted(self) -> int:
        return len(self.world.conversations.replies)


@asynccontextmanager
async def business(*faults: Fault) -> AsyncIterator[Business]:
    world = create_world()
    world.faults.add(*faults)
    async with serve_sandbox(world) as url:
        yield Business(world, url)


async def test_each_documented_code_can_be_had() -> None:
    async with business() as client:
        for code, sentence in SENTENCES.items():
            client.world.faults.add(Fault(kind="error", code=code))
            response = await client.post()
            assert (response.json()["code"], response.json()["message"]) == (code, sentence)
            assert response.status_code >= 400
        assert client.accepted == 0
        assert (await client.post()).status_code == 200


async def test_a_code_that_no_document_names_can_be_had_too() -> None:
    async with business(Fault(kind="error", code="brand_new", status=418)) as client:
        response = await client.post()
    assert (response.status_code, response.json()["code"]) == (418, "brand_new")


async def test_too_many_requests_come_with_retry_after() -> None:
    async with business(Fault(kind="rate_limit", seconds=2)) as client:
        response = await client.post()
    assert (response.status_code, response.headers["retry-after"]) == (429, "2")


@pytest.mark.parametrize("status", [500, 503])
async def test_a_proxys_page_has_no_code(status: int) -> None:
    async with business(Fault(kind="status", status=status)) as client:
        response = await client.post()
        assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert client.accepted == 0


async def test_a_fault_lasts_as_often_as_it_says() -> None:
    async with business(Fault(kind="status", status=503, count=2), Fault(kind="rate_limit", seconds=1)) as client:
        assert [(await client.post()).status_code for _ in range(4)] == [503, 503, 429, 200]


async def test_a_wrong_token_uses_up_no_fault() -> None:
    async with business(Fault(kind="status", status=503)) as client:
        assert (await _post_without_token(client)).status_code == httpx.codes.UNAUTHORIZED
        assert (await client.post()).status_code == 503


async def _post_without_token(client: Business) -> httpx.Response:
    async with httpx.AsyncClient(verify=trust()) as plain:
        return await plain.post(f"{client.url}/v2/notify/reply", json=client.body)


@pytest.mark.parametrize(("accepts", "replies"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("kind", ["drop", "reset"])
async def test_httpx_sees_the_line_break_whether_the_reply_was_taken_or_not(
    kind: Any, accepts: bool, replies: int
) -> None:
    async with business(Fault(kind=kind, accepts=accepts)) as client:
        with pytest.raises(httpx.RemoteProtocolError if kind == "drop" else httpx.ReadError):
            await client.post()
        assert client.accepted == replies
        assert (await client.post()).status_code == 200


@pytest.mark.parametrize("kind", ["drop", "reset"])
async def test_aiohttp_sees_the_line_break_on_a_connection_in_use(kind: Any) -> None:
    async with business() as client, aiohttp.ClientSession(headers=AUTHORIZATION) as session:
        url = f"{client.url}/v2/notify/reply"
        async with session.post(url, json=client.body) as response:
            assert response.status == 200
        client.world.faults.add(Fault(kind=kind))
        error = aiohttp.ServerDisconnectedError if kind == "drop" else aiohttp.ClientOSError
        with pytest.raises(error):
            await session.post(url, json=client.body)
        assert client.accepted == 2


async def test_nothing_is_heard_before_a_dropped_line_ends() -> None:
    async with business(Fault(kind="drop")) as client:
        host, _, port = client.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = httpx.Request("POST", client.url, json=client.body).content
        head = f"POST /v2/notify/reply HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_hanging_reply_is_taken_at_once_and_answered_late() -> None:
    async with business(Fault(kind="hang", seconds=0.3, count=2)) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(patience=0.1)
        assert client.accepted == 1
        began = time.monotonic()
        assert (await client.post()).status_code == 200
        assert time.monotonic() - began >= 0.3


async def test_a_hang_that_takes_nothing_ends_in_a_gateway_timeout() -> None:
    async with business(Fault(kind="hang", seconds=0.1, accepts=False)) as client:
        assert (await client.post()).status_code == 504
        assert client.accepted == 0


async def test_a_long_hang_does_not_outlive_the_sandbox() -> None:
    began = time.monotonic()
    async with business(Fault(kind="hang", seconds=600)) as client:
        waiting = asyncio.create_task(client.post())
        await until(lambda: client.accepted)
    assert (await waiting).status_code == 200
    assert time.monotonic() - began < 2.5


async def test_garbage_is_a_200_that_cannot_be_read() -> None:
    async with business(Fault(kind="garbage")) as client:
        response = await client.post()
        assert (response.status_code, client.accepted) == (200, 1)
        with pytest.raises(json.JSONDecodeError):
            response.json()


async def test_latency_slows_each_reply_before_it_is_looked_at() -> None:
    async with business() as client:
        client.world.latency = 0.2
        with pytest.raises(httpx.ReadTimeout):
            await client.post(patience=0.1)
        assert client.accepted == 0
        began = time.monotonic()
        assert (await client.post()).status_code == 200
        assert time.monotonic() - began >= 0.2


def test_the_queue_goes_in_order_and_can_be_emptied() -> None:
    faults = Faults()
    faults.add(Fault(kind="drop", count=2), Fault(kind="hang", seconds=1, accepts=False))
    assert [fault.kind for fault in (faults.take(), faults.take(), faults.take()) if fault] == ["drop", "drop", "hang"]
    assert faults.take() is None
    faults.add(Fault(kind="garbage"))
    faults.clear()
    assert faults.as_json() == []
