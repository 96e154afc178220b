"""Every way of the dashboard times every role: who gets in where, and that no change comes by GET or from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest
import redis.asyncio
from starlette.routing import Mount, Route

from bot.dashboard.guard import API, Way
from bot.dashboard.roles import Role
from bot.dashboard.sessions import COOKIE
from tests.book_pages import BOOK
from tests.dashboards import a_dashboard, log_in
from tests.ledgers import key_of
from tests.operators import everything, populate
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

Named = tuple[str, str]  # a method and a path
Readers = Mapping[Role, httpx.AsyncClient]

NOBODY, VIEWER, OPERATOR = Role

# The least role that gets in. A way that is new is written here too, by somebody who has thought about it.
TABLE: Final[Mapping[Named, Role]] = {
    ("GET", "/login"): NOBODY,
    ("POST", "/login"): NOBODY,
    ("POST", "/logout"): VIEWER,
    ("GET", "/"): VIEWER,
    ("GET", "/now"): VIEWER,
    ("GET", "/series"): VIEWER,
    ("GET", "/live"): VIEWER,
    ("GET", "/live/now"): VIEWER,
    ("POST", "/accounts/{account}/pause"): OPERATOR,
    ("POST", "/accounts/{account}/resume"): OPERATOR,
    ("GET", "/messages"): VIEWER,
    ("GET", "/messages.csv"): VIEWER,
    ("GET", "/messages.json"): VIEWER,
    ("GET", "/messages/{key}"): VIEWER,
    ("GET", "/messages/{key}/trace"): VIEWER,
    ("POST", "/messages/{key}/resend"): OPERATOR,
    ("POST", "/messages/{key}/discard"): OPERATOR,
    ("POST", "/messages/{key}/reply"): OPERATOR,
    ("POST", "/find"): VIEWER,
    ("GET", "/bulks"): VIEWER,
    ("POST", "/bulks"): OPERATOR,
    ("GET", "/bulks/new"): OPERATOR,
    ("GET", "/bulks/{bulk}"): VIEWER,
    ("POST", "/bulks/{bulk}/stop"): OPERATOR,
    ("GET", "/conversations"): VIEWER,
    ("GET", "/conversations/{token}"): VIEWER,
    ("POST", "/conversations/{token}/reply"): OPERATOR,
    ("POST", "/conversations/{token}/take-over"): OPERATOR,
    ("POST", "/conversations/{token}/resume"): OPERATOR,
    ("POST", "/conversations/{token}/opt-out"): OPERATOR,
    ("POST", "/conversations/{token}/opt-in"): OPERATOR,
    ("POST", "/conversations/{token}/tag"): OPERATOR,
    ("POST", "/conversations/{token}/untag"): OPERATOR,
    ("GET", "/conversations/{token}/forget"): OPERATOR,
    ("POST", "/conversations/{token}/forget"): OPERATOR,
    ("GET", "/needs-you"): VIEWER,
    ("POST", "/needs-you/{key}/resend"): OPERATOR,
    ("POST", "/needs-you/{key}/discard"): OPERATOR,
    ("GET", "/queue"): VIEWER,
    ("POST", "/queue/{job}/ring"): OPERATOR,
    ("POST", "/queue/{job}/delete"): OPERATOR,
    ("GET", "/audit"): VIEWER,
    ("POST", "/presenting"): OPERATOR,
    ("POST", "/conversations/{token}/reveal"): OPERATOR,
    ("GET", "/rules"): VIEWER,
    ("GET", "/rules/{book}"): VIEWER,
    ("GET", "/rules/{book}/try"): VIEWER,
    ("POST", "/rules/{book}/try"): VIEWER,
    ("GET", "/rules/{book}/change"): VIEWER,
    ("POST", "/rules/{book}/change"): VIEWER,
    ("POST", "/rules/{book}/compare"): OPERATOR,
    ("POST", "/rules/{book}/put"): OPERATOR,
    ("GET", "/rules/{book}/compared/{errand}"): OPERATOR,
    ("GET", "/rules/{book}/errands/{errand}"): VIEWER,
    ("GET", "/rules/{book}/unmatched"): VIEWER,
    ("POST", "/rules/{book}/unmatched"): OPERATOR,
    ("POST", "/rules/{book}/example"): OPERATOR,
    ("GET", "/rules/{book}/history"): VIEWER,
    ("GET", "/rules/{book}/history/diff"): VIEWER,
    ("POST", "/rules/{book}/return"): OPERATOR,
    ("GET", "/api/v1/status"): VIEWER,
    ("GET", "/api/v1/series"): VIEWER,
    ("GET", "/api/v1/needs-you"): VIEWER,
    ("GET", "/api/v1/queue"): VIEWER,
    ("GET", "/api/v1/queue/jobs"): VIEWER,
    ("POST", "/api/v1/queue/jobs/{job}/ring"): OPERATOR,
    ("POST", "/api/v1/queue/jobs/{job}/delete"): OPERATOR,
    ("POST", "/api/v1/accounts/{account}/pause"): OPERATOR,
    ("POST", "/api/v1/accounts/{account}/resume"): OPERATOR,
    ("GET", "/api/v1/audit"): VIEWER,
    ("GET", "/api/v1/messages"): VIEWER,
    ("GET", "/api/v1/find"): VIEWER,
    ("GET", "/api/v1/messages/{key}"): VIEWER,
    ("GET", "/api/v1/messages/{key}/trace"): VIEWER,
    ("POST", "/api/v1/messages/{key}/resend"): OPERATOR,
    ("POST", "/api/v1/messages/{key}/discard"): OPERATOR,
    ("POST", "/api/v1/messages/{key}/reply"): OPERATOR,
    ("GET", "/api/v1/bulks"): VIEWER,
    ("POST", "/api/v1/bulks"): OPERATOR,
    ("GET", "/api/v1/bulks/{bulk}"): VIEWER,
    ("POST", "/api/v1/bulks/{bulk}/stop"): OPERATOR,
    ("GET", "/api/v1/conversations"): VIEWER,
    ("GET", "/api/v1/conversations/{token}"): VIEWER,
    ("POST", "/api/v1/conversations/{token}/reply"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/take-over"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/resume"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/opt-out"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/opt-in"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/tag"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/untag"): OPERATOR,
    ("POST", "/api/v1/conversations/{token}/forget"): OPERATOR,
    ("GET", "/api/v1/books"): VIEWER,
    ("GET", "/api/v1/books/{book}"): VIEWER,
    ("GET", "/api/v1/books/{book}/text"): VIEWER,
    ("POST", "/api/v1/books/{book}/try"): VIEWER,
    ("POST", "/api/v1/books/{book}/check"): VIEWER,
    ("POST", "/api/v1/books/{book}/compare"): OPERATOR,
    ("POST", "/api/v1/books/{book}/unmatched"): OPERATOR,
    ("GET", "/api/v1/books/{book}/errands/{errand}"): VIEWER,
    ("POST", "/api/v1/books/{book}/example"): OPERATOR,
    ("GET", "/api/v1/books/{book}/history"): VIEWER,
    ("GET", "/api/v1/books/{book}/diff"): VIEWER,
    ("POST", "/api/v1/books/{book}/put"): OPERATOR,
    ("POST", "/api/v1/books/{book}/return"): OPERATOR,
    ("GET", "/api/v1/openapi.json"): VIEWER,
    ("GET", "/api/v1"): VIEWER,
}


@pytest.fixture
async def dashboard(
    redis_url: Secret, ledger: Ledger, operating: Operating, tmp_path: Path
) -> AsyncIterator[tuple[Readers, Mapping[str, str]]]:
    """A reader of each role, and what stands for the names in its paths."""
    file = tmp_path / "book.yaml"
    file.write_text(BOOK)
    async with a_dashboard(redis_url, file) as running:
        messages = await populate(ledger, operating)
        readers = {role: await running.browser() for role in Role}
        for role in (VIEWER, OPERATOR):
            await log_in_to_stay(readers[role], role)
        await readers[OPERATOR].get("/")
        found = {
            "account": "prelude",
            "key": key_of(messages[State.REJECTED]),
            "token": running.talk(messages[State.SENT].sender).rpartition("/")[2],
            "book": running.book,
            "bulk": "0" * 16,
            "job": "prelude_nothing",
            "errand": "0" * 16,
        }
        yield readers, found


async def log_in_to_stay(reader: httpx.AsyncClient, role: Role) -> None:
    """The cookie is sent with every request as it is, whatever an answer does to it."""
    reader.headers.pop("cookie", None)
    await log_in(reader, role)
    reader.headers["cookie"] = f"{COOKIE}={reader.cookies[COOKIE]}"
    reader.cookies.clear()


async def sent(reader: httpx.AsyncClient, method: str, path: str, **headers: str) -> int:
    """The status; 401 where it leads to the log-in, and 200 of an answer that goes on."""
    try:
        async with asyncio.timeout(5 if path != "/live" else 0.3):
            answer = await reader.request(method, path, headers=headers)
    except TimeoutError:
        return 200
    to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login")
    has_logged_out = "set-cookie" in answer.headers
    return 401 if to_login and not has_logged_out else answer.status_code


def is_refused(status: int) -> bool:
    return status in (401, 403)


def named(way: Way) -> Named:
    return way.method, way.path


async def test_the_table_has_all_that_is_answered(redis_url: Secret) -> None:
    async with a_dashboard(redis_url) as running:
        assert {named(way) for way in running.ways} == TABLE.keys()
        open_to_all = {"/livez", "/static"}
        routes = {route.path for route in running.app.routes if isinstance(route, Route | Mount)}
        assert routes == {path for _, path in TABLE} | open_to_all


async def test_each_role_gets_in_where_the_table_says_and_nowhere_else(
    dashboard: tuple[Readers, Mapping[str, str]],
) -> None:
    readers, names = dashboard
    found = {}
    for method, path in TABLE:
        # A wrong password is refused too; the log-in has tests of its own.
        if path == "/login":
            found[method, path] = NOBODY
            continue
        let_in = []
        for role, reader in readers.items():
            if not is_refused(await sent(reader, method, path.format_map(names))):
                let_in.append(role)
                if path == "/logout":
                    await log_in_to_stay(reader, role)
        assert let_in == [role for role in Role if role >= min(let_in)], path
        found[method, path] = min(let_in)
    assert found == TABLE


async def test_no_answer_fails_whoever_asks(dashboard: tuple[Readers, Mapping[str, str]]) -> None:
    readers, names = dashboard
    strange = dict.fromkeys(names, "%00%ff%22'<b>")
    for given in (names, strange):
        for method, path in TABLE:
            for role, reader in readers.items():
                status = await sent(reader, method, path.format_map(given))
                assert status < 500, (method, path, status)
                if path == "/logout" and role is not NOBODY:
                    await log_in_to_stay(reader, role)


async def test_asking_changes_nothing(dashboard: tuple[Readers, Mapping[str, str]], store: redis.asyncio.Redis) -> None:
    readers, names = dashboard
    before = await everything(store)
    for method, path in TABLE:
        if method == "GET":
            await sent(readers[OPERATOR], method, path.format_map(names))
    assert await everything(store) == before


async def test_what_changes_something_is_not_to_be_had_by_asking(
    dashboard: tuple[Readers, Mapping[str, str]], store: redis.asyncio.Redis
) -> None:
    readers, names = dashboard
    before = await everything(store)
    for method, path in TABLE:
        if method == "POST" and ("GET", path) not in TABLE:
            for asking in ("GET", "HEAD", "PUT", "DELETE"):
                status = await sent(readers[OPERATOR], asking, path.format_map(names))
                assert status in (404, 405), (asking, path, status)
    assert await everything(store) == before


async def test_nothing_is_changed_from_elsewhere(
    dashboard: tuple[Readers, Mapping[str, str]], store: redis.asyncio.Redis
) -> None:
    readers, names = dashboard
    before = await everything(store)
    for method, path in TABLE:
        for site in ("cross-site", "same-site", "none"):
            if method == "POST":
                status = await sent(readers[OPERATOR], method, path.format_map(names), **{"sec-fetch-site": site})
                assert status == 403, (path, site, status)
    assert await everything(store) == before


async def test_without_a_session_pages_lead_to_the_login_and_the_api_says_401(
    dashboard: tuple[Readers, Mapping[str, str]], store: redis.asyncio.Redis
) -> None:
    readers, names = dashboard
    before = await everything(store)
    stranger = readers[NOBODY]
    for (method, path), role in TABLE.items():
        if role is not NOBODY:
            answer = await stranger.request(method, path.format_map(names))
            if path.startswith(API):
                assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json"), path
            else:
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/login"), path
    assert await everything(store) == before
