"""Everything at a glance, and live; and what steers an account as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.dashboard.drawn import Drawn
from bot.dashboard.guard import Way
from bot.dashboard.live import HOURS, Sight
from bot.dashboard.pages.answering import told
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from worker.ledger import Operating, Result, State

# What the overview counts, in the order of a message's life.
GROUPS: Final[Mapping[str, Sequence[State]]] = {
    "Waiting": (State.QUEUED, State.CLAIMED, State.SENDING, State.RETRYING, State.PAUSED),
    "Answered": (State.SENT, State.DELIVERED, State.READ, State.TEMPLATED),
    "Silent": (State.SILENT, State.DISCARDED),
    "Not answered": (State.UNCONFIRMED, State.REJECTED, State.FAILED, State.GIVEN_UP, State.WINDOW_CLOSED),
}


@dataclass(frozen=True, slots=True)
class Group:
    """States that mean much the same to whoever looks."""

    words: str
    states: Mapping[State, int]  # those that have messages

    @property
    def number(self) -> int:
        return sum(self.states.values())


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        return room.page(request, "overview", {**_now(await room.live.look()), "hours": HOURS}, place="overview")

    drawn = Drawn(room.live)

    async def part(request: Request) -> Response:
        """What changes every second."""

        async def draw(sight: Sight) -> Response:
            return room.page(request, "overview_now", _now(sight))

        return await drawn.answer(request, draw)

    async def series(_: Request) -> Response:
        """What the graphs draw."""
        return JSONResponse(graphs(await room.live.look()))

    async def live_now(_: Request) -> Response:
        """The same once, for pages that no event reaches."""
        return JSONResponse((await room.live.look()).told)

    async def live(_: Request) -> Response:
        return StreamingResponse(room.live.pulses(), media_type="text/event-stream")

    async def change(change: Callable[[Operating, str], Awaitable[Result]], request: Request) -> Response:
        return told(room, await change(room.ledger_of(request), request.path_params["account"]), back="/")

    return [
        Way("/", page, Role.VIEWER),
        Way("/now", part, Role.VIEWER),
        Way("/series", series, Role.VIEWER),
        Way("/live", live, Role.VIEWER),
        Way("/live/now", live_now, Role.VIEWER),
        Way("/accounts/{account}/pause", partial(change, Operating.pause), Role.OPERATOR, "POST"),
        Way("/accounts/{account}/resume", partial(change, Operating.resume), Role.OPERATOR, "POST"),
    ]


def _now(sight: Sight) -> dict[str, Any]:
    states = sight.status.states
    groups = [Group(words, {state: states[state] for state in of if states[state]}) for words, of in GROUPS.items()]
    return {"sight": sight, "groups": groups}


def graphs(sight: Sight) -> dict[str, Any]:
    """Columns as uPlot takes them: seconds since 1970, and a value a minute; null where there is none."""
    minutes = sight.series.minutes

    def counted(*names: str) -> list[int]:
        return [sum(minute.counts.get(name, 0) for name in names) for minute in minutes]

    def waited(share: float) -> list[float | None]:
        spans = [minute.quantile(share) for minute in minutes]
        return [None if span is None else span.total_seconds() for span in spans]

    at = [int(minute.at.timestamp()) for minute in minutes]
    return {
        "throughput": [at, counted("taken_in"), counted("sent"), counted("silent")],
        "latency": [at, waited(0.5), waited(0.95)],
    }
