"""The list of messages as a file: CSV for a spreadsheet, JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.dashboard.api.service import values_of
from bot.dashboard.api.values import Values
from bot.dashboard.filters import BadFilter, Filters
from bot.dashboard.guard import Way
from bot.dashboard.roles import Role
from bot.dashboard.room import Room, reader_of
from worker.ledger import Operating, Page

MOST: Final = 10_000  # messages
_PAGE: Final = 200
COLUMNS: Final = (
    "key",
    "state",
    "reason",
    "account",
    "sender",
    "text",
    "media",
    "rule",
    "reply",
    "by",
    "sent_at",
    "received_at",
    "changed_at",
    "window_closes_at",
    "attempts",
    "book",
    "message_id",
    "reply_id",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # also full-width

Row = Mapping[str, Any]
Kind = Literal["csv", "json"]
KINDS: Final[tuple[Kind, ...]] = ("csv", "json")


def ways(room: Room) -> Sequence[Way]:
    return [Way(f"/messages.{kind}", partial(_export, room, kind), Role.VIEWER) for kind in KINDS]


async def _export(room: Room, kind: Kind, request: Request) -> Response:
    """The latest that fit."""
    try:
        filters = Filters.read(request.query_params, reader_of(request))
    except BadFilter as error:
        return room.wrong(request, str(error), place="messages")
    # Looked for before the answer begins, so that a Redis that is away is still told by a page of its own.
    first = await room.ledger.page(filters.wanted, None, _PAGE)
    rows = _rows(room.ledger, filters, first, values_of(room, request))
    body, media = (_csv(rows), "text/csv; charset=utf-8") if kind == "csv" else (_json(rows), "application/json")
    named = {"content-disposition": f'attachment; filename="messages.{kind}"'}
    return StreamingResponse(body, media_type=media, headers=named)


async def _rows(ledger: Operating, filters: Filters, page: Page, values: Values) -> AsyncIterator[list[Row]]:
    """Some at a time. Each message once: one that changes meanwhile is met no second time."""
    told: set[str] = set()
    while True:
        fresh = [record for record in page.records if record.key not in told][: MOST - len(told)]
        told.update(record.key for record in fresh)
        yield [values.record(record, page.closes.get(record.key)) for record in fresh]
        if page.next is None or len(told) >= MOST:
            return
        page = await ledger.page(filters.wanted, page.next, _PAGE)


async def _csv(rows: AsyncIterator[list[Row]]) -> AsyncIterator[str]:
    yield _lines([COLUMNS])
    async for some in rows:
        yield _lines([[cell(row.get(name)) for name in COLUMNS] for row in some])


def _lines(rows: Iterable[Iterable[object]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()


def cell(value: object) -> str:
    """A spreadsheet takes what begins so for a formula, and would run what a stranger wrote."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


async def _json(rows: AsyncIterator[list[Row]]) -> AsyncIterator[str]:
    """An array."""
    before = "[\n"
    async for some in rows:
        for row in some:
            yield before + json.dumps(row, ensure_ascii=False)
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
