"""One message: what was written, what was decided and why, and all that happened to it since."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.addresses import message_path
from bot.dashboard.guard import Way
from bot.dashboard.pages.answering import back_to, told
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from worker.bookwork.apart import ApartFailed
from worker.ledger import ACTS_ON, Operating, Result, State, Story

PLACE: Final = "messages"
WINDOW: Final = timedelta(hours=24)
ADVICE: Final = {
    State.UNCONFIRMED: "Nobody knows whether the reply arrived. Ask the provider, then send again or discard.",
    State.FAILED: "Send again sends the reply once more while the window is open.",
    State.REJECTED: "Mend what the provider says, then send again.",
    State.GIVEN_UP: "Its worker died of it, again and again. Send again gives it its tries again.",
    State.WINDOW_CLOSED: "Nothing may be sent until they write again.",
}

Change = Callable[[Operating, str], Awaitable[Result]]


def ways(room: Room) -> Sequence[Way]:
    pages, path = Pages(room), "/messages/{key}"
    return [
        Way(path, pages.page, Role.VIEWER),
        Way(f"{path}/trace", pages.trace, Role.VIEWER),
        Way(f"{path}/resend", partial(pages.change, Operating.resend), Role.OPERATOR, "POST"),
        Way(f"{path}/discard", partial(pages.change, Operating.discard), Role.OPERATOR, "POST"),
        Way(f"{path}/reply", pages.reply, Role.OPERATOR, "POST"),
    ]


class Pages:
    """What is asked about one message, named by its key in the path."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def page(self, request: Request) -> Response:
        key = request.path_params["key"]
        story = await self._room.ledger.story(key)
        if story is None:
            return self._room.page(request, "message_missing", {"key": key}, place=PLACE, status=404)
        values = {"story": story, "now": await self._room.ledger.now(), **await _about(self._room, story)}
        return self._room.page(request, "message", values, place=PLACE)

    async def trace(self, request: Request) -> Response:
        """The decision with its whole trace: it may take a moment, so the page asks for it by itself."""
        key = request.path_params["key"]
        record, explained, failed = await self._room.ledger.record(key), None, ""
        if record is not None:
            try:
                explained = await self._room.desk.explain(record)
            except ApartFailed as error:
                failed = str(error)
        template = "message_trace" if request.headers.get("hx-request") else "message_trace_page"
        values = {"record": record, "explained": explained, "failed": failed, "key": key}
        return self._room.page(request, template, values, place=PLACE)

    async def change(self, change: Change, request: Request) -> Response:
        key = request.path_params["key"]
        return told(request, await change(self._room.ledger_of(request), key), back=message_path(key))

    async def reply(self, request: Request) -> Response:
        key, fields = request.path_params["key"], await request.form()
        record = await self._room.ledger.record(key)
        if record is None:
            return back_to(message_path(key), "There is no such message any more.", good=False)
        token, text = str(fields.get("token", "")), str(fields.get("text", ""))
        account, sender = record.message.account, record.message.sender
        try:
            result = await self._room.ledger_of(request).reply_by_hand(account, sender, text, token=token, quotes=key)
        except ValueError as error:
            return back_to(message_path(key), f"Not sent: {error}.", good=False)
        return told(request, result, back=message_path(key))


async def _about(room: Room, story: Story) -> dict[str, Any]:
    """What a person may do about it, and until when."""
    record = story.record
    if record is None:
        return {"record": None}
    found = await room.ledger.conversation_page(record.message.account, record.message.sender, limit=1)
    talk = found.talk if found else None
    closes = max(filter(None, (record.message.window_expires_at, talk.window if talk else None)))
    return {
        "record": record,
        "talk": talk,
        "closes": closes,
        "window": WINDOW,
        "advice": ADVICE.get(record.state),
        "may_resend": record.state in ACTS_ON["resend"],
        "may_discard": record.state in ACTS_ON["discard"],
        "token": secrets.token_urlsafe(16),
    }
