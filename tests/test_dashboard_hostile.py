"""What somebody writes to do harm is a text and nothing else: on every page, in the API, in exports and in logs."""

from __future__ import annotations

import csv
import io
import json
import logging
import unicodedata
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
import structlog

from bot.app import create_app
from bot.dashboard.addresses import message_path
from bot.dashboard.pages.entrance import NAME_LIMIT
from bot.dashboard.roles import Role
from rules.model import Action, Decision, Matched
from tests.adapters import prelude_inbound
from tests.dashboards import Dashboard, a_dashboard, log_in
from tests.events import example_event, signed
from tests.hostile import TEXTS
from tests.ledgers import ACCOUNTS
from worker import log
from worker.ledger import Ledger, Operating, Record, State
from worker.secret import Secret

HARMLESS: Final = ("hello", "where is my parcel", "12", "a longer text " * 50, "good", "yes", "no")
STATES: Final = (State.REJECTED, State.UNCONFIRMED, State.SENT)


@dataclass
class Seen(HTMLParser):
    """What a browser makes of a page, as far as elements go."""

    shapes: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)  # an element, and its attributes' names
    leads: set[str] = field(default_factory=set)  # where links, forms and sources go
    text: str = ""
    scripts: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src", "action", "hx-get", "hx-post")}
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def seen(page: str) -> Seen:
    found = Seen()
    found.feed(page)
    found.close()
    return found


def words(text: str) -> str:
    """Without what HTML, a form or a terminal may take from it."""
    return "".join(letter for letter in text if not letter.isspace() and unicodedata.category(letter) != "Cc")


async def write(ledger: Ledger, texts: Sequence[str], *, private: str = "") -> list[Record]:
    """Each by somebody of its own, in every field that a customer, a provider or a book fills.

    `private` stands at the end of the message and of the reply alone.
    """
    receiver = httpx.ASGITransport(create_app({"prelude": prelude_inbound()}, ledger))
    found = []
    async with httpx.AsyncClient(transport=receiver, base_url="http://receiver") as client:
        for number, text in enumerate(texts):
            event: dict[str, Any] = example_event()
            event["id"], event["payload"]["message_id"] = f"evt_{number}{text}"[:200], f"im_{number}{text}"[:200]
            event["payload"]["content"]["text"] = text + private
            event["payload"]["from"] = f"+1555{number:07}{text}"[:64]  # an id of the provider's, and no number
            event["payload"]["to"] = f"+1666{number:07}{text}"[:64]
            answer = await client.post("/webhooks/prelude", **signed(event))
            if answer.status_code == 400:  # no provider's id looks like this
                event["id"], event["payload"]["message_id"] = f"evt_{number}", f"im_{number}"
                event["payload"]["from"] = f"+1555{number:07}"
                answer = await client.post("/webhooks/prelude", **signed(event))
            assert answer.status_code == 200, (text, answer.text)
            odd = event | {"type": text, "payload": text}
            assert (await client.post("/webhooks/prelude", **signed(odd))).status_code in (200, 400)
            found.append(await _decide(ledger, text, STATES[number % len(STATES)], private))
    return found


async def _decide(ledger: Ledger, text: str, state: State, private: str) -> Record:
    claim = await ledger.claim(uuid.uuid4().hex, ACCOUNTS)
    assert claim is not None
    decision = Decision(
        rule=text[:80], reply=text + private, matched=Matched(text, (text,)), actions=(Action("tag", value=text[:60]),)
    )
    attempt = await ledger.begin(claim, decision, "v1")
    assert attempt is not None
    tried = json.dumps({"answer": str(state), "code": text[:200], "request_id": text[:200], "ms": 1})
    await ledger.settle(attempt, state, {"reason": text[:200], f"attempt:{attempt.number}": tried})
    return claim.record


async def act(operating: Operating, records: Sequence[Record]) -> None:
    """Something for the trail."""
    for record in records[:2]:
        await operating.discard(record.key)


async def enter(running: Dashboard, names: Sequence[str]) -> None:
    """Operators who give these names at the log-in, and stand in the trail with them."""
    for name in names:
        operator = await running.browser()
        await log_in(operator, Role.OPERATOR, name)
        await operator.post("/accounts/prelude/resume")


def paths(running: Dashboard, records: Sequence[Record]) -> Iterator[str]:
    """Of pages that show what was written."""
    yield from ("/", "/now", "/messages", "/conversations", "/needs-you", "/audit", "/bulks", "/rules")
    yield from (f"/queue?registry={each}" for each in ("queued", "started", "failed"))
    for record in records:
        yield message_path(record.key)
        yield f"{message_path(record.key)}/trace"
        yield running.talk(record.message.sender)


def questions(texts: Sequence[str]) -> Iterator[str]:
    """Paths that ask with what somebody typed."""
    for text in texts:
        written = quote(text.encode("utf-8", "replace"))[:1500]
        yield f"/messages?rule={written}&reason={written}&text={written}"
        yield f"/messages?state={written}"
        yield f"/messages?said={written}"
        yield f"/messages?after={written}"
        yield f"/login?next={written}"
        yield f"/bulks/new?action=discard&rule={written}"


