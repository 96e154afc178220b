"""An Answering at a sandbox, and the receiver's side of the ledger beside it: a worker's life without processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from starlette.applications import Starlette

from bot.pressure import Pressure
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import Pace, World
from bot.webhooks import Receiver
from rules import Book
from rules.model import Message
from tests.adapters import prelude_inbound
from tests.conftest import a_message
from tests.events import signing_key
from tests.ledgers import insist
from worker import keys
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.ledger import Ledger, Record, State
from worker.ledger.record import MOVING
from worker.outbound.prelude import PreludeOptions, PreludeSender
from worker.secret import Secret

PACE: Final = Pace(timedelta(milliseconds=10), timedelta(milliseconds=20))
ENDS: Final = set(State) - MOVING - {State.SENT, State.UNCONFIRMED}  # delivery events are still to come for these
DAY: Final = timedelta(hours=24)


class Desk:
    """Answers with a book that may be replaced. Delivery events of the sandbox come in by a real receiver."""

    def __init__(self, book: Book, ledger: Ledger, world: World) -> None:
        self.book, self.ledger, self.world = book, ledger, world
        self.answering: Answering

    async def write(
        self,
        text: str = "hello",
        *,
        window: timedelta = DAY,
        sender: str = "+33612345678",
        sandbox: timedelta = DAY,
        media: str | None = None,
    ) -> str:
        """Takes in a message that the sandbox knows of, too; there its window is `sandbox`. Gives the record's key."""
        message: Message = a_message(text, window=window, sender=sender, media=media)
        at = int(message.sent_at.timestamp() * 1e9)
        closes = at + int(sandbox.total_seconds() * 1e9)
        self.world.conversations.put(
            Inbound(message.id, message.event_id, message.sender, message.recipient, text, at, closes)
        )
        await insist(lambda: self.ledger.take_in(message))
        return keys.message_key(message.account, message.id)

    async def turn(self) -> None:
        """What one sweep and one ring do."""
        late = ["prelude"] if self.book.window_closed is not None else []
        await insist(lambda: self.ledger.sweep(late=late, ask=True))
        await self.answering.answer("")
        await asyncio.sleep(0.02)

    async def work(self, seconds: float) -> None:
        """Turn after turn, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.turn()

    async def reach(self, key: str, *states: State) -> tuple[State, str | None]:
        """Works until the message is in one of the states, by default one where nothing more is to be done."""
        async with asyncio.timeout(10):
            while (await self.record(key)).state not in (states or ENDS):
                await self.turn()
        return await self.ends(key)

    async def record(self, key: str) -> Record:
        record = await self.ledger.record(key)
        assert record is not None
        return record

    async def ends(self, key: str) -> tuple[State, str | None]:
        """How the message ended, and why."""
        record = await self.record(key)
        return record.state, record.reason

    async def live(self, text: str = "hello", **more: Any) -> tuple[State, str | None]:
        """Writes, works, and tells how it ended."""
        return await self.reach(await self.write(text, **more))

    @property
    def replies(self) -> list[Reply]:
        return self.world.conversations.replies

    @property
    def templates(self) -> list[Template]:
        return self.world.conversations.templates


@asynccontextmanager
async def desk_at(ledger: Ledger, book: Book, adapter: type[PreludeSender] = PreludeSender) -> AsyncIterator[Desk]:
    world = World(Prelude("token", signing_key()), webhook_url="http://127.0.0.1:1/", pace=PACE)
    desk = Desk(book, ledger, world)
    app = Starlette(routes=Receiver(prelude_inbound(), ledger, Pressure(ledger)).routes("/webhooks/prelude"))
    async with serve_app(app) as receiver, serve_sandbox(world) as url:
        options = PreludeOptions(api_token=Secret("token"), base_url=url)
        sender = adapter.connect(options, number=None, connections=8)
        account = Account(sender, lambda: desk.book, callback_url=f"{receiver}/webhooks/prelude")
        desk.answering = Answering(ledger, Accounts({"prelude": account}, concurrency=8))
        async with aclosing(sender):
            yield desk
