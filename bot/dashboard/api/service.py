"""Calls about the service as a whole: what goes on, what waits for a person, RQ's queue, accounts, the trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Final, cast, get_args

from starlette.requests import Request

from bot.dashboard.api import service_answers as answers
from bot.dashboard.api.calls import V1, Call, done
from bot.dashboard.api.changes import Done, JobChanged
from bot.dashboard.api.errors import NotChanged
from bot.dashboard.api.values import Values, minute, plain
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from bot.dashboard.showing import Eyes
from rules.as_json import iso
from worker.ledger import AccountStatus, Operating, Registry, Result

MOST_HOURS: Final = 48
FURTHEST: Final = 1_000_000  # places in a list of jobs

Change = Callable[[Operating, str], Awaitable[Result]]


def calls(room: Room) -> Sequence[Call]:
    api, read, act = Api(room), Role.VIEWER, Role.OPERATOR
    change = partial(Call, "POST", refusals=(NotChanged,))
    pages = {"after": "the `next` of the page before"}
    jobs = {"registry": "queued, started or failed", "start": "how many to pass over"}
    return [
        Call("GET", f"{V1}/status", read, api.status, "Everything at a glance"),
        Call("GET", f"{V1}/series", read, api.series, "Minute by minute", query={"hours": f"at most {MOST_HOURS}"}),
        Call("GET", f"{V1}/needs-you", read, api.needs, "What waits for a person"),
        Call("GET", f"{V1}/queue", read, api.queue, "RQ's own view: counts and workers"),
        Call("GET", f"{V1}/queue/jobs", read, api.jobs, "RQ's jobs in a registry", query=jobs),
        change(f"{V1}/queue/jobs/{{job}}/ring", act, api.on_job(Operating.requeue_job), "Ring again for one"),
        change(f"{V1}/queue/jobs/{{job}}/delete", act, api.on_job(Operating.delete_job), "Delete a failed one"),
        change(f"{V1}/accounts/{{account}}/pause", act, api.on_account(Operating.pause), "Send nothing for it"),
        change(f"{V1}/accounts/{{account}}/resume", act, api.on_account(Operating.resume), "Send for it again"),
        Call("GET", f"{V1}/audit", read, api.audit, "What operators did, the latest first", query=pages),
    ]


class Api:
    """Each method is one call."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def status(self, request: Request, _: Any) -> answers.Status:
        sight = await self._room.live.look()
        status, values = sight.status, values_of(self._room, request)
        return {
            "now": iso(status.now),
            "badges": [asdict(badge) for badge in sight.badges],
            "states": dict(status.states),
            "counts": dict(status.counts),
            "accounts": [_account(account) for account in status.accounts],
            "tightest": [values.closing(each) for each in sight.tightest],
            "workers": [
                {
                    "host": each.host,
                    "pid": each.pid,
                    "book": each.book,
                    "rules": each.rules,
                    "refuses": each.refusal.version if each.refusal else None,
                }
                for each in sight.reports
            ],
            "redis": {
                "server": status.server,
                "memory": status.memory,
                "memory_limit": status.memory_limit or None,
                "append_only": status.append_only,
                "swept": iso(status.swept),
            },
            "rings": status.rings,
            "notices": status.notices,
        }

    async def series(self, request: Request, _: Any) -> answers.Series:
        hours = _whole(request.query_params.get("hours", "6"), "hours", MOST_HOURS)
        series = await self._room.ledger.series(max(1, hours))
        return {"minutes": [minute(each) for each in series.minutes]}

    async def needs(self, request: Request, _: Any) -> answers.Needs:
        found, values = await self._room.ledger.needs_you(), values_of(self._room, request)
        return {
            "needs": [values.need(need) for need in found.needs],
            "handed_off": {
                "number": found.handed_off,
                "unanswered": [values.line(line) for line in found.unanswered],
                "first": [values.line(line) for line in found.talks],
            },
            "closing": {"number": found.closing, "first": [values.closing(each) for each in found.windows]},
        }

    async def queue(self, _: Request, __: Any) -> answers.Queue:
        return asdict(await self._room.ledger.rq())

    async def jobs(self, request: Request, _: Any) -> answers.Jobs:
        registry = request.query_params.get("registry", "queued")
        if registry not in get_args(Registry):
            raise ValueError(f"registry: write one of {', '.join(get_args(Registry))}")
        start = _whole(request.query_params.get("start", "0"), "start", FURTHEST)
        page = await self._room.ledger.jobs(cast(Registry, registry), start)
        values = values_of(self._room, request)
        return {"jobs": [values.job(each) for each in page.jobs], "number": page.number, "next": page.next}

    async def audit(self, request: Request, _: Any) -> answers.Audit:
        page = await self._room.ledger.audit_page(request.query_params.get("after") or None)
        return {"entries": [plain(asdict(entry)) for entry in page.entries], "next": page.next}

    def on_job(self, change: Change) -> Callable[..., Awaitable[JobChanged]]:
        async def answer(request: Request, _: Any) -> JobChanged:
            return done(JobChanged, await change(self._room.ledger_of(request), request.path_params["job"]))

        return answer

    def on_account(self, change: Change) -> Callable[..., Awaitable[Done]]:
        async def answer(request: Request, _: Any) -> Done:
            return done(Done, await change(self._room.ledger_of(request), request.path_params["account"]))

        return answer


def values_of(room: Room, request: Request) -> Values:
    """As whoever asks may see them."""
    return Values(Eyes(reader_of(request)), room.addresses)


def _account(account: AccountStatus) -> dict[str, Any]:
    return {**plain(asdict(account)), "state": account.state}


def _whole(text: str, name: str, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > most:
        raise ValueError(f"{name}: write a whole number up to {most}")
    return int(text)
