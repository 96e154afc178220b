"""What a worker's process does besides its work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.sandbox.providers.twilio import Twilio
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.conformance.channel import SECRET
from tests.conftest import a_message
from tests.stand_in import NOWHERE, until
from worker.ledger import Ledger
from worker.process import _beside, put_together
from worker.secret import Secret
from worker.settings import Role, Settings


async def test_a_fault_in_what_runs_beside_stops_the_process_and_is_its_end() -> None:
    async def fault() -> None:
        raise ZeroDivisionError

    async def endless() -> None:
        await asyncio.Event().wait()

    before, stop = asyncio.all_tasks(), asyncio.Event()
    with pytest.raises(ZeroDivisionError):
        async with _beside(stop, endless(), fault()):
            await until(stop.is_set)
    assert asyncio.all_tasks() == before


async def test_what_runs_beside_ends_with_the_work() -> None:
    before = asyncio.all_tasks()
    async with _beside(asyncio.Event(), asyncio.sleep(60)):
        pass
    assert asyncio.all_tasks() == before


async def test_what_misses_that_it_was_cancelled_is_cancelled_again() -> None:
    """As a client does that takes it for a fault of its own line."""
    cancelled = 0

    async def deaf() -> None:
        nonlocal cancelled
        while cancelled < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1

    async with _beside(asyncio.Event(), deaf(), patience=timedelta(milliseconds=50)):
        await asyncio.sleep(0)
    assert cancelled == 2


@pytest.mark.parametrize(
    ("inbound", "asks"),
    [
        ({"provider": "twilio", "auth_tokens": "env:TWILIO_AUTH_TOKEN"}, True),
        ({"provider": "webhook", "secrets": "env:SECRET"}, False),
    ],
)
async def test_events_are_asked_for_where_the_account_can_believe_them(
    tmp_path: Path, redis_url: Secret, ledger: Ledger, inbound: Mapping[str, str], asks: bool
) -> None:
    world = World(Twilio("a-token"), webhook_url=NOWHERE, business_number="+14155550100")
    async with serve_sandbox(world) as url:
        sections = world.provider.sections(url)
        entry = {"name": "prelude", "number": "+14155550100", "book": "book.yaml", "inbound": dict(inbound)}
        accounts = {"accounts": [entry | {"reply": dict(sections.reply)}]}
        (tmp_path / "accounts.yaml").write_text(yaml.safe_dump(accounts))
        (tmp_path / "book.yaml").write_text("version: 1\nrules: [{name: hello, when: {any: [hello]}, reply: Hi!}]")
        environment = {
            **sections.secrets,
            "SECRET": SECRET,
            "AUTOREPLY_REDIS_URL": redis_url.reveal(),
            "AUTOREPLY_ACCOUNTS": str(tmp_path / "accounts.yaml"),
            "AUTOREPLY_PUBLIC_URL": "https://bot.example.com",
        }
        async with put_together(Settings.from_environment(environment, Role.WORKER), ledger, concurrency=4) as worker:
            stop = asyncio.Event()
            working = asyncio.create_task(worker.run(stop))
            await ledger.take_in(a_message(sender="+33612345678"))
            await until(lambda: bool(world.conversations.replies), 20)
            stop.set()
            await working
    (reply,) = world.conversations.replies
    assert (reply.callback_url is not None) is asks