async def looked(
    running: Dashboard, operator: httpx.AsyncClient, records: Sequence[Record], texts: Sequence[str]
) -> dict[str, Seen]:
    found = {}
    for path in paths(running, records):
        answer = await operator.get(path)
        assert answer.status_code == 200, path
        found[path] = seen(answer.text)
    asked = {path: await operator.get(path) for path in questions(texts)}
    asked |= {f"/find {text}": await operator.post("/find", data={"q": text}) for text in texts}
    for path, answer in asked.items():
        assert answer.status_code < 500, path
        found[path] = seen(answer.text)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/"), path
    return found


@pytest.fixture
async def dashboard(redis_url: Secret) -> AsyncIterator[Dashboard]:
    async with a_dashboard(redis_url) as running:
        yield running


@pytest.fixture
async def operator(dashboard: Dashboard) -> httpx.AsyncClient:
    browser = await dashboard.browser(Role.OPERATOR)
    await browser.get("/")
    return browser


async def test_no_text_is_an_element_an_attribute_or_an_address(
    dashboard: Dashboard, operator: httpx.AsyncClient, ledger: Ledger, operating: Operating
) -> None:
    harmless = await write(ledger, HARMLESS)
    await act(operating, harmless)
    await enter(dashboard, HARMLESS)
    known = (await looked(dashboard, operator, harmless, HARMLESS)).values()
    shapes = set().union(*(page.shapes for page in known))
    scripts = max(page.scripts for page in known)
    for record in harmless:
        await operating.forget(record.message.sender)
    hostile = await write(ledger, TEXTS)
    await act(operating, hostile)
    await enter(dashboard, TEXTS)
    pages = await looked(dashboard, operator, hostile, TEXTS)
    for path, page in pages.items():
        # Nothing that an ordinary text would not have made.
        assert page.shapes <= shapes, (path[:200], page.shapes - shapes)
        assert page.scripts <= scripts, path
        assert all(lead.startswith(("/", "#", "?")) and not lead.startswith("//") for lead in page.leads), path
    for record, text in zip(hostile, TEXTS, strict=True):
        assert words(text) in words(pages[message_path(record.key)].text), text[:80]
        assert words(text) in words(pages[dashboard.talk(record.message.sender)].text), text[:80]


async def test_a_name_given_at_the_login_turns_nothing_round_in_the_trail(
    dashboard: Dashboard, operating: Operating
) -> None:
    await enter(dashboard, TEXTS)
    names = [entry.who for entry in (await operating.audit_page(limit=200)).entries]
    assert len(names) == len(TEXTS)
    for name in names:
        assert name.isprintable()
        assert name.endswith(" (dashboard)")
        assert 0 < len(name.removesuffix(" (dashboard)")) <= NAME_LIMIT


async def test_the_api_tells_the_text_itself_as_json(operator: httpx.AsyncClient, ledger: Ledger) -> None:
    for record, text in zip(await write(ledger, TEXTS), TEXTS, strict=True):
        answer = await operator.get(f"/api/v1{message_path(record.key)}")
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        told = answer.json()
        assert (told["text"], told["reply"], told["rule"]) == (text, text, text[:80])


async def test_an_export_is_data_and_no_formula(operator: httpx.AsyncClient, ledger: Ledger) -> None:
    await write(ledger, TEXTS)
    answer = await operator.get("/messages.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == len(TEXTS)
    assert {row["text"] for row in rows} == {f"'{text}" if text[0] in "=+-@" else text for text in TEXTS}
    assert not [
        cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    ]
    told = (await operator.get("/messages.json")).json()
    assert {each["text"] for each in told} == set(TEXTS)


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """As a process of the service has them."""
    handlers, level = logging.root.handlers[:], logging.root.level
    log.configure()
    yield capsys
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


async def test_what_is_logged_is_a_line_each_and_no_text(
    logs: pytest.CaptureFixture[str], dashboard: Dashboard, ledger: Ledger, operating: Operating
) -> None:
    private = "between you and me"
    stranger = await dashboard.browser()
    await act(operating, await write(ledger, TEXTS, private=private))
    await enter(dashboard, TEXTS)
    for text in TEXTS:
        wrong = await stranger.post("/login", data={"password": text + private, "name": text})
        assert wrong.status_code in (403, 429)
    written = logs.readouterr().err
    lines = written.removesuffix("\n").split("\n")
    assert len(lines) > 2 * len(TEXTS)
    for line in lines:
        assert isinstance(json.loads(line), dict), line
        assert not [letter for letter in line if unicodedata.category(letter) in ("Cc", "Zl", "Zp")], line
    assert private not in written


async def test_half_a_letter_breaks_nothing(operator: httpx.AsyncClient, ledger: Ledger) -> None:
    receiver = httpx.ASGITransport(create_app({"prelude": prelude_inbound()}, ledger))
    async with httpx.AsyncClient(transport=receiver, base_url="http://receiver") as client:
        for place in ("text", "from", "message_id", "type"):
            event: dict[str, Any] = example_event()
            half = f"+1555{place}\ud83d"
            if place == "text":
                event["payload"]["content"]["text"] = half
            elif place == "type":
                event["type"] = half
            else:
                event["payload"][place] = half
            body = json.dumps(event).encode()
            assert b"\\ud83d" in body
            assert (await client.post("/webhooks/prelude", **signed(body))).status_code in (200, 400), place
    for path in ("/messages", "/conversations", "/messages.csv", "/messages.json", "/api/v1/messages"):
        assert (await operator.get(path)).status_code == 200
