"""Calls about conversations. A token names one: no number stands in a path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request

from bot.dashboard.api.answers import ConversationLines, ConversationPage
from bot.dashboard.api.calls import V1, Body, Call, Missing, done
from bot.dashboard.api.changes import Done, Forgotten, HandedOver, Replied
from bot.dashboard.api.errors import NotChanged
from bot.dashboard.api.messages import ReplyBody
from bot.dashboard.api.service import values_of
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from rules.durations import read_duration

LONGEST: Final = timedelta(days=365)
UNKNOWN: Final = "there is no such conversation"


class SpanBody(Body):
    """For how long."""

    span: Annotated[str, Field(description="30m, 4h, 2d", max_length=20)]


class TagBody(Body):
    """A tag."""

    tag: Annotated[str, Field(min_length=1, max_length=60)]


def calls(room: Room) -> Sequence[Call]:
    api, read, act = Api(room), Role.VIEWER, Role.OPERATOR
    change = partial(Call, "POST", refusals=(NotChanged,))
    one, pages = f"{V1}/conversations/{{token}}", {"after": "the `next` of the page before"}
    older = {"before": "the `next` of the page before, of newer ones"}
    return [
        Call("GET", f"{V1}/conversations", read, api.listed, "Those in which somebody wrote last, first", query=pages),
        Call("GET", one, read, api.one, "What was said in one, the newest first", query=older),
        change(f"{one}/reply", act, api.reply, "Answer by hand", ReplyBody),
        change(f"{one}/take-over", act, api.take_over, "A person answers, for so long", SpanBody),
        change(f"{one}/resume", act, api.resume, "The book answers again"),
        change(f"{one}/opt-out", act, api.opt_out, "They want no replies"),
        change(f"{one}/opt-in", act, api.opt_in, "They want replies again"),
        change(f"{one}/tag", act, api.tag, "Tag it", TagBody),
        change(f"{one}/untag", act, api.untag, "Take a tag away", TagBody),
        change(f"{one}/forget", act, api.forget, "Erase the person, on all accounts"),
    ]


class Api:
    """Each method is one call."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def listed(self, request: Request, _: Any) -> ConversationLines:
        found = await self._room.ledger.conversations(request.query_params.get("after") or None)
        values = values_of(self._room, request)
        return {"conversations": [values.line(line) for line in found.lines], "next": found.next}

    async def one(self, request: Request, _: Any) -> ConversationPage:
        before = request.query_params.get("before") or None
        found = await self._room.ledger.conversation_page(*self._person(request), before)
        if found is None:
            raise Missing(UNKNOWN)
        values = values_of(self._room, request)
        said = [values.record(record, found.talk.window) for record in found.records]
        return {**values.talk(found.talk), "number": found.messages, "messages": said, "next": found.next}

    async def reply(self, request: Request, body: ReplyBody) -> Replied:
        ledger = self._room.ledger_of(request)
        return done(Replied, await ledger.reply_by_hand(*self._person(request), body.text, token=body.token))

    async def take_over(self, request: Request, body: SpanBody) -> HandedOver:
        span = read_duration(body.span)
        if span is None or not timedelta(0) < span <= LONGEST:
            raise ValueError("span: write for how long, such as 30m, 4h or 2d")
        return done(HandedOver, await self._room.ledger_of(request).take_over(*self._person(request), span))

    async def resume(self, request: Request, _: Any) -> HandedOver:
        return done(HandedOver, await self._room.ledger_of(request).give_back(*self._person(request)))

    async def opt_out(self, request: Request, _: Any) -> Done:
        return done(Done, await self._room.ledger_of(request).set_opted_out(*self._person(request), out=True))

    async def opt_in(self, request: Request, _: Any) -> Done:
        return done(Done, await self._room.ledger_of(request).set_opted_out(*self._person(request), out=False))

    async def tag(self, request: Request, body: TagBody) -> Done:
        return done(Done, await self._room.ledger_of(request).set_tag(*self._person(request), body.tag, on=True))

    async def untag(self, request: Request, body: TagBody) -> Done:
        return done(Done, await self._room.ledger_of(request).set_tag(*self._person(request), body.tag, on=False))

    async def forget(self, request: Request, _: Any) -> Forgotten:
        return done(Forgotten, await self._room.ledger_of(request).forget(self._person(request)[1]))

    def _person(self, request: Request) -> tuple[str, str]:
        """Account and sender. Raises Missing."""
        person = self._room.addresses.person(request.path_params["token"])
        if person is None:
            raise Missing(UNKNOWN)
        return person
