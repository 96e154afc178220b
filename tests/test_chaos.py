"""kill -9, with real processes: whatever was acknowledged is answered once, and soon."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from bot.sandbox.model import Inbound
from tests.service import Service, service
from tests.stand_in import until
from worker.ledger import State

RECOVERY = 30  # seconds after the last restart


async def keep_alive(
    running: Service, start: Callable[[bool], Awaitable[asyncio.subprocess.Process]], deaths: int
) -> int:
    """Starts a process that kills itself, again and again, and then one that does not. Returns how many died."""
    died = 0
    while True:
        process = await start(died < deaths)
        if died == deaths:
            return died
        assert await process.wait() == -signal.SIGKILL, running.log
        died += 1


async def stream(running: Service, number: int, per_second: float) -> list[Inbound]:
    """Customers who write one after another, whatever happens to the service."""
    messages = []
    for index in range(number):
        messages.append(running.world.receive(f"+1555{index:07}", f"message-{index}"))
        await asyncio.sleep(1 / per_second)
    return messages


async def settle(running: Service, messages: list[Inbound], seconds: float) -> None:
    """Returns once every message has its reply; AssertionError after `seconds`."""
    await until(lambda: all(running.replies(message) for message in messages), seconds)


async def test_every_acknowledged_message_gets_one_reply_though_everything_is_killed_under_a_stream(
    tmp_path: Path,
) -> None:
    """The worker dies between claim and send, the receiver between writing and acknowledging, Redis at any time."""

    async def serve(dying: bool) -> asyncio.subprocess.Process:
        return await running.serve(module="tests.dying" if dying else "bot")

    async def work(dying: bool) -> asyncio.subprocess.Process:
        return await running.work(module="tests.dying" if dying else "bot")

    async def nemesis() -> None:
        for _ in range(3):
            await asyncio.sleep(2)
            await running.kill_redis(down=timedelta(seconds=0.5))

    async with service(tmp_path) as running:
        receivers = asyncio.create_task(keep_alive(running, serve, deaths=3))
        workers = asyncio.create_task(keep_alive(running, work, deaths=3))
        killing = asyncio.create_task(nemesis())
        messages = await stream(running, 250, per_second=30)
        assert await asyncio.wait_for(receivers, 60) == 3
        assert await asyncio.wait_for(workers, 60) == 3
        await killing
        restarted = time.monotonic()
        await until(lambda: all(m.state == "delivered" for m in running.world.conversations.messages), RECOVERY)
        await settle(running, messages, RECOVERY - (time.monotonic() - restarted))
        await asyncio.sleep(2)  # time for a second reply, were there one
        assert {len(running.replies(message)) for message in messages} == {1}
        for message in messages:
            record = await running.record(message)
            assert record is not None
            assert record.state == State.SENT
        states = await running.ledger.states()
        assert sum(states.values()) == len(messages)


async def test_a_worker_killed_while_it_sends_leaves_its_messages_unconfirmed_and_unrepeated(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        worker, _ = await asyncio.gather(running.work(), running.serve())
        running.world.latency = 8
        messages = [running.world.receive(f"+1555000000{n}", "hello") for n in range(5)]
        await until(lambda: running.world.conversations.messages[-1].state == "delivered", RECOVERY)
        end = time.monotonic() + RECOVERY
        while (await running.ledger.states())[State.SENDING] < 5:  # each is on its way
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        worker.kill()
        await worker.wait()
        running.world.latency = 0
        await running.work()
        later = running.world.receive("+15550000009", "hello")
        await settle(running, [later], RECOVERY)
        end = time.monotonic() + RECOVERY
        while (await running.ledger.states())[State.UNCONFIRMED] < 5:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        assert all(len(running.replies(message)) <= 1 for message in messages)


async def test_redis_killed_while_replies_are_under_way_forgets_none_and_repeats_none(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.work(), running.serve())
        running.world.latency = 1.5
        messages = [running.world.receive(f"+1555000000{n}", "hello") for n in range(9)]
        await until(lambda: all(m.state == "delivered" for m in running.world.conversations.messages), 20)
        await asyncio.sleep(0.5)
        await running.kill_redis(down=timedelta(seconds=5))
        await settle(running, messages, 10)
        await asyncio.sleep(1)
        for message in messages:
            record = await running.record(message)
            assert record is not None
            assert (record.state, len(running.replies(message))) == (State.SENT, 1)


async def test_a_frozen_redis_is_outlived(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.work(), running.serve())
        await settle(running, [running.world.receive("+15550000001", "before")], 20)
        assert running.server._process is not None
        server: int = running.server._process.pid
        os.kill(server, signal.SIGSTOP)
        during = running.world.receive("+15550000002", "during")
        await until(lambda: running.world.conversations.messages[-1].state == "retrying", 3)
        await asyncio.sleep(2)
        os.kill(server, signal.SIGCONT)
        await settle(running, [during, running.world.receive("+15550000003", "after")], 10)
        assert len(running.world.conversations.replies) == 3
