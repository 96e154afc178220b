"""Changes of many messages: how many it is about, then how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.filters import BadFilter, Filters
from bot.dashboard.guard import Way
from bot.dashboard.pages.answering import told
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from worker.ledger import ACTS_ON, Action, Counted, Wanted

PLACE: Final = "messages"


def ways(room: Room) -> Sequence[Way]:
    async def ask(request: Request) -> Response:
        """What would happen, and to how many."""
        try:
            action, filters = (
                _action(request.query_params.get("action")),
                Filters.read(request.query_params, reader_of(request)),
            )
        except BadFilter as error:
            return room.wrong(request, str(error), place=PLACE)
        acted_on = _acted_on(action, filters.wanted)
        counted = await room.ledger.count(acted_on) if acted_on.states else Counted(0, exact=True)
        values = {"action": action, "filters": filters, "counted": counted, "states": sorted(ACTS_ON[action])}
        return room.page(request, "bulk_new", values, place=PLACE)

    async def begin(request: Request) -> Response:
        fields = await request.form()
        try:
            action, filters = _action(fields.get("action")), Filters.read(fields, reader_of(request))
        except BadFilter as error:
            return room.wrong(request, str(error), place=PLACE)
        bulk = await room.ledger_of(request).bulk(action, filters.wanted)
        return RedirectResponse(f"/bulks/{bulk.id}", 303)

    async def page(request: Request) -> Response:
        bulk = await room.ledger.bulk_of(request.path_params["bulk"])
        status = 200 if bulk else 404
        template = "bulk_now" if bulk and request.headers.get("hx-target") == "bulk" else "bulk"
        return room.page(request, template, {"bulk": bulk}, place=PLACE, status=status)

    async def stop(request: Request) -> Response:
        bulk_id = request.path_params["bulk"]
        return told(room, await room.ledger_of(request).stop_bulk(bulk_id), back=f"/bulks/{bulk_id}")

    async def latest(request: Request) -> Response:
        values = {"bulks": await room.ledger.bulks(), "now": await room.ledger.now()}
        return room.page(request, "bulks", values, place=PLACE)

    return [
        Way("/bulks", latest, Role.VIEWER),
        Way("/bulks", begin, Role.OPERATOR, "POST"),
        Way("/bulks/new", ask, Role.OPERATOR),
        Way("/bulks/{bulk}", page, Role.VIEWER),
        Way("/bulks/{bulk}/stop", stop, Role.OPERATOR, "POST"),
    ]


def _action(name: object) -> Action:
    if name not in ACTS_ON:
        raise BadFilter(f"there is no such action; it is one of {', '.join(ACTS_ON)}")
    return cast(Action, name)


def _acted_on(action: Action, wanted: Wanted) -> Wanted:
    """Of what is wanted, that on which the action can act; without a state, nothing is."""
    return replace(wanted, state=None, states=tuple(state for state in wanted.any_state if state in ACTS_ON[action]))
