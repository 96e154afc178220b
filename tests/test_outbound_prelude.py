"""Sending through Prelude: its error table, and what the wire can do to a request."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tests.adapters import prelude_sender
from worker.outbound import Answer, Outcome, Reply
from worker.outbound.prelude import CODES, PreludeSender, payload
from worker.outbound.wire import Client, retry_after

REPLY = Reply("+33612345678", "Hi!", "im_1", "prelude_im_1_1", "https://bot.example.com/webhooks/prelude")
ALLOWED = timedelta(seconds=5)


def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> PreludeSender:
    """A provider that gives one answer to everything."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers))
    return PreludeSender(Client("http://provider", {}, transport))


def error(code: str) -> bytes:
    return json.dumps({"code": code, "message": "m", "type": "t", "request_id": "req_1"}).encode()


async def test_the_request_is_the_one_that_prelude_documents() -> None:
    seen: list[httpx.Request] = []

    def provider(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "tx_1"})

    client = Client("http://provider", {"authorization": "Bearer t"}, httpx.MockTransport(provider))
    await PreludeSender(client).send(REPLY, ALLOWED)
    (request,) = seen
    assert (request.method, request.url.path, request.headers["authorization"]) == (
        "POST",
        "/v2/notify/reply",
        "Bearer t",
    )
    assert json.loads(request.content) == {
        "to": "+33612345678",
        "text": "Hi!",
        "reply_to": "im_1",
        "correlation_id": "prelude_im_1_1",
        "callback_url": "https://bot.example.com/webhooks/prelude",
    }


def test_without_a_callback_url_none_is_sent() -> None:
    assert "callback_url" not in payload(Reply("+1", "t", "im_1", "c"))


async def test_an_accepted_reply_brings_the_providers_id() -> None:
    outcome = await answering(200, b'{"id": "tx_1", "to": "+33612345678"}').send(REPLY, ALLOWED)
    assert outcome == Outcome(Answer.ACCEPTED, "accepted", 200, provider_id="tx_1")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("window_expired", Answer.WINDOW),
        ("invalid_reply_context", Answer.PERMANENT),
        ("phone_number_mismatch", Answer.PERMANENT),
        ("missing_text", Answer.PERMANENT),
        ("invalid_phone_number", Answer.PERMANENT),
        ("insufficient_balance", Answer.CONFIG),
        ("invalid_api_token", Answer.CONFIG),
        ("invalid_locale", Answer.CONFIG),
        ("invalid_date_format", Answer.CONFIG),
        ("expires_at_in_past", Answer.CONFIG),
        ("expires_at_too_far_in_future", Answer.CONFIG),
        ("internal", Answer.RETRY),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_the_code_decides_whatever_the_status(code: str, answer: Answer, status: int) -> None:
    outcome = await answering(status, error(code)).send(REPLY, ALLOWED)
    assert outcome == Outcome(answer, code, status, request_id="req_1")


@pytest.mark.parametrize(
    ("status", "body", "answer", "code"),
    [
        (429, error("rate_limited"), Answer.RETRY, "rate_limited"),
        (429, b"", Answer.RETRY, "http_429"),
        (409, b"<html>", Answer.RETRY, "http_409"),
        (401, b"", Answer.CONFIG, "http_401"),
        (402, b"", Answer.CONFIG, "http_402"),
        (403, error("never_seen"), Answer.CONFIG, "never_seen"),
        (400, error("never_seen"), Answer.PERMANENT, "never_seen"),
        (404, error("never_seen"), Answer.PERMANENT, "never_seen"),
        (404, b"<html>not here</html>", Answer.CONFIG, "http_404"),
        (301, b"", Answer.CONFIG, "http_301"),
        (408, b"", Answer.AMBIGUOUS, "http_408"),
        (500, b"<html>oops</html>", Answer.AMBIGUOUS, "http_500"),
        (503, b"\xff\x00", Answer.AMBIGUOUS, "http_503"),
        (504, error("never_seen"), Answer.AMBIGUOUS, "never_seen"),
        (200, b"<html>ok</html>", Answer.AMBIGUOUS, "unreadable_answer"),
        (200, b"{}", Answer.AMBIGUOUS, "unreadable_answer"),
        (204, b"", Answer.AMBIGUOUS, "unreadable_answer"),
        (200, b'{"id": "' + b"x" * 100_000 + b'"}', Answer.AMBIGUOUS, "unreadable_answer"),
        (400, error("line\nbreak"), Answer.PERMANENT, "linebreak"),
    ],
)
async def test_where_the_code_says_nothing_the_status_decides(
    status: int, body: bytes, answer: Answer, code: str
) -> None:
    outcome = await answering(status, body).send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.code, outcome.status) == (answer, code, status)


