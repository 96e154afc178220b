"""One conversation as a chat, and what an operator does in it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.dashboard.guard import Way
from bot.dashboard.pages.answering import back_to, sentence, told, tried
from bot.dashboard.roles import Role
from bot.dashboard.room import Room
from rules.durations import read_duration
from worker.ledger import ConversationPage, LedgerDamaged, Operating, Record, Result

PLACE: Final = "conversations"
SPANS: Final = ("30m", "4h", "1d", "7d")
LONGEST: Final = timedelta(days=365)

# What is done, to whom (account and sender), as the form says.
Change = Callable[[Operating, str, str, FormData], Awaitable[Result]]


def ways(room: Room) -> Sequence[Way]:
    pages, path = Pages(room), "/conversations/{token}"
    return [
        Way(path, pages.page, Role.VIEWER),
        *(Way(f"{path}/{name}", partial(pages.change, each), Role.OPERATOR, "POST") for name, each in CHANGES.items()),
        Way(f"{path}/forget", pages.ask_to_forget, Role.OPERATOR),
        Way(f"{path}/forget", pages.forget, Role.OPERATOR, "POST"),
    ]


class Pages:
    """What is asked about one conversation, named by its token in the path."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def page(self, request: Request) -> Response:
        person = self._person(request)
        return await self._show(request, *person) if person else self._missing(request)

    async def change(self, change: Change, request: Request) -> Response:
        """Goes back to the page. A text that is refused stands in its field again: somebody has written it."""
        person = self._person(request)
        if person is None:
            return self._missing(request)
        form = await request.form()
        try:
            result = await tried(change(self._room.ledger_of(request), *person, form))
            said, good = sentence(result), result.refused is None
        except ValueError as error:
            said, good = f"Refused: {error}.", False
        text = form.get("text")
        if not good and isinstance(text, str):
            return await self._show(request, *person, written=text, said=said, said_well=False, status=409)
        return back_to(self._room, self._room.addresses.conversation_path(*person), said, good=good)

    async def ask_to_forget(self, request: Request) -> Response:
        person = self._person(request)
        if person is None:
            return self._missing(request)
        number: int | None = None
        with suppress(LedgerDamaged):  # nobody can count them; they go all the same
            number = await self._room.ledger.messages_of(person[1])
        values = {"person": person, "number": number, "back": self._room.addresses.conversation_path(*person)}
        return self._room.page(request, "forget", values, place=PLACE)

    async def forget(self, request: Request) -> Response:
        person = self._person(request)
        if person is None:
            return self._missing(request)
        result = await tried(self._room.ledger_of(request).forget(person[1]))
        self._room.desk.errands.drop()  # their results quote customers
        return told(self._room, result, back="/conversations")

    async def _show(
        self, request: Request, account: str, sender: str, *, written: str = "", status: int = 200, **more: Any
    ) -> Response:
        """The whole page; or, where that asks again, what has changed in it since."""
        before, seen = request.query_params.get("before") or None, request.query_params.get("seen")
        try:
            found = await self._room.ledger.conversation_page(account, sender, before)
        except ValueError as error:
            return self._room.wrong(request, str(error), place=PLACE)
        if found is None:
            return self._missing(request)
        now = await self._room.ledger.now()
        closes = found.talk.window or now
        shown = digest(found, is_open=closes > now)
        values = {"found": found, "talk": found.talk, "now": now, "closes": closes, "before": before, "seen": shown}
        values |= {"token": secrets.token_urlsafe(16), "written": written, "spans": SPANS}
        if request.headers.get("hx-target") != "chat":
            return self._room.page(request, "conversation", values | more, place=PLACE, status=status)
        if seen == shown:
            return Response(status_code=204)  # a screen reader would read it all again
        values["is_open_again"] = closes > now and request.query_params.get("open") == "0"
        return self._room.page(request, "conversation_now", values, place=PLACE)

    def _person(self, request: Request) -> tuple[str, str] | None:
        return self._room.addresses.person(request.path_params["token"])

    def _missing(self, request: Request) -> Response:
        return self._room.page(request, "conversation_missing", {}, place=PLACE, status=404)


def digest(found: ConversationPage, *, is_open: bool) -> str:
    """Another one where there is something else to show. Nobody's number or text is in it."""
    records = [
        (record.key, record.state, record.changed_at) if isinstance(record, Record) else (record.key,)
        for record in found.records
    ]
    talk = found.talk
    facts = (is_open, talk.opted_out, talk.handed_off_until, sorted(talk.tags), talk.window, talk.last_seen)
    return hashlib.sha256(repr((records, facts)).encode()).hexdigest()[:16]


def _tag(form: FormData) -> str:
    return " ".join(str(form.get("tag", "")).split())


async def _take_over(ledger: Operating, account: str, sender: str, form: FormData) -> Result:
    span = read_duration(str(form.get("span", "")))
    if span is None or not timedelta(0) < span <= LONGEST:
        raise ValueError("write for how long, such as 30m, 4h or 2d")
    return await ledger.take_over(account, sender, span)


async def _reply(ledger: Operating, account: str, sender: str, form: FormData) -> Result:
    token, text = str(form.get("token", "")), str(form.get("text", "")).replace("\r\n", "\n")  # as browsers send it
    return await ledger.reply_by_hand(account, sender, text, token=token)


async def _give_back(ledger: Operating, account: str, sender: str, _: FormData) -> Result:
    return await ledger.give_back(account, sender)


async def _opt_out(ledger: Operating, account: str, sender: str, _: FormData) -> Result:
    return await ledger.set_opted_out(account, sender, out=True)


async def _opt_in(ledger: Operating, account: str, sender: str, _: FormData) -> Result:
    return await ledger.set_opted_out(account, sender, out=False)


async def _add_tag(ledger: Operating, account: str, sender: str, form: FormData) -> Result:
    return await ledger.set_tag(account, sender, _tag(form), on=True)


async def _take_tag(ledger: Operating, account: str, sender: str, form: FormData) -> Result:
    return await ledger.set_tag(account, sender, _tag(form), on=False)


CHANGES: Final[Mapping[str, Change]] = {
    "reply": _reply,
    "take-over": _take_over,
    "resume": _give_back,
    "opt-out": _opt_out,
    "opt-in": _opt_in,
    "tag": _add_tag,
    "untag": _take_tag,
}
