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
from bot.dashboard.pages.answering import sentence, told
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from bot.dashboard.rules.wording import SILENCES
from worker.bookwork.apart import ApartFailed
from worker.ledger import ACTS_ON, LedgerDamaged, Operating, Result, State, Story

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
        story = await self._story(request)
        return self._missing(request) if story is None else await self._shown(request, story)

    async def trace(self, request: Request) -> Response:
        """The decision with its whole trace: it may take a moment, so the page asks for it by itself."""
        key = request.path_params["key"]
        story, explained, failed = await self._story(request), None, ""
        if story is None:
            return self._missing(request)
        record = story.record  # None where it is damaged
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
        try:
            result = await change(self._room.ledger_of(request), key)
        except LedgerDamaged:
            result = Result("change", key, "damaged")
        return told(self._room, result, back=message_path(key))

    async def reply(self, request: Request) -> Response:
        """Sends what was written. Where that cannot be, the page again: nothing that somebody has typed is lost."""
        key, fields = request.path_params["key"], await request.form()
        story = await self._story(request)
        record = story.record if story else None
        if story is None or record is None:
            return self._missing(request)
        token, text = str(fields.get("token", "")), str(fields.get("text", "")).replace("\r\n", "\n")
        account, sender = record.message.account, record.message.sender
        try:
            result = await self._room.ledger_of(request).reply_by_hand(account, sender, text, token=token, quotes=key)
        except ValueError as error:
            return await self._shown(request, story, status=400, said=f"Not sent: {error}.", written=text)
        except LedgerDamaged:
            result = Result("reply", key, "damaged")
        if result.refused is None:
            return told(self._room, result, back=message_path(key))
        more = {} if result.refused == "token" else {"token": token}  # a new one: sent again, it goes out too
        return await self._shown(request, story, status=409, said=sentence(result), written=text, **more)

    async def _story(self, request: Request) -> Story | None:
        """Of what stands there and is no record at all: an empty one."""
        key = request.path_params["key"]
        try:
            return await self._room.ledger.story(key)
        except LedgerDamaged:
            return Story(key, fields={}, remembered={}, messages=0, due=None)

    async def _shown(self, request: Request, story: Story, *, status: int = 200, **more: str) -> Response:
        values: dict[str, Any] = {"story": story, "now": await self._room.ledger.now(), "silences": SILENCES}
        values |= {**await _about(self._room, story), **more}
        return self._room.page(request, "message", values, place=PLACE, status=status)

    def _missing(self, request: Request) -> Response:
        key = request.path_params["key"]
        return self._room.page(request, "message_missing", {"key": key}, place=PLACE, status=404)


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
