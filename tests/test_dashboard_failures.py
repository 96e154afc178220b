"""What somebody with a browser sees where there is no page: the dashboard's own layout, and a way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from bot.dashboard.app import BODY_LIMIT
from bot.dashboard.roles import Role
from bot.demo.embedded import free_port
from bot.demo.processes import listens, running
from rules.decoding import LARGEST_FILE
from tests.book_pages import BOOK
from tests.dashboards import ADDRESS, OWN, PASSWORDS, Dashboard, a_dashboard, an_operator_without_redis
from worker.secret import Secret

FROM: Final = {"referer": f"{ADDRESS}/messages?state=sent"}
PASSWORD: Final = "a password of some length"


@pytest.fixture
async def dashboard(redis_url: Secret, tmp_path: Path) -> AsyncIterator[Dashboard]:
    file = tmp_path / "book.yaml"
    file.write_text(BOOK)
    async with a_dashboard(redis_url, file) as shown:
        yield shown


def is_page(answer: httpx.Response, onward: str) -> bool:
    """Whether it is one of ours, that leads there."""
    parts = ('<html lang="en">', "<title>Th", '<main id="main"', f'<a href="{onward}">')
    return all(part in answer.text for part in parts)


async def test_where_nothing_is_a_reader_finds_the_way_on(dashboard: Dashboard) -> None:
    stranger, viewer = await dashboard.browser(), await dashboard.browser(Role.VIEWER)
    for path, status in (("/nowhere", 404), ("/logout", 405), ("/messages/a/b/c", 404), ("/find", 405)):
        for reader, knows in ((stranger, False), (viewer, True)):
            answer = await reader.get(path)
            assert answer.status_code == status
            assert is_page(answer, "/"), answer.text
            assert ('action="/logout"' in answer.text) is knows
            assert "content-security-policy" in answer.headers
    assert (await viewer.get("/logout")).headers["allow"] == "POST"


async def test_what_is_not_allowed_is_said_on_a_page(dashboard: Dashboard) -> None:
    viewer = await dashboard.browser(Role.VIEWER)
    asked = await viewer.get("/bulks/new?action=resend")
    sent = await viewer.post("/accounts/prelude/pause", headers=FROM)
    foreign = await viewer.post("/logout", headers={"sec-fetch-site": "cross-site"})
    for answer, onward, why in (
        (asked, "/", "a viewer may look and change nothing"),
        (sent, "/messages?state=sent", "a viewer may look and change nothing"),
        (foreign, "/", "another site&#39;s page"),
    ):
        assert answer.status_code == 403
        assert is_page(answer, onward), answer.text
        assert why in answer.text


async def test_what_cannot_be_read_or_is_too_large_is_said_on_a_page(dashboard: Dashboard) -> None:
    operator = await dashboard.browser(Role.OPERATOR)
    broken = {"content-type": "multipart/form-data; boundary=a"}
    answers = [
        await operator.post("/login", content=b"--a\r\n\xff", headers=broken | FROM),
        await operator.post("/bulks", content=b"x" * (BODY_LIMIT + 1), headers=FROM),
    ]
    assert [answer.status_code for answer in answers] == [400, 413]
    assert all(is_page(answer, "/messages?state=sent") for answer in answers)


async def test_programs_are_told_a_failure_as_they_were(dashboard: Dashboard) -> None:
    program = await dashboard.browser()
    program.headers["authorization"] = f"Bearer {PASSWORDS[Role.VIEWER].reveal()}"
    for method, path, said in (
        ("GET", "/api/v1/nowhere", "Not Found"),
        ("DELETE", "/api/v1/status", "Method Not Allowed"),
        ("GET", "/static/nothing.css", "Not Found"),
    ):
        answer = await program.request(method, path)
        assert (answer.text, answer.headers["content-type"].partition(";")[0]) == (said, "text/plain")


async def test_while_redis_is_away_nobodys_page_is_still_one() -> None:
    async with an_operator_without_redis() as operator:
        answer = await operator.get("/nowhere")
    assert (answer.status_code, is_page(answer, "/")) == (404, True)


@pytest.mark.parametrize(
    ("size", "status", "said"),
    [
        (LARGEST_FILE - 1000, 200, ">No faults<"),
        (LARGEST_FILE + 1000, 200, "the file is larger than 5 MB"),
        (BODY_LIMIT + 1000, 413, "A book has 5 MB at most."),
        (4 * BODY_LIMIT, 413, "A book has 5 MB at most."),
    ],
)
async def test_however_large_a_books_file_is_it_is_checked_or_said_to_be_too_large(
    dashboard: Dashboard, redis_url: Secret, tmp_path: Path, size: int, status: int, said: str
) -> None:
    settings = {"AUTOREPLY_REDIS_URL": redis_url.reveal(), "AUTOREPLY_DASHBOARD_PASSWORD": PASSWORD}
    port, book = free_port(), BOOK.encode()
    file = {"file": ("book.yaml", book + b"#" * (size - len(book)))}
    async with (
        running(tmp_path, settings, "dashboard", "--port", str(port)) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=OWN, timeout=60) as browser,
    ):
        await listens(port, process)
        await browser.post("/login", data={"password": PASSWORD})
        answer = await browser.post(f"/rules/{dashboard.book}/change", data={"do": "check"}, files=file)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
