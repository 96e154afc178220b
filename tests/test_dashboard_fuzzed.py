"""Calls of the API as schemathesis makes them up from the document: none fails, and each ends as the document says."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.dashboard.roles import Role
from tests.book_pages import BOOK
from tests.dashboards import PASSWORDS, Dashboard, a_dashboard
from tests.ledgers import key_of
from tests.operators import populate
from worker.ledger import Ledger, Operating, State
from worker.secret import Secret

DOCUMENT: Final = "/api/v1/openapi.json"
CASES: Final = 6  # of each kind, for each call
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NO_SUCH_PATH: Final = "Not Found"  # a name with a slash in it leads elsewhere

Operation = APIOperation[Any, Any, Any, Any]
Made = Case[Operation]


@pytest.fixture
async def dashboard(
    redis_url: Secret, ledger: Ledger, operating: Operating, tmp_path: Path
) -> AsyncIterator[tuple[Dashboard, Mapping[str, str]]]:
    """With what there is for the names in its paths."""
    file = tmp_path / "book.yaml"
    file.write_text(BOOK)
    async with a_dashboard(redis_url, file, editable=True) as running:
        messages = await populate(ledger, operating)
        await (await running.browser(Role.OPERATOR)).get("/")
        names = {"account": "prelude", "book": running.book, "key": key_of(messages[State.REJECTED])}
        yield running, names | {"token": running.talk(messages[State.SENT].sender).rpartition("/")[2]}


async def described(running: Dashboard) -> Any:
    operator = await running.browser(Role.OPERATOR)
    return (await operator.get(DOCUMENT)).json()


def cases(operation: Operation, mode: GenerationMode) -> list[Made]:
    """The same each time."""
    found: list[Made] = []

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Made) -> None:
        found.append(case)

    collect()
    return found


async def called(http: httpx.AsyncClient, case: Made) -> httpx.Response:
    made = case.as_transport_kwargs(base_url=str(http.base_url))
    headers = {"authorization": f"Bearer {PASSWORDS[Role.OPERATOR].reveal()}"}
    body = {"json": made["json"]} if "json" in made else {"content": made["data"]} if made.get("data") else {}
    return await http.request(made["method"], made["url"], params=made.get("params"), headers=headers, **body)


async def test_the_document_is_openapi(dashboard: tuple[Dashboard, Mapping[str, str]]) -> None:
    running, _ = dashboard
    OpenAPIV31SpecValidator(await described(running)).validate()


async def test_no_call_fails_and_each_ends_as_the_document_says(
    dashboard: tuple[Dashboard, Mapping[str, str]],
) -> None:
    running, names = dashboard
    stranger = await running.browser()
    schema = schemathesis.openapi.from_dict(await described(running))
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    operations.sort(key=lambda operation: (operation.method != "get", operation.path.endswith("forget")))
    ended: dict[int, int] = {}
    for operation in operations:
        for mode in GenerationMode:
            for case in _of(operation, mode, names):
                answer = await called(stranger, case)
                ended[answer.status_code] = ended.get(answer.status_code, 0) + 1
                if answer.text != NO_SUCH_PATH:
                    case.validate_response(answer, checks=CHECKS[is_busy(answer) :])
    await rested(running)
    # It has reached what it was to reach: things that are there, that are not, and that cannot be.
    assert {200, 400, 404, 409, 422} <= ended.keys(), ended


def is_busy(answer: httpx.Response) -> bool:
    """A call that begins work, refused since enough is under way: it is said so by a 503, the first of the checks."""
    return answer.status_code == 503 and answer.json().get("code") == "busy"


async def rested(running: Dashboard) -> None:
    """What was begun beside has ended."""
    async with asyncio.timeout(10):
        while any(bulk.state == "running" for bulk in await running.room.ledger.bulks()):
            await asyncio.sleep(0.02)


def _of(operation: Operation, mode: GenerationMode, names: Mapping[str, str]) -> list[Made]:
    """Every second about something that is there."""
    try:
        found = cases(operation, mode)
    except schemathesis.errors.SchemathesisError:  # nothing in it could be wrong
        return []
    for case in found[::2]:
        known = {name: names[name] for name in case.path_parameters or () if name in names}
        case.path_parameters = {**(case.path_parameters or {}), **known}
    return found


# Where no page begins, or where nothing is: Redis's least place and beyond its last, moments that no calendar has.
PLACES: Final = ("0-0", "0-0000", "0-1", "0.a", "9" * 14 + ".a", "9" * 15 + ".a", "9" * 15 + "-" + "9" * 15)
NUMBERS: Final = ("0", "-1", "9999999", "9" * 400, "\u0663", "1e9")
BEGINNINGS: Final = [
    *({name: place} for name in ("after", "before") for place in PLACES),
    *({name: number} for name in ("start", "limit", "hours") for number in NUMBERS),
]


async def test_wherever_a_page_is_asked_to_begin_it_is_a_page_or_said_to_be_none(
    dashboard: tuple[Dashboard, Mapping[str, str]],
) -> None:
    running, names = dashboard
    operator = await running.browser(Role.OPERATOR)
    asked = {way.path for way in running.ways if way.method == "GET"} - {"/live"}  # which goes on for a minute
    ended: dict[int, int] = {}
    for path in sorted(path.format_map(defaultdict(lambda: "none", names)) for path in asked):
        for beginning in BEGINNINGS:
            answer = await operator.get(path, params=beginning)
            assert answer.status_code < 500, (path, beginning)
            ended[answer.status_code] = ended.get(answer.status_code, 0) + 1
    assert {200, 400} <= ended.keys(), ended
