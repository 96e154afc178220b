"""A dashboard with people in it: messages in every state, made as they come about, each of another person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx

from bot.dashboard.app import create_dashboard, ways
from bot.dashboard.guard import Way
from bot.dashboard.live import Live
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, make_templates
from bot.dashboard.sessions import Sessions
from rules.model import Decision, Matched
from tests.conftest import a_message
from tests.ledgers import claimed, key_of
from worker.bookshelf import open_library
from worker.bookwork.desk import open_desk
from worker.connection import open_ledger, open_operating
from worker.ledger import Ledger, State
from worker.secret import Secret

WORDS: Final = {Role.OPERATOR: Secret("an operator's word"), Role.VIEWER: Secret("a viewer's word")}
OWN: Final = {"sec-fetch-site": "same-origin"}
ENDS: Final = (State.SENT, State.UNCONFIRMED, State.REJECTED, State.FAILED, State.GIVEN_UP, State.RETRYING)


@dataclass
class Shown:
    """One dashboard, over a server that tests may fill."""

    client: httpx.AsyncClient  # nobody has logged in with it
    room: Room
    ledger: Ledger
    ways: Sequence[Way]
    keys: dict[State, str] = field(default_factory=dict)  # of a message in each state
    personal: list[str] = field(default_factory=list)  # what no viewer may see: numbers, and words that were written

    async def log_in(self, role: Role) -> None:
        self.client.cookies.clear()
        await self.client.post("/login", data={"password": WORDS[role].reveal(), "name": "Ada"})

    async def fill(self, texts: Mapping[State, str] | None = None, reply: str = "We look for it.") -> None:
        """A message in each state, each of another person; `texts` says what somebody wrote."""
        decision = Decision(rule="parcels", reply=reply, matched=Matched("parcel", ("parcel",)))
        for number, state in enumerate((State.QUEUED, State.SILENT, *ENDS)):
            text = (texts or {}).get(state, f"parcel{number} is where")
            sender = f"+1555000{number:04}"
            self.personal += [sender, f"parcel{number}", "We look for it."]
            self.keys[state] = await self._end(state, text, sender, decision)
        await self._queue()

    async def _end(self, state: State, text: str, sender: str, decision: Decision) -> str:
        message = a_message(text, sender=sender)
        if state is State.QUEUED:  # last of all: whoever claims takes the first that is ready
            self._waiting = message
            return key_of(message)
        claim = await claimed(self.ledger, message)
        if state is State.SILENT:
            await self.ledger.stay_silent(claim, Decision(silence="no_rule"), "v1")
            return key_of(message)
        attempt = await self.ledger.begin(claim, decision, "v1")
        assert attempt is not None
        code = "accepted" if state is State.SENT else "invalid_phone_number"
        fields = {"reason": code, f"attempt:{attempt.number}": f'{{"answer": "{state}", "code": "{code}", "ms": 12}}'}
        await self.ledger.settle(attempt, state, fields, delay=timedelta(hours=1))
        return key_of(message)

    async def _queue(self) -> None:
        await self.ledger.take_in(self._waiting)


@asynccontextmanager
async def dashboard(redis_url: Secret) -> AsyncIterator[Shown]:
    ledger = open_ledger(redis_url, timedelta(days=14), connections=2)
    operating = open_operating(redis_url, timedelta(days=14), who="test", accounts=["prelude"], connections=4)
    library = open_library(redis_url)
    desk = open_desk(library, operating, files={}, editable=False)
    room = Room(operating, Live(operating, library.reports), desk, make_templates(), "Acme")

    async def sessions() -> Sessions:
        raise AssertionError  # the ways are looked at, and not gone

    transport = httpx.ASGITransport(create_dashboard(room, WORDS))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example", headers=OWN) as client:
        yield Shown(client, room, ledger, ways(room, sessions))
    await desk.aclose()
    await operating.aclose()
    await ledger.aclose()
