"""The whole service in one process that dies at a named point: `live`, for a child process to run.

A point is a side (`before` or `after`) and a step: one of the ledger's scripts, or a request to the provider. The
points that are passed are written to a file: so they are enumerated, and none that somebody adds can be left out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uvicorn
from redis.asyncio import Redis

from bot.app import create_app
from bot.inbound.providers import open_inbound
from rules import load
from worker import connection, log
from worker.account_file import webhook_url
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.ledger import Ledger, Times
from worker.ledger.scripts import Scripts
from worker.outbound import Outcome, Reply, TemplateMessage
from worker.outbound.prelude import PreludeOptions, PreludeSender
from worker.rq_worker import ConcurrentWorker
from worker.settings import ACCOUNT, Role, Settings
from worker.sweeper import sweep_forever

EXIT: Final = 77  # of one that died where it should

# Short enough to wait for; the margins are the real ones in proportion.
TIMES: Final = Times(
    lease=timedelta(seconds=2),
    ring_after=timedelta(seconds=0.3),
    send_timeout=timedelta(seconds=3),
    shortest=timedelta(seconds=0.3),
    margin=timedelta(seconds=0.3),
    grace=timedelta(seconds=0.3),
    sweep_every=timedelta(seconds=0.1),
    confirm=timedelta(seconds=2),
    pause=timedelta(seconds=1),
)


@dataclass
class Points:
    """Of this process."""

    dies_at: str | None = None
    passed: Path | None = None

    def passes(self, step: str, side: str) -> None:
        """Dies here, if this is the point: at once, as from signal 9."""
        point = f"{side} {step}"
        if self.passed is not None:
            with self.passed.open("a") as file:
                file.write(f"{point}\n")
        if self.dies_at == point:
            os._exit(EXIT)


POINTS: Final = Points()


class CrashingScripts(Scripts):
    async def run(self, name: str, **call: Any) -> dict[str, Any]:
        named = _name(name, call)
        if name != "sweep":  # one that finds nothing is no step
            POINTS.passes(named, "before")
        answer = await super().run(name, **call)
        if name not in ("claim", "sweep") or answer.get("id") or answer.get("moved"):
            POINTS.passes(named, "after")
        return answer


def _name(script: str, call: dict[str, Any]) -> str:
    """One name for each thing that a script is asked for."""
    match script:
        case "burst":
            return "hold" if "until" in call else "fold"
        case "settle" if call["to"] in ("silent", "window_closed"):
            return f"settle {call['to']}"
        case "deliver":
            return f"deliver {call['what']}"
    return script


class CrashingLedger(Ledger):
    def __init__(self, redis: Redis, times: Times) -> None:
        super().__init__(redis, times)
        self._scripts = CrashingScripts(redis, times)


class CrashingSender(PreludeSender):
    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        POINTS.passes("POST reply", "before")
        outcome = await super().send(reply, allowed)
        POINTS.passes("POST reply", "after")
        return outcome

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        POINTS.passes("POST template", "before")
        outcome = await super().send_template(message, allowed)
        POINTS.passes("POST template", "after")
        return outcome


async def _live(environment: Mapping[str, str], port: int) -> None:
    settings = Settings.from_environment(environment, Role.BOTH)
    assert settings.book is not None
    book = load(settings.book)
    door, desk = _ledger(settings), _ledger(settings)
    app = create_app(open_inbound(settings.accounts, None), door)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    options = settings.accounts[0].reply.read(PreludeOptions)
    sender = CrashingSender.connect(options, number=None, connections=4)
    callback_url = webhook_url(f"http://127.0.0.1:{port}", ACCOUNT)
    accounts = Accounts({ACCOUNT: Account(sender, lambda: book, callback_url=callback_url)}, 4)
    answering = Answering(desk, accounts)
    blocking = connection.connect_blocking(settings.redis_url)
    loop_redis = connection.connect(settings.redis_url, decode=True, connections=4, patience=timedelta(seconds=3))
    worker = ConcurrentWorker(blocking, loop_redis, answering.answer, capacity=accounts.capacity)
    assert settings.when_unconfirmed is not None
    sweeping = sweep_forever(desk, accounts, settings.when_unconfirmed)
    await asyncio.gather(server.serve(), worker.run(asyncio.Event()), sweeping)


def _ledger(settings: Settings) -> CrashingLedger:
    return CrashingLedger(connection.connect(settings.redis_url, decode=True, connections=4), TIMES)


def live(environment: Mapping[str, str], port: int, dies_at: str | None, folder: Path) -> None:
    """Serves and works until it dies."""
    POINTS.dies_at, POINTS.passed = dies_at, folder / "passed"
    with (folder / "log").open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    log.configure()
    asyncio.run(_live(environment, port))
