"""The API about books: the same desk as the pages, by values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.dashboard.roles import Role
from bot.dashboard.rules.api_ways import calls
from rules import parse
from rules.loader import version_of
from tests.book_pages import BOOK, CHANGED, FAULTY, book_pages
from tests.conftest import a_message
from tests.dashboards import log_in
from tests.ledgers import lived
from worker.bookshelf import Shelf
from worker.bookwork.desk import Desk
from worker.ledger import Ledger
from worker.secret import Secret

BEFORE, AFTER = version_of(BOOK.encode()), version_of(CHANGED.encode())


@dataclass
class Client:
    """A program that has logged in."""

    http: httpx.AsyncClient
    desk: Desk
    file: Path
    book: str

    async def get(self, path: str, status: int = 200) -> Any:
        response = await self.http.get(self.book + path)
        assert response.status_code == status, response.text
        return response.json()

    async def post(self, path: str, body: object = None, status: int = 200) -> Any:
        response = await self.http.post(self.book + path, json=body)
        assert response.status_code == status, response.text
        return response.json()


@asynccontextmanager
async def client(url: Secret, file: Path, role: Role) -> AsyncIterator[Client]:
    async with book_pages(url, file, role=role) as shown:
        yield Client(shown.http, shown.desk, file, f"/api/v1/books/{shown.book.rpartition('/')[2]}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(BOOK)
    return tmp_path / "book.yaml"


@pytest.fixture
async def operator(redis_url: Secret, file: Path) -> AsyncIterator[Client]:
    async with client(redis_url, file, Role.OPERATOR) as found:
        yield found


async def ended(asker: Client, errand: str) -> Any:
    async with asyncio.timeout(30):
        while (told := await asker.get(f"/errands/{errand}"))["running"]:
            await asyncio.sleep(0.02)
    assert told["failed"] is None
    return told["result"]


async def test_a_book_is_read_with_its_rules_text_and_history(operator: Client, ledger: Ledger) -> None:
    await lived(ledger, parse(BOOK.encode(), "b"), a_message("a refund"))
    (listed,) = (await operator.http.get("/api/v1/books")).json()["books"]
    assert (listed["version"], listed["path"], listed["workers"]) == (BEFORE, str(operator.file), 0)
    told = await operator.get("")
    assert [(each["name"], each["hits"]) for each in told["contents"]["entries"]] == [("stop", 0), ("refund", 1)]
    assert await operator.get("/text") == {"version": BEFORE, "book": BOOK}
    assert [each["version"] for each in (await operator.get("/history"))["history"]] == [BEFORE]


async def test_a_message_is_asked_about_and_a_changed_book_checked(operator: Client) -> None:
    assert (await operator.post("/try", {"text": "a refnud"}))["decision"]["reply"] == "Which order?"
    assert (await operator.post("/try", {"text": "give it back", "book": CHANGED}))["decision"]["rule"] == "refund"
    checked = await operator.post("/check", {"book": FAULTY})
    assert (checked["good"], [fault["line"] for fault in checked["faults"]]) == (False, [10])
    patched = await operator.post("/example", {"rule": "refund", "text": "undo it"})
    assert "+      matches: [a refund please, undo it]   # money" in patched["diff"]
    assert (await operator.post("/example", {"rule": "none", "text": "x"}, 409))["code"] == "cannot_insert"


async def test_a_book_is_put_in_force_and_undone_or_refused_with_a_code(operator: Client) -> None:
    put = {"book": CHANGED, "began_with": BEFORE}
    assert (await operator.post("/put", {**put, "book": FAULTY}, 409))["code"] == "faults"
    assert await operator.post("/put", put) == {"before": BEFORE, "version": AFTER}
    assert operator.file.read_text() == CHANGED
    await operator.desk.library.kept(str(operator.file)).write(Shelf(operator.file).edition)  # as a worker does
    refused = await operator.post("/put", put, 409)
    assert (refused["code"], refused["holds"]) == ("overtaken", AFTER)
    diff = (await operator.get(f"/diff?before={BEFORE}&after={AFTER}"))["diff"]
    assert "+    when: {any: [refund, give it back]}\n" in diff
    assert (await operator.post("/return", {"version": BEFORE, "began_with": AFTER}))["version"] == BEFORE
    assert operator.file.read_text() == BOOK


async def test_what_goes_on_beside_has_a_result_of_which_a_viewer_sees_no_text(
    operator: Client, ledger: Ledger
) -> None:
    for number, text in enumerate(["my money back", "is Anna there 98765"]):
        await lived(ledger, parse(BOOK.encode(), "b"), a_message(text, sender=f"+4915{number:08}"))
    compared = (await operator.post("/compare", {"book": CHANGED}))["id"]
    assert (await ended(operator, compared))["kinds"] == {"loses_reply": 1}
    unmatched = (await operator.post("/unmatched"))["id"]
    (heap,) = (await ended(operator, unmatched))["heaps"]
    assert (heap["text"], heap["example"]) == ("is Anna there 98765", "is Xxxx there 12345")
    await log_in(operator.http, Role.VIEWER, "omar")
    (heap,) = (await ended(operator, unmatched))["heaps"]
    assert heap["text"] is None
    assert not {"example", "hidden"} & heap.keys()
    await operator.get(f"/errands/{compared}", 404)


async def test_what_is_no_call_is_told_so(operator: Client) -> None:
    assert (await operator.post("/check", {"bok": "x"}, 422))["code"] == "body"
    assert (await operator.post("/try", {"text": "x" * 5000}, 422))["wrong"][0]["at"] == ["text"]
    response = await operator.http.post(f"{operator.book}/check", content=b"\xff")
    assert response.status_code == 422
    assert (await operator.get("/errands/none", 404))["code"] == "unknown"
    assert (await operator.get("/text?version=none", 404))["code"] == "unknown"


async def test_a_viewer_may_read_and_try_and_nothing_else(redis_url: Secret, file: Path) -> None:
    async with client(redis_url, file, Role.VIEWER) as viewer:
        await viewer.post("/try", {"text": "x"})
        await viewer.post("/check", {"book": BOOK})
        for path in ("/put", "/return", "/compare", "/unmatched", "/example"):
            await viewer.post(path, {}, 403)
        assert file.read_text() == BOOK


def test_each_call_says_what_it_does_and_takes() -> None:
    room: Any = type("Room", (), {"desk": None, "ledger": None})()
    for call in calls(room):
        assert call.summary
        assert (call.body is None) or call.method == "POST"
