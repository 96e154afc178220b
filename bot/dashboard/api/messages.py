"""Calls about messages: lists, one with its story, and changes of one or of all that match."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.requests import Request

from bot.dashboard.api import answers
from bot.dashboard.api.calls import V1, Body, Call, Missing, done
from bot.dashboard.api.changes import Done, MessageChanged, Replied
from bot.dashboard.api.errors import NotChanged
from bot.dashboard.api.service import values_of
from bot.dashboard.api.values import bulk
from bot.dashboard.filters import HELD, Filters
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from rules.as_json import StepJson
from worker.ledger import Operating, Result, State

MOST: Final = 200  # messages of a page
FILTERS: Final = {
    "state": f"one of {', '.join(State)}; may stand several times",
    "account": "an account's name",
    "rule": "a rule's name",
    "reason": "a reason or a provider's code",
    "sender": "a number; for operators",
    "text": "in the message or the reply; for operators",
    "older": "than this, in its state: 30m, 12h, 14d",
    "newer": "than this, in its state",
    "closes": "the window does, within this time",
    HELD: "1: nobody looks at it any more but a person",
}
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="yours: the same sends one text, once")]


class ReplyBody(Body):
    """A reply by hand."""

    text: Text
    token: Token


class BulkBody(Body):
    """A change of all that match, of those on which it can act."""

    action: Literal["resend", "discard"]
    filters: dict[str, str | list[str]] = Field(default_factory=dict, description="as in the list of messages")


def calls(room: Room) -> Sequence[Call]:
    api, read, act = Api(room), Role.VIEWER, Role.OPERATOR
    change = partial(Call, "POST", refusals=(NotChanged,))
    one, more = f"{V1}/messages/{{key}}", {"after": "the `next` of the page before", "limit": f"at most {MOST}"}
    return [
        Call("GET", f"{V1}/messages", read, api.listed, "Messages, the latest change first", query={**FILTERS, **more}),
        Call("GET", f"{V1}/find", read, api.find, "What an id or a number means", query={"q": "whatever you have"}),
        Call("GET", one, read, api.one, "A message and all that happened to it"),
        Call("GET", f"{one}/trace", read, api.trace, "Why it was decided so: every rule in order"),
        change(f"{one}/resend", act, api.changing(Operating.resend), "Send its reply again"),
        change(f"{one}/discard", act, api.changing(Operating.discard), "It shall not be answered"),
        change(f"{one}/reply", act, api.reply, "Answer it by hand", ReplyBody),
        Call("GET", f"{V1}/bulks", read, api.bulks, "Changes of many messages, the latest first"),
        Call("POST", f"{V1}/bulks", act, api.begin, "Change all that match", BulkBody),
        Call("GET", f"{V1}/bulks/{{bulk}}", read, api.bulk, "How far one has come"),
        change(f"{V1}/bulks/{{bulk}}/stop", act, api.stop, "Stop it"),
    ]


class Api:
    """Each method is one call."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def listed(self, request: Request, _: Any) -> answers.Messages:
        query = request.query_params
        filters, limit = Filters.read(query, reader_of(request)), query.get("limit", "50")
        if not limit.isascii() or not limit.isdecimal() or not 0 < int(limit[:6]) <= MOST:
            raise ValueError(f"limit: write a whole number from 1 to {MOST}")
        page = await self._room.ledger.page(filters.wanted, query.get("after") or None, int(limit))
        values = values_of(self._room, request)
        return {
            "messages": [values.record(record, page.closes.get(record.key)) for record in page.records],
            "next": page.next,
            "complete": page.complete,
        }

    async def find(self, request: Request, _: Any) -> answers.Found:
        found = await self._room.ledger.find_one(request.query_params.get("q", ""))
        if found is None or (found.key is None and not reader_of(request).sees_people):
            raise Missing("there is nothing of that name")
        values = values_of(self._room, request)
        talks = [values.token(*person) for person in found.people]
        return {"kind": found.kind, "message": found.key, "conversations": talks}

    async def one(self, request: Request, _: Any) -> answers.Story | answers.UnreadableStory:
        story = await self._room.ledger.story(request.path_params["key"])
        if story is None:
            raise Missing("there is no such message")
        return values_of(self._room, request).story(story)

    async def trace(self, request: Request, _: Any) -> answers.Trace:
        story = await self._room.ledger.story(request.path_params["key"])
        record = story.record if story else None
        explained = await self._room.desk.explain(record) if record else None
        if explained is None:
            raise Missing("there is no such message, or the book that decided it is not known any more")
        if not reader_of(request).sees_people:
            steps: list[StepJson] = [
                {**step, "because": step["because"].partition(":")[0]} for step in explained["trace"]
            ]
            return {"rule": explained["rule"], "trace": steps, "guessed": explained["guessed"]}
        return explained

    async def reply(self, request: Request, body: ReplyBody) -> Replied:
        story = await self._room.ledger.story(request.path_params["key"])
        record = story.record if story else None
        if record is None:
            raise Missing("there is no such message")
        account, sender, ledger = record.message.account, record.message.sender, self._room.ledger_of(request)
        result = await ledger.reply_by_hand(account, sender, body.text, token=body.token, quotes=record.key)
        return done(Replied, result)

    async def bulks(self, _: Request, __: Any) -> answers.Bulks:
        return {"bulks": [bulk(each) for each in await self._room.ledger.bulks()]}

    async def begin(self, request: Request, body: BulkBody) -> answers.Bulk:
        each = [(name, value) for name, of in body.filters.items() for value in ([of] if isinstance(of, str) else of)]
        if strangers := {name for name, _ in each} - FILTERS.keys():
            raise ValueError(f"filters: there is no {', '.join(sorted(strangers))}; write any of {', '.join(FILTERS)}")
        filters = Filters.read(QueryParams(each), reader_of(request))
        return bulk(await self._room.ledger_of(request).bulk(body.action, filters.wanted))

    async def bulk(self, request: Request, _: Any) -> answers.Bulk:
        found = await self._room.ledger.bulk_of(request.path_params["bulk"])
        if found is None:
            raise Missing("there is no such change, or not any more: they are told for a day")
        return bulk(found)

    async def stop(self, request: Request, _: Any) -> Done:
        return done(Done, await self._room.ledger_of(request).stop_bulk(request.path_params["bulk"]))

    def changing(self, change: Callable[[Operating, str], Awaitable[Result]]) -> Callable[..., Any]:
        async def answer(request: Request, _: Any) -> MessageChanged:
            return done(MessageChanged, await change(self._room.ledger_of(request), request.path_params["key"]))

        return answer
