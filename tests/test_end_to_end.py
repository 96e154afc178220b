"""The product, in real processes: a webhook goes in, the provider gets the reply."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import redis.asyncio
import yaml
from jsonschema import Draft202012Validator

from bot.demo.embedded import free_port
from bot.inbound import rfc3339
from bot.sandbox.model import Inbound
from bot.sandbox.providers.prelude import Prelude
from tests.events import example_event, signed
from tests.service import Service, service
from tests.stand_in import until
from worker.ledger import State


def known(running: Service, event: dict[str, Any]) -> Inbound:
    """Makes the sandbox know a message that the test delivers itself."""
    payload = event["payload"]
    moments = [rfc3339.parse(text) for text in (event["created_at"], payload["conversation"]["window_expires_at"])]
    at, expires_at = (int(moment.timestamp() * 1e9) for moment in moments)
    message = Inbound(
        payload["message_id"], event["id"], payload["from"], payload["to"], payload["content"]["text"], at, expires_at
    )
    running.world.conversations.put(message)
    return message


async def ended(running: Service, message: Inbound, state: State, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while (record := await running.record(message)) is None or record.state != state:
        assert time.monotonic() < end, f"{record and record.state} {record and record.reason}"
        await asyncio.sleep(0.05)


async def test_preludes_own_example_posted_a_hundred_times_at_once_gets_one_reply(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.serve(), running.work())
        event = example_event()
        message = known(running, event)
        url = f"http://127.0.0.1:{running.port}/webhooks/prelude"
        async with httpx.AsyncClient(timeout=10) as client:
            answers = await asyncio.gather(*(client.post(url, **signed(event)) for _ in range(100)))
        assert [answer.status_code for answer in answers] == [200] * 100
        await ended(running, message, State.SENT)
        await asyncio.sleep(1)
        (reply,) = running.world.conversations.replies
        assert (reply.text, reply.reply_to, reply.to) == (
            "You wrote Hi,.",
            message.id,
            message.sender,
        )


async def test_the_workers_request_is_the_one_of_preludes_openapi(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        running.settings["AUTOREPLY_PUBLIC_URL"] = f"http://127.0.0.1:{running.port}"
        await asyncio.gather(running.serve(), running.work())
        message = running.world.receive("+33612345678", "hello")
        await ended(running, message, State.DELIVERED)
        (reply,) = running.replies(message)
        assert reply.callback_url == f"http://127.0.0.1:{running.port}/webhooks/prelude"
        api = yaml.safe_load((files("bot.sandbox.providers.prelude") / "prelude.yaml").read_text())
        schema = {"$ref": "#/components/schemas/SendNotifyReplyRequest", "components": api["components"]}
        Draft202012Validator(schema).validate(dict(reply.request))
        assert set(reply.request) == set(api["components"]["schemas"]["SendNotifyReplyRequest"]["properties"])


async def test_an_event_whose_window_is_over_is_never_sent(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.serve(), running.work())
        late = running.world.receive("+33612345678", "hello", window=timedelta(seconds=-1))
        await ended(running, late, State.WINDOW_CLOSED)
        soon = running.world.receive("+33612345679", "hello", window=timedelta(seconds=2))  # within the margin
        await ended(running, soon, State.WINDOW_CLOSED)
        assert running.world.conversations.replies == []


async def test_an_event_whose_window_closes_while_the_provider_is_down_is_never_sent(tmp_path: Path) -> None:
    async with service(tmp_path, provider=f"http://127.0.0.1:{free_port()}") as running:
        await asyncio.gather(running.serve(), running.work())
        await until(lambda: "worker_starts" in running.log, 20)
        message = running.world.receive("+33612345678", "hello", window=timedelta(seconds=6))
        await ended(running, message, State.WINDOW_CLOSED)
        record = await running.record(message)
        assert record is not None
        assert record.attempt >= 1
        assert record.changed_at < record.message.window_expires_at + timedelta(seconds=5)
        assert running.world.conversations.replies == []


async def test_sigterm_lets_a_worker_finish_what_is_under_way(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        worker, _ = await asyncio.gather(running.work(), running.serve())
        running.world.latency = 2
        messages = [running.world.receive(f"+3361234567{n}", "hello") for n in range(5)]
        for message in messages:
            await ended(running, message, State.SENDING)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 20) == 0
        for message in messages:
            await ended(running, message, State.SENT, seconds=1)
            assert len(running.replies(message)) == 1


async def test_several_processes_share_the_work_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        worker = await running.work("--processes", "2", "--concurrency", "4")
        await running.serve(more=("--processes", "2"))
        await until(lambda: running.log.count("worker_starts") == 2, 20)
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        names = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
        victim = next(int(pid) for pid, name in names.items() if "spawn_main" in name)
        os.kill(victim, signal.SIGKILL)
        await until(lambda: running.log.count("worker_starts") == 3, 20)
        messages = [running.world.receive(f"+336123456{n:02}", "hello") for n in range(40)]
        for message in messages:
            await ended(running, message, State.SENT)
        assert len(running.world.conversations.replies) == 40
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 20) == 0


async def test_nothing_personal_or_secret_is_logged_or_shown_to_rq(tmp_path: Path) -> None:
    """A canary text, number and token, through everything, errors included, and then a search of all that is left."""
    async with service(tmp_path) as running:
        canaries = ("CANARYTEXT", "+15557654321", "15557654321", "tokenCANARYTOKEN")
        prelude = running.world.provider
        assert isinstance(prelude, Prelude)
        prelude.api_token = canaries[3]
        running.settings["AUTOREPLY_PRELUDE_API_TOKEN"] = canaries[3]
        await asyncio.gather(running.serve(), running.work())
        running.world.latency = 0.3
        messages = [running.world.receive(canaries[1], f"{canaries[0]} {n}") for n in range(3)]
        job = await job_of(running, messages[0])
        for message in messages:
            await ended(running, message, State.SENT)
        stored = await everything_stored(running.ledger._redis)
        assert canaries[0] in stored  # the message, until it expires
        assert canaries[3] not in stored
        url = f"http://127.0.0.1:{running.port}/webhooks/prelude"
        broken = json.dumps({"id": canaries[0], "payload": {"from": canaries[1]}}).encode()
        async with httpx.AsyncClient() as client:
            assert (await client.post(url, **signed(broken))).status_code == 400
            assert (await client.post(url, content=broken)).status_code == 401
        running.server.terminate()
        async with httpx.AsyncClient() as client:
            assert (await client.post(url, **signed(example_event()))).status_code == 503
        await asyncio.to_thread(running.server.start)
        everything = running.log + json.dumps(job)
        assert "sent" in running.log
        assert job["description"] == "answer a message"
        assert [canary for canary in canaries if canary in everything] == []


async def job_of(running: Service, message: Inbound) -> dict[str, str]:
    """RQ's record of the message's job, which is gone when the job is done."""
    key = f"rq:job:prelude_{message.id}"
    while not (job := await running.ledger._redis.hgetall(key)):
        await asyncio.sleep(0.005)
    return {str(name): str(value) for name, value in job.items()}


async def everything_stored(store: redis.asyncio.Redis) -> str:
    """All that is in Redis, as text."""
    found = []
    for key in map(str, await store.keys("*")):
        match await store.type(key):
            case "hash":
                found.append(str(await store.hgetall(key)))
            case "zset":
                found.append(str(await store.zrange(key, 0, -1)))
            case "set":
                found.append(str(await store.smembers(key)))
            case "list":
                found.append(str(await store.lrange(key, 0, -1)))
            case "stream":
                found.append(str(await store.xrange(key)))
            case _:
                found.append(str(await store.get(key)))
        found.append(key)
    return "\n".join(found)
