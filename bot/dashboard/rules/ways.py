"""The ways to the pages about books, and what each asks of a request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from bot.dashboard.rules.finding import Elsewhere, NoSuchBook, View
from bot.dashboard.rules.views import Views
from rules.decoding import LARGEST_FILE
from worker.bookwork.apart import ApartFailed

PLACE: Final = "rules"
_LONGEST_PART: Final = 2 * LARGEST_FILE  # the whole has a limit of its own
_VERSION: Final = re.compile("[0-9a-f]{12}")
_DIGITS: Final = re.compile("[0-9]{1,6}")

Answer = View | Elsewhere


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form holds."""

    fields: dict[str, str]
    file: bytes | None


def ways(room: Room) -> Sequence[Way]:
    def way(path: str, page: Callable[[Request], Awaitable[Answer]], role: Role, method: str = "GET") -> Way:
        async def endpoint(request: Request) -> Response:
            try:
                answer = await page(request)
            except NoSuchBook:
                return room.page(request, "rules/missing", {}, place=PLACE, status=404)
            except ApartFailed as error:
                return room.page(request, "rules/failed", {"failed": str(error)}, place=PLACE, status=503)
            if isinstance(answer, Elsewhere):
                return RedirectResponse(answer.path, 303)
            return room.page(request, answer.template, answer.context, place=PLACE, status=answer.status)

        return Way(path, endpoint, role, method)

    pages = Pages(Views(room.desk, room.ledger))
    book = "/rules/{book}"
    return [
        way("/rules", pages.books, Role.VIEWER),
        way(book, pages.book, Role.VIEWER),
        way(f"{book}/try", pages.playground, Role.VIEWER),
        way(f"{book}/try", pages.tried, Role.VIEWER, "POST"),
        way(f"{book}/change", pages.editor, Role.VIEWER),
        way(f"{book}/change", pages.changed, Role.VIEWER, "POST"),
        way(f"{book}/compare", pages.compare, Role.OPERATOR, "POST"),
        way(f"{book}/put", pages.put, Role.OPERATOR, "POST"),
        way(f"{book}/compared/{{errand}}", pages.compared, Role.OPERATOR),
        way(f"{book}/errands/{{errand}}", pages.errand, Role.VIEWER),
        way(f"{book}/unmatched", pages.unmatched, Role.VIEWER),
        way(f"{book}/unmatched", pages.look_for_unmatched, Role.OPERATOR, "POST"),
        way(f"{book}/example", pages.example, Role.OPERATOR, "POST"),
        way(f"{book}/history", pages.history, Role.VIEWER),
        way(f"{book}/history/diff", pages.diff, Role.VIEWER),
        way(f"{book}/return", pages.back, Role.OPERATOR, "POST"),
    ]


class Pages:
    """What each page asks of a request."""

    def __init__(self, views: Views) -> None:
        self._views = views

    async def books(self, _: Request) -> Answer:
        return await self._views.books()

    async def book(self, request: Request) -> Answer:
        about = request.query_params.get("about", "")[:200]
        return await self._views.book(
            _book(request), start=_number(request, "start"), about=about, now=datetime.now(UTC)
        )

    async def playground(self, request: Request) -> Answer:
        return await self._views.playground(_book(request))

    async def tried(self, request: Request) -> Answer:
        posted = await posted_in(request)
        return await self._views.tried(_book(request), posted.fields, part=_is_part(request))

    async def editor(self, request: Request) -> Answer:
        return await self._views.editor(_book(request), begin_from=request.query_params.get("from"))

    async def changed(self, request: Request) -> Answer:
        """What changes nothing: viewers may."""
        posted = await posted_in(request)
        edited = await self._views.edited(_book(request), posted.fields, posted.file)
        if posted.fields.get("do") == "try":
            return await self._views.asked(edited)
        return await self._views.checked(edited)

    async def compare(self, request: Request) -> Answer:
        posted = await posted_in(request)
        edited = await self._views.edited(_book(request), posted.fields, posted.file)
        return await self._views.compare(edited)

    async def put(self, request: Request) -> Answer:
        posted = await posted_in(request)
        edited = await self._views.edited(_book(request), posted.fields, posted.file)
        return await self._views.put(edited, who=reader_of(request).name)

    async def compared(self, request: Request) -> Answer:
        return await self._views.compared(_book(request), request.path_params["errand"])

    async def errand(self, request: Request) -> Answer:
        viewer = not reader_of(request).sees_people
        return await self._views.errand(_book(request), request.path_params["errand"], viewer=viewer)

    async def unmatched(self, request: Request) -> Answer:
        return await self._views.unmatched(_book(request))

    async def look_for_unmatched(self, request: Request) -> Answer:
        return await self._views.look_for_unmatched(_book(request))

    async def example(self, request: Request) -> Answer:
        return await self._views.example(_book(request), (await posted_in(request)).fields)

    async def history(self, request: Request) -> Answer:
        put = request.query_params.get("put", "")
        looked = _number(request, "looked")
        return await self._views.history(_book(request), put=put if _VERSION.fullmatch(put) else None, looked=looked)

    async def diff(self, request: Request) -> Answer:
        query = request.query_params
        return await self._views.diff(_book(request), query.get("before", ""), query.get("after", ""))

    async def back(self, request: Request) -> Answer:
        fields = (await posted_in(request)).fields
        began_with, version = fields.get("began_with", ""), fields.get("version", "")
        return await self._views.back(_book(request), version, began_with, who=reader_of(request).name)


async def posted_in(request: Request) -> Posted:
    """A form with or without a file. Of a file that is too long the beginning is enough: it will be refused."""
    form: FormData
    async with request.form(max_files=1, max_fields=20, max_part_size=_LONGEST_PART) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get("file")
        data = await file.read(LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    return Posted(fields, data or None)


def _book(request: Request) -> str:
    return str(request.path_params["book"])


def _number(request: Request, name: str) -> int:
    """Of the query; 0 where it is none."""
    written = request.query_params.get(name, "")
    return int(written) if _DIGITS.fullmatch(written) else 0


def _is_part(request: Request) -> bool:
    """Whether a part of a page that is there asks for itself anew."""
    return request.headers.get("hx-request") == "true"
