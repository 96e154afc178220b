"""The receiver as a process, and strangers with sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from bot.door import BODY_TIMEOUT, HEAD_LIMIT, HEAD_TIMEOUT
from bot.inbound.meta import MetaInbound
from tests.conformance.meta import APP_SECRET, webhook
from tests.events import example_event, signed
from tests.service import Service, service


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path) as running:
        await running.serve()
        yield running


@asynccontextmanager
async def connected(running: Service) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def lives(running: Service) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        return (await client.get(f"http://127.0.0.1:{running.port}/livez")).status_code == 200


async def pour(writer: asyncio.StreamWriter, megabytes: int) -> int:
    """How many were taken before the connection ended."""
    for taken in range(megabytes):
        try:
            writer.write(b"a" * 1_000_000)
            await writer.drain()
        except OSError:
            return taken
    return megabytes


async def is_cut(reader: asyncio.StreamReader) -> bool:
    """Whether the connection ends without an answer."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_an_endless_head_is_cut_off_and_nobody_waits(running: Service) -> None:
    async with connected(running) as (_, writer):
        writer.write(b"POST /webhooks/prelude HTTP/1.1\r\nhost: x\r\nx: ")
        assert await pour(writer, 300) < 300
        assert await lives(running)


async def test_a_head_that_is_too_large_is_400_and_one_that_is_large_passes(running: Service) -> None:
    for size, status in ((HEAD_LIMIT // 2, b"200"), (HEAD_LIMIT + 1000, b"400")):
        async with connected(running) as (reader, writer):
            writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: " + b"a" * size)
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.write(b"\r\n\r\n")
            assert (await reader.read(12)).endswith(status)


async def test_a_head_that_does_not_come_is_waited_for_ten_seconds(running: Service) -> None:
    async with connected(running) as (silent, _), connected(running) as (slow, writer):
        writer.write(b"POST /webhooks/prel")
        began = time.monotonic()
        assert await is_cut(silent)
        assert await is_cut(slow)
        assert HEAD_TIMEOUT.total_seconds() - 1 < time.monotonic() - began < HEAD_TIMEOUT.total_seconds() + 3


async def test_endless_trailers_are_cut_off(running: Service) -> None:
    async with connected(running) as (_, writer):
        writer.write(b"POST /webhooks/prelude HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: ")
        assert await pour(writer, 300) < 300
        assert await lives(running)


async def test_blank_lines_and_bodies_that_nobody_reads_keep_no_connection_open(running: Service) -> None:
    async with connected(running) as (blank, one), connected(running) as (unread, two):
        one.write(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        await blank.readuntil(b"}")
        two.write(b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
        await unread.readuntil(b"Not Found")
        one.write(b"\r\n")
        two.write(b"x")
        for reader in (blank, unread):
            async with asyncio.timeout(BODY_TIMEOUT.total_seconds() + 5):
                await is_cut(reader)  # or refused with a 400: what counts is that it ends
            assert reader.at_eof() or reader.exception()


async def test_a_large_body_and_the_next_request_at_once_are_both_answered(running: Service) -> None:
    body = b"x" * 100_000
    request = b"POST /webhooks/prelude HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    async with connected(running) as (reader, writer):
        writer.write(request + request)
        for _ in range(2):
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 401")


META: Final = """
accounts:
  - name: shop
    number: "+14155550100"
    inbound: {provider: meta, app_secret: env:APP_SECRET, verify_token: env:APP_SECRET, phone_number_id: "100"}
    reply: {provider: meta, access_token: env:APP_SECRET, phone_number_id: "100"}
"""


async def test_a_batch_as_long_as_its_provider_makes_them_comes_through(tmp_path: Path) -> None:
    (tmp_path / "accounts.yaml").write_text(META)
    body = b'{"object": "page", "entry": []}'
    body += b" " * (MetaInbound.BODY_LIMIT - len(body))
    async with service(tmp_path) as running:
        kept = {name: value for name, value in running.settings.items() if "PRELUDE" not in name}
        running.settings = kept | {"AUTOREPLY_ACCOUNTS": str(tmp_path / "accounts.yaml"), "APP_SECRET": APP_SECRET}
        await running.serve()
        url = f"http://127.0.0.1:{running.port}/webhooks/shop"
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.post(url, content=body, headers=dict(webhook(body).headers))
    assert (answer.status_code, answer.json()) == (200, {"result": "ignored_channel"})


async def test_a_connection_is_used_for_many_requests(running: Service) -> None:
    async with connected(running) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")


async def test_a_request_to_speak_another_protocol_is_answered_as_if_it_were_none(running: Service) -> None:
    request = signed(example_event())
    request["headers"] |= {"connection": "upgrade", "upgrade": "websocket"}
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.post(f"http://127.0.0.1:{running.port}/webhooks/prelude", **request)
    assert answer.status_code < 500