def test_nothing_in_the_table_is_ambiguous_or_accepted() -> None:
    assert not {Answer.AMBIGUOUS, Answer.ACCEPTED} & set(CODES.values())


async def test_retry_after_is_read() -> None:
    outcome = await answering(429, b"", {"retry-after": "7"}).send(REPLY, ALLOWED)
    assert outcome.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        ("999999999999", 3600),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
    ],
)
def test_retry_after_in_seconds(value: str, seconds: int | None) -> None:
    wait = retry_after({"retry-after": value}, time.time())
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_retry_after_as_a_date() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    headers = {"retry-after": format_datetime(now + timedelta(seconds=90), usegmt=True)}
    assert retry_after(headers, now.timestamp()) == timedelta(seconds=90)
    assert retry_after(headers, now.timestamp() + 3600) == timedelta(0)


# The wire, with real sockets and the client that the worker uses

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def provider(serve: Serve) -> AsyncIterator[PreludeSender]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sender = prelude_sender(f"http://127.0.0.1:{port}", connections=4)
    try:
        yield sender
    finally:
        await sender.aclose()
        server.close()
        await server.wait_closed()


async def request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    await reader.readexactly(length)


OK = b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"id":"tx_1"}'


async def test_a_reply_over_a_real_socket_is_accepted() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(OK)
        await writer.drain()

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.ACCEPTED


async def test_an_answer_that_is_packed_though_nobody_asked_for_it_is_read() -> None:
    packed = gzip.compress(b'{"id":"tx_1"}')

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed)
        await writer.drain()

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).provider_id == "tx_1"


async def test_a_refused_connection_may_be_tried_again() -> None:
    sender = prelude_sender("http://127.0.0.1:1", connections=1)
    assert (await sender.send(REPLY, ALLOWED)).answer is Answer.RETRY
    await sender.aclose()


async def test_a_host_that_does_not_exist_may_be_tried_again() -> None:
    sender = prelude_sender("http://provider.invalid", connections=1)
    assert (await sender.send(REPLY, ALLOWED)).answer is Answer.RETRY
    await sender.aclose()


async def test_a_host_that_speaks_no_tls_may_be_tried_again() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"what?")
        await writer.drain()

    async with provider(serve) as plain:
        address = plain._client.base_url.replace("http://", "https://")
        sender = prelude_sender(address, connections=1)
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.RETRY
        await sender.aclose()


async def test_a_connection_that_breaks_after_the_request_is_ambiguous() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)

    async with provider(serve) as sender:
        assert await sender.send(REPLY, ALLOWED) == Outcome(Answer.AMBIGUOUS, "ServerDisconnectedError")


async def test_a_connection_that_is_reset_after_the_request_is_ambiguous() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.transport.abort()

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.AMBIGUOUS


async def test_a_connection_that_breaks_when_it_is_used_again_is_ambiguous() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(OK)
        await writer.drain()
        await request(reader)

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.ACCEPTED
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.AMBIGUOUS


async def test_a_body_that_breaks_off_is_ambiguous() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(OK[:-3])
        await writer.drain()

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.AMBIGUOUS


async def test_an_answer_that_is_no_http_is_ambiguous() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.AMBIGUOUS


async def test_a_provider_that_hangs_costs_no_more_than_was_allowed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await reader.read()

    async with provider(serve) as sender:
        began = time.monotonic()
        assert await sender.send(REPLY, timedelta(seconds=0.4)) == Outcome(Answer.AMBIGUOUS, "timeout")
        assert time.monotonic() - began < 1


async def test_a_provider_that_drips_costs_no_more_than_was_allowed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(20):
            writer.write(b" ")
            await asyncio.sleep(0.1)

    async with provider(serve) as sender:
        assert (await sender.send(REPLY, timedelta(seconds=0.5))).code == "timeout"


async def test_an_endless_answer_is_read_no_further_than_it_may_be() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            while True:
                writer.write(b"x" * 10_000)
                await writer.drain()

    async with provider(serve) as sender:
        outcome = await sender.send(REPLY, timedelta(seconds=30))
        assert (outcome.answer, outcome.code) == (Answer.AMBIGUOUS, "unreadable_answer")
