"""Processes in trouble: stopped under load, frozen, out of file descriptors, or killed by a message."""

from __future__ import annotations

import asyncio
import os
import pty
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bot.sandbox.model import Inbound
from tests.events import example_event, signed
from tests.service import Service, service
from tests.stand_in import until
from worker.ledger import State

SLOW: Final = 30  # seconds that a busy machine may take
RESTARTS: Final = int(os.environ.get("AUTOREPLY_RESTARTS", "2"))  # 200 take five minutes


async def answered(running: Service, *messages: Inbound) -> None:
    """Each of them, once."""
    await until(lambda: all(running.replies(message) for message in messages), SLOW)
    await asyncio.sleep(0.5)  # time for a second reply, were there one
    assert [len(running.replies(message)) for message in messages] == [1] * len(messages)


async def in_state(running: Service, state: State, number: int) -> None:
    async with asyncio.timeout(SLOW):
        while (await running.ledger.states())[state] < number:
            await asyncio.sleep(0.02)


def people(running: Service, number: int) -> list[Inbound]:
    return [running.world.receive(f"+1555000{n:04}", "hello") for n in range(number)]


def children(pid: int) -> dict[int, str]:
    """The worker processes of a parent."""
    found = {int(each): Path(f"/proc/{each}/cmdline").read_text() for each in _children(pid)}
    return {each: line for each, line in found.items() if "spawn_main" in line}


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


# Stopped


async def test_a_receiver_that_is_stopped_answers_what_it_has_begun_to_read_and_takes_nothing_new(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        receiver = await running.serve()
        halves = [await half_a_webhook(running.port, number) for number in range(20)]
        receiver.send_signal(signal.SIGTERM)
        await until(lambda: not listens(running.port), SLOW)
        for reader, writer, rest in halves:
            writer.write(rest)
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
            writer.close()
        assert await asyncio.wait_for(receiver.wait(), SLOW) in (0, -signal.SIGTERM)
        assert (await running.ledger.states())[State.QUEUED] == 20


async def half_a_webhook(port: int, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """A request that the receiver has begun to read, and what is left of it."""
    event = example_event() | {"id": f"evt_{number}"}
    event["payload"] |= {"message_id": f"im_{number}", "from": f"+1555000{number:04}"}
    request = signed(event)
    headers = {"host": "x", "content-length": str(len(request["content"])), "expect": "100-continue"}
    lines = [f"{name}: {value}\r\n" for name, value in (headers | request["headers"]).items()]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST /webhooks/prelude HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    writer.write(request["content"][:100])
    return reader, writer, request["content"][100:]


def listens(port: int) -> bool:

    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def test_workers_that_are_stopped_again_and_again_under_load_lose_no_message_and_repeat_none(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        await running.serve()
        running.world.latency = 0.05
        messages: list[Inbound] = []

        async def talk() -> None:
            while True:
                messages.append(running.world.receive(f"+1555{len(messages):07}", "hello"))
                await asyncio.sleep(0.02)

        talking = asyncio.create_task(talk())
        for restart in range(RESTARTS):
            worker = await running.work()
            done = len(running.world.conversations.replies)
            await until(lambda done=done: len(running.world.conversations.replies) > done + 10, SLOW)  # type: ignore[misc]
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(worker.wait(), SLOW) == 0, restart
        talking.cancel()
        await running.work()
        await answered(running, *messages)


async def test_a_signal_to_the_parent_and_its_workers_at_once_lets_them_finish_what_is_under_way(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        parent, _ = await asyncio.gather(running.work("--processes", "2", "--concurrency", "4"), running.serve())
        await until(lambda: running.log.count("worker_starts") == 2, SLOW)
        running.world.latency = 2
        messages = people(running, 6)
        await in_state(running, State.SENDING, 6)
        for pid in (parent.pid, *children(parent.pid)):
            os.kill(pid, signal.SIGTERM)
        assert await asyncio.wait_for(parent.wait(), SLOW) == 0
        assert [len(running.replies(message)) for message in messages] == [1] * 6
        assert (await running.ledger.states())[State.SENT] == 6


# Frozen


async def test_while_a_worker_with_its_sweeper_is_frozen_another_does_its_work_and_thawed_it_repeats_nothing(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        frozen, _ = await asyncio.gather(running.work(), running.serve())
        await answered(running, *people(running, 3))
        frozen.send_signal(signal.SIGSTOP)
        during = [running.world.receive(f"+1555100{n:04}", "hello") for n in range(20)]  # its blocked pop gets one
        await running.work()
        await answered(running, *during)
        frozen.send_signal(signal.SIGCONT)
        after = [running.world.receive(f"+1555200{n:04}", "hello") for n in range(20)]
        await answered(running, *during, *after)
        assert frozen.returncode is None


# Without file descriptors. A limit on processes would not hold for root; starting one needs descriptors, too.


def room_for(pid: int, more: int) -> Callable[[], None]:
    """Leaves a process so many file descriptors; what is given takes the limit away."""
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + more, usual[1]))
    return lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, usual) and None


def busy_seconds(pid: int) -> float:
    """Of the processor's time, that it has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_a_receiver_without_file_descriptors_does_not_spin_and_takes_messages_when_it_has_some(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        receiver, _ = await asyncio.gather(running.serve(), running.work())
        await answered(running, *people(running, 1))
        give_back = room_for(receiver.pid, 5)
        with ExitStack() as strangers:
            for _ in range(20):
                _, writer = await asyncio.open_connection("127.0.0.1", running.port)
                strangers.callback(writer.close)
            during = running.world.receive("+15551000000", "hello")
            busy = busy_seconds(receiver.pid)
            await asyncio.sleep(2)
            assert busy_seconds(receiver.pid) - busy < 1
        give_back()
        await answered(running, during)
        assert receiver.returncode is None


async def test_a_worker_without_file_descriptors_tries_again_and_sends_when_it_has_some(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        worker, _ = await asyncio.gather(running.work(), running.serve())
        await until(lambda: "worker_starts" in running.log, SLOW)
        await asyncio.sleep(1)  # it has some connections to Redis, and none to the provider
        give_back = room_for(worker.pid, 0)
        busy = busy_seconds(worker.pid)
        (message,) = people(running, 1)
        await until(lambda: '"job_dropped"' in running.log, SLOW)
        await asyncio.sleep(2)
        assert busy_seconds(worker.pid) - busy < 1
        give_back()
        await answered(running, message)
        assert worker.returncode is None


async def test_a_parent_that_cannot_start_a_worker_says_so_and_starts_one_when_it_can(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        parent = await running.work("--processes", "2")
        await until(lambda: running.log.count("worker_starts") == 2, SLOW)
        give_back = room_for(parent.pid, 0)
        os.kill(next(iter(children(parent.pid))), signal.SIGKILL)
        await until(lambda: "worker_not_started" in running.log, SLOW)
        give_back()
        await until(lambda: running.log.count("worker_starts") == 3, SLOW)
        assert '"exit_code":-9' in running.log
        parent.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(parent.wait(), SLOW) == 0


# Of no importance


async def test_killing_who_only_looks_on_has_no_effect_on_replies(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.work(), running.serve())
        ours, theirs = pty.openpty()
        status = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "status", env=os.environ | running.settings, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        assert await asyncio.wait_for(asyncio.to_thread(os.read, ours, 1), SLOW)  # it looks
        status.kill()
        await status.wait()
        os.close(ours)
        await answered(running, *people(running, 3))
