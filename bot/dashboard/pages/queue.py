"""RQ's own view of the work. A job is a doorbell: what became of a message, its record says."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast, get_args

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.guard import Way
from bot.dashboard.pages.answering import told, tried
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from worker.ledger import Operating, Registry, Result

PLACE: Final = "queue"
START: Final = re.compile(r"[0-9]{1,7}")


def ways(room: Room) -> Sequence[Way]:
    async def page(request: Request) -> Response:
        wanted, start = request.query_params.get("registry", "queued"), request.query_params.get("start", "0")
        if wanted not in get_args(Registry) or not START.fullmatch(start):
            why = f"registry is one of {', '.join(get_args(Registry))}, and start a number"
            return room.wrong(request, why, place=PLACE)
        registry = cast(Registry, wanted)
        values = {
            "rq": await room.ledger.rq(),
            "jobs": await room.ledger.jobs(registry, int(start)),
            "registry": registry,
            "registries": get_args(Registry),
            "now": await room.ledger.now(),
        }
        return room.page(request, "queue", values, place=PLACE)

    def changing(change: Callable[[Operating, str], Awaitable[Result]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            result = await tried(change(room.ledger_of(request), request.path_params["job"]))
            return told(room, result, back="/queue?registry=failed")

        return endpoint

    return [
        Way("/queue", page, Role.VIEWER),
        Way("/queue/{job}/ring", changing(Operating.requeue_job), Role.OPERATOR, "POST"),
        Way("/queue/{job}/delete", changing(Operating.delete_job), Role.OPERATOR, "POST"),
    ]
