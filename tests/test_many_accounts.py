"""Several accounts in one service, each through its own provider's sandbox and by its own book."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import yaml

from bot.demo.embedded import free_port
from bot.sandbox.courier import Patience
from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound
from bot.sandbox.provider import Provider
from bot.sandbox.providers import PROVIDERS
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.service import Service, service
from tests.stand_in import until

PATIENCE: Final = Patience(first=timedelta(seconds=0.2), longest=timedelta(seconds=2))
BOOK: Final = "version: 1\nrules: [{{name: hello, when: anything, reply: This is {0}.}}]\n"
HANGING: Final = 30  # seconds


@dataclass
class Business:
    """One account, seen from outside."""

    name: str
    writes_to: World  # whose customers write
    answered_by: World  # whose API is asked to reply; another, where the provider has no webhooks

    def write(self, number: int) -> Inbound:
        sender = f"+1415555{number:04}"
        if self.answered_by is not self.writes_to:
            self.answered_by.receive(sender, "hello")
        return self.writes_to.receive(sender, "hello")

    def latencies(self, messages: list[Inbound]) -> list[float]:
        """Seconds from each message to its reply; fewer than messages, while some wait."""
        replies = {reply.to: reply.at for reply in self.answered_by.conversations.replies}
        return [(replies[each.sender] - each.at) / 1e9 for each in messages if each.sender in replies]

    def said(self) -> set[str]:
        return {reply.text for reply in self.answered_by.conversations.replies}


@asynccontextmanager
async def businesses(folder: Path) -> AsyncIterator[tuple[Service, dict[str, Business]]]:
    """One at each provider that the sandbox plays, in one service that is up."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(service(folder))
        found: dict[str, Business] = {}
        accounts: list[dict[str, Any]] = []
        for index, (name, kind) in enumerate(PROVIDERS.items()):
            number = f"+1415555{9000 + index}"
            webhook_url = f"http://127.0.0.1:{running.port}/webhooks/{name}"
            player = kind.create(f"token-of-{name}", folder / f"{name}.pem")
            worlds = [await _world(stack, player, webhook_url, number)]
            sections = player.sections(worlds[0][1])
            inbound = sections.inbound
            if inbound is None:  # no webhooks of its own: Prelude's bring its messages
                ears = PROVIDERS["prelude"].create("unused", folder / f"{name}-ears.pem")
                worlds.insert(0, await _world(stack, ears, webhook_url, number))
                heard = ears.sections(worlds[0][1])
                inbound = {"provider": "prelude", "webhook_keys": f"env:{name.upper()}_EARS"}
                running.settings[f"{name.upper()}_EARS"] = heard.secrets["PRELUDE_WEBHOOK_KEYS"]
            running.settings |= sections.secrets
            (folder / f"{name}.yaml").write_text(BOOK.format(name))
            # Mojeeb's usual limit is one a second, and would be all that is measured.
            entry: dict[str, Any] = {"name": name, "number": number, "book": f"{name}.yaml", "max_per_second": "50"}
            entry["inbound"] = dict(inbound)
            accounts.append(entry | {"reply": dict(sections.reply)})
            found[name] = Business(name, worlds[0][0], worlds[-1][0])
        (folder / "accounts.yaml").write_text(yaml.safe_dump({"accounts": accounts}))
        for setting in [name for name in running.settings if name.startswith(("AUTOREPLY_PRELUDE", "AUTOREPLY_BOOK"))]:
            del running.settings[setting]
        running.settings["AUTOREPLY_ACCOUNTS"] = str(folder / "accounts.yaml")
        running.settings["AUTOREPLY_PUBLIC_URL"] = f"http://127.0.0.1:{running.port}"
        await running.serve()
        await running.work()
        yield running, found


async def _world(stack: AsyncExitStack, player: Provider, webhook_url: str, number: str) -> tuple[World, str]:
    world = World(player, webhook_url=webhook_url, business_number=number, patience=PATIENCE)
    return world, await stack.enter_async_context(serve_sandbox(world, port=free_port()))


async def write_to_all(found: dict[str, Business], first: int, count: int) -> dict[str, list[Inbound]]:
    written: dict[str, list[Inbound]] = {name: [] for name in found}
    for number in range(first, first + count):
        for name, business in found.items():
            written[name].append(business.write(number))
        await asyncio.sleep(0.1)
    return written


async def test_each_account_answers_by_its_own_book_while_one_provider_hangs(tmp_path: Path) -> None:
    async with businesses(tmp_path) as (running, found):
        await write_to_all(found, 500, 3)
        await until(lambda: all(business.said() for business in found.values()), 60)
        well = await write_to_all(found, 0, 10)
        await until(lambda: all(len(found[name].latencies(well[name])) == 10 for name in found), 60)
        for name, business in found.items():
            assert business.said() == {f"This is {name}."}, running.log

        hanging = found["prelude"]
        hanging.answered_by.faults.add(Fault(kind="hang", seconds=HANGING, accepts=False, count=1000))
        ill = await write_to_all(found, 100, 30)
        others = [name for name in found if name != "prelude"]
        await until(lambda: all(len(found[name].latencies(ill[name])) == 30 for name in others), HANGING - 5)
        assert hanging.latencies(ill["prelude"]) == []
        for name in others:
            before, after = (median(found[name].latencies(each[name])) for each in (well, ill))
            print(f"{name}: {before * 1000:.0f} ms, and {after * 1000:.0f} ms while prelude hangs")  # noqa: T201
            assert after < before + 1, name  # waiting for the hang would be tens of seconds, and a busy machine is none
