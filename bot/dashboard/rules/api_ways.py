"""The ways to the API's part about books. Each says what body it takes, for the document that describes the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from starlette.requests import Request

from bot.dashboard.api.calls import V1, Call
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from bot.dashboard.rules import answers
from bot.dashboard.rules.answers import CannotInsert, HasFaults, IsNotWritten, IsOvertaken
from bot.dashboard.rules.api import Api
from bot.dashboard.rules.bodies import BookBody, ExampleBody, PutBody, ReturnBody, TryBody

BOOKS: Final = f"{V1}/books"
_DIGITS: Final = re.compile("[0-9]{1,6}")


def calls(room: Room) -> Sequence[Call]:
    ways = Ways(room)
    book = f"{BOOKS}/{{book}}"
    read, act = Role.VIEWER, Role.OPERATOR
    put = partial(Call, "POST", refusals=(HasFaults, IsOvertaken, IsNotWritten))
    example = partial(Call, "POST", refusals=(CannotInsert,))
    page = {"start": "how many rules to pass over", "about": "a part of the rules' names"}
    version = {"version": "of the book; without it the one in force"}
    two = {"before": "a version", "after": "another"}
    return [
        Call("GET", BOOKS, read, ways.books, "The books in force"),
        Call("GET", book, read, ways.book, "A book, a page of its rules, and their hits", query=page),
        Call("GET", f"{book}/text", read, ways.text, "Its text", query=version),
        Call("POST", f"{book}/try", read, ways.try_message, "Ask it", TryBody),
        Call("POST", f"{book}/check", read, ways.check, "Check a changed one", BookBody),
        Call("POST", f"{book}/compare", act, ways.compare, "Compare it with what came", BookBody),
        Call("POST", f"{book}/unmatched", act, ways.look_for_unmatched, "Look for what no rule answers"),
        Call("GET", f"{book}/errands/{{errand}}", read, ways.errand, "How far such work is, and what came of it"),
        example(f"{book}/example", act, ways.example, "A patch with an example more", ExampleBody),
        Call("GET", f"{book}/history", read, ways.history, "What was in force"),
        Call("GET", f"{book}/diff", read, ways.diff, "What differs between two versions", query=two),
        put(f"{book}/put", act, ways.put, "Put a changed one in force", PutBody),
        put(f"{book}/return", act, ways.back, "Return to one before", ReturnBody),
    ]


class Ways:
    """Each method is one call."""

    def __init__(self, room: Room) -> None:
        self._api = Api(room.desk, room.ledger)

    async def books(self, _: Request, __: Any) -> answers.Books:
        return await self._api.books()

    async def book(self, request: Request, _: Any) -> answers.BookWithRules | answers.BookWithFaults:
        query = request.query_params
        start = query.get("start", "0")
        number = int(start) if _DIGITS.fullmatch(start) else 0
        about = query.get("about", "")[:200]
        return await self._api.book(_id(request), start=number, about=about, now=datetime.now(UTC))

    async def text(self, request: Request, _: Any) -> answers.Text:
        return await self._api.text(_id(request), request.query_params.get("version"))

    async def try_message(self, request: Request, body: TryBody) -> answers.TryOut:
        return await self._api.try_message(_id(request), body)

    async def check(self, request: Request, body: BookBody) -> answers.Check:
        return await self._api.check(_id(request), body)

    async def compare(self, request: Request, body: BookBody) -> answers.Errand:
        return await self._api.compare(_id(request), body)

    async def look_for_unmatched(self, request: Request, _: Any) -> answers.Errand:
        return await self._api.look_for_unmatched(_id(request))

    async def errand(self, request: Request, _: Any) -> answers.Errand:
        viewer = not reader_of(request).sees_people
        return await self._api.errand(_id(request), request.path_params["errand"], viewer=viewer)

    async def example(self, request: Request, body: ExampleBody) -> answers.Patch:
        return await self._api.example(_id(request), body)

    async def history(self, request: Request, _: Any) -> answers.History:
        return await self._api.history(_id(request))

    async def diff(self, request: Request, _: Any) -> answers.Diff:
        query = request.query_params
        return await self._api.diff(_id(request), query.get("before", ""), query.get("after", ""))

    async def put(self, request: Request, body: PutBody) -> answers.InForce:
        return await self._api.put(_id(request), body, who=_who(request))

    async def back(self, request: Request, body: ReturnBody) -> answers.InForce:
        return await self._api.back(_id(request), body, who=_who(request))


def _id(request: Request) -> str:
    return str(request.path_params["book"])


def _who(request: Request) -> str:
    return reader_of(request).name
