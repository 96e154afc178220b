"""A receiver and a worker that kill themselves with signal 9 at the worst moment: `python -m tests.dying serve|work`.

They are the real processes, but for a ledger that dies on its n-th call: the receiver when its message is written and
not yet acknowledged, the worker when its message is claimed and not yet sent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any, Final, NoReturn

import uvicorn
import uvloop

from bot.app import create_app
from bot.inbound.providers import open_inbound
from rules.model import Message
from worker import log
from worker.connection import connect
from worker.ledger import Attempt, Claim, Ledger, TakenIn, Times
from worker.process import put_together
from worker.settings import Role, Settings

CALLS: Final = 12  # it dies with this one


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


class DyingLedger(Ledger):
    """Dies after it took a message in, or before it begins to send."""

    calls = 0
    begun: Claim | None = None

    async def take_in(self, message: Message) -> TakenIn:
        what = await super().take_in(message)
        self.calls += 1
        if self.calls == CALLS:
            die()
        return what

    async def begin(self, claim: Claim, *arguments: Any, **named: Any) -> Attempt | None:
        # Not where it is asked again: Redis may have died with the answer, and then nobody knows what was sent.
        if claim is not self.begun:
            self.begun = claim
            self.calls += 1
            if self.calls == CALLS:
                die()
        return await super().begin(claim, *arguments, **named)


def ledger(settings: Settings) -> DyingLedger:
    return DyingLedger(connect(settings.redis_url, decode=True, connections=8), Times(retention=settings.retention))


def serve(port: int) -> None:
    settings = Settings.from_environment(os.environ, Role.RECEIVER)
    app = create_app(open_inbound(settings.accounts, None), ledger(settings))
    uvicorn.run(app, port=port, log_config=None, access_log=False)


async def work() -> None:
    settings = Settings.from_environment(os.environ, Role.WORKER)
    books = ledger(settings)
    # One at a time: with others under way, their fate would be unknown, and that is another test.
    async with put_together(settings, books, concurrency=1) as worker:
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    log.configure()
    if sys.argv[1] == "serve":
        serve(int(sys.argv[3]))
    else:
        uvloop.run(work())
