"""What a call of the API is: one line says its method, path, role and body; how it can end is the same for all.

200  an object             400  a query that cannot be      401  no session, or a wrong password
403  a viewer's change     404  there is no such thing      409  refused, with the reason
422  a body that cannot be 429  too many wrong passwords    503  Redis is away, or work took too long
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.dashboard.api.errors import Error, NotChanged
from bot.dashboard.guard import API, Way
from bot.dashboard.pages.answering import REFUSALS, sentence
from bot.dashboard.roles import Role
from worker.bookwork.apart import ApartFailed
from worker.bookwork.errands import TooMany
from worker.ledger import LedgerDamaged, Result

V1: Final = f"{API}v1"
BUSY_FOR: Final = 10  # seconds, after which work on books may be asked for again

# What it returns is a TypedDict, or a dict that says by `Fields` what is in it: the document has its schema from there.
Answer = Callable[[Request, Any], Awaitable[Mapping[str, Any]]]
T = TypeVar("T")


class Body(BaseModel):
    """What a change is told. A key that is unknown is a fault."""

    model_config = ConfigDict(extra="forbid")


class Missing(Exception):
    """There is no such thing. Its text is a sentence."""


class Refused(Exception):
    """Nothing was changed."""

    def __init__(self, told: Error) -> None:
        """`told` has a `code` besides, for programs."""
        super().__init__(told["error"])
        self.told = told


# How an error of each kind ends a call: the status, and a code for programs.
ENDS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    ValueError: (400, "query"),
    Missing: (404, "unknown"),
    LedgerDamaged: (409, "damaged"),
    TooMany: (503, "busy"),
    ApartFailed: (503, "failed"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One of the API's. Its answer is a JSON object; where it is refused, one of errors.py."""

    method: str
    path: str
    role: Role
    answer: Answer
    summary: str
    body: type[BaseModel] | None = None
    query: Mapping[str, str] = field(default_factory=dict)  # what each of its parameters means
    refusals: Sequence[type[Error]] = ()  # as which it may be refused, but for damage


def ways(calls: Sequence[Call]) -> Sequence[Way]:
    return [Way(call.path, _endpoint(call), call.role, call.method) for call in calls]


def done(shape: Callable[..., T], result: Result) -> T:
    """What came of a change, of which `shape` says what the ledger tells. Raises Refused or Missing."""
    if result.refused == "unknown":
        raise Missing(REFUSALS["unknown"])
    if result.refused is not None:
        raise Refused(cast(NotChanged, {"error": sentence(result), "code": result.refused, **result.facts}))
    return shape(done=True, what=result.what, on=result.on, **result.facts)


def _endpoint(call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = call.body.model_validate_json(await request.body()) if call.body else None
            return JSONResponse(await call.answer(request, body))
        except ValidationError as error:
            wrong = [{"at": list(each["loc"]), "what": each["msg"]} for each in error.errors()]
            return fault(422, "body", "the body is not as it should be", wrong=wrong)
        except Refused as error:
            return JSONResponse(error.told, 409)
        except tuple(ENDS) as error:
            status, code = next(end for kind, end in ENDS.items() if isinstance(error, kind))
            return fault(status, code, str(error) or "there is no such thing")

    return endpoint


def fault(status: int, code: str, why: str, **more: Any) -> Response:
    headers = {"retry-after": str(BUSY_FOR)} if status == 503 else None
    return JSONResponse({"error": why, "code": code, **more}, status, headers)
