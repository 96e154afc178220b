"""The ways to the API's part about books. Each says what body it takes, for the document that describes the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request

from bot.dashboard.api.calls import V1, Answer, Call
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from bot.dashboard.rules.api import Api, BookBody, ExampleBody, PutBody, ReturnBody, TryBody

BOOKS: Final = f"{V1}/books"
_DIGITS: Final = re.compile("[0-9]{1,6}")


def calls(room: Room) -> Sequence[Call]:
    api = Api(room.desk, room.ledger)
    book = f"{BOOKS}/{{book}}"
    read, act = Role.VIEWER, Role.OPERATOR

    return [
        Call("GET", BOOKS, read, lambda _, __: api.books(), "The books in force"),
        Call("GET", book, read, _book(api), "A book, a page of its rules, and their hits"),
        Call("GET", f"{book}/text", read, lambda r, _: api.text(_id(r), r.query_params.get("version")), "Its text"),
        Call("POST", f"{book}/try", read, lambda r, body: api.try_message(_id(r), body), "Ask it", TryBody),
        Call("POST", f"{book}/check", read, lambda r, body: api.check(_id(r), body), "Check a changed one", BookBody),
        Call(
            "POST",
            f"{book}/compare",
            act,
            lambda r, body: api.compare(_id(r), body),
            "Compare it with what came",
            BookBody,
        ),
        Call(
            "POST",
            f"{book}/unmatched",
            act,
            lambda r, _: api.look_for_unmatched(_id(r)),
            "Look for what no rule answers",
        ),
        Call("GET", f"{book}/errands/{{errand}}", read, _errand(api), "How far such work is, and what came of it"),
        Call(
            "POST",
            f"{book}/example",
            act,
            lambda r, body: api.example(_id(r), body),
            "A patch with an example more",
            ExampleBody,
        ),
        Call("GET", f"{book}/history", read, lambda r, _: api.history(_id(r)), "What was in force"),
        Call("GET", f"{book}/diff", read, _diff(api), "What differs between two versions"),
        Call(
            "POST",
            f"{book}/put",
            act,
            lambda r, body: api.put(_id(r), body, who=_who(r)),
            "Put a changed one in force",
            PutBody,
        ),
        Call(
            "POST",
            f"{book}/return",
            act,
            lambda r, body: api.back(_id(r), body, who=_who(r)),
            "Return to one before",
            ReturnBody,
        ),
    ]


def _book(api: Api) -> Answer:
    async def answer(request: Request, _: Any) -> dict[str, Any]:
        query = request.query_params
        start = query.get("start", "0")
        number = int(start) if _DIGITS.fullmatch(start) else 0
        return await api.book(_id(request), start=number, about=query.get("about", "")[:200], now=datetime.now(UTC))

    return answer


def _errand(api: Api) -> Answer:
    async def answer(request: Request, _: Any) -> dict[str, Any]:
        viewer = not reader_of(request).sees_people
        return await api.errand(_id(request), request.path_params["errand"], viewer=viewer)

    return answer


def _diff(api: Api) -> Answer:
    async def answer(request: Request, _: Any) -> dict[str, Any]:
        query = request.query_params
        return await api.diff(_id(request), query.get("before", ""), query.get("after", ""))

    return answer


def _id(request: Request) -> str:
    return str(request.path_params["book"])


def _who(request: Request) -> str:
    return reader_of(request).name
