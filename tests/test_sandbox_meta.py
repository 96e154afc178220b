"""Meta's player: what it refuses, and what it tells."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.courier import Patience, trust
from bot.sandbox.faults import Fault
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import Pace, World
from tests.conformance.meta import TOKEN, MetaSubject, document
from tests.stand_in import CUSTOMER, NOWHERE, until

PATH: Final = "/v25.0/106540352242922/messages"
TEXT: Final[dict[str, Any]] = {
    "messaging_product": "whatsapp",
    "to": CUSTOMER,
    "type": "text",
    "text": {"body": "Yes."},
}
TEMPLATE: Final[dict[str, Any]] = {
    "messaging_product": "whatsapp",
    "to": CUSTOMER,
    "type": "template",
    "template": {"name": "template_1", "language": {"code": "en"}},
}


class Counter:
    """A world with the player, a receiver of its webhooks, and a client of the business."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client
        self.statuses: list[Mapping[str, Any]] = []

    async def take(self, request: Request) -> Response:
        for entry in json.loads(await request.body())["entry"]:
            for change in entry["changes"]:
                self.statuses += change["value"].get("statuses", [])
        return Response()

    async def post(self, body: Any, path: str = PATH) -> httpx.Response:
        return await self.client.post(path, json=body)


@asynccontextmanager
async def counter() -> AsyncIterator[Counter]:
    quick = timedelta(milliseconds=5)
    world = World(
        MetaSubject().sandbox(), webhook_url=NOWHERE, pace=Pace(quick, quick, quick), patience=Patience(first=quick)
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with (
        serve_sandbox(world) as url,
        httpx.AsyncClient(base_url=url, headers=headers, verify=trust()) as client,
    ):
        held = Counter(world, client)
        async with serve_app(Starlette(routes=[Route("/hook", held.take, methods=["POST"])])) as receiver:
            world.webhook_url = f"{receiver}/hook"
            yield held


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], 100),
        (TEXT | {"messaging_product": "sms"}, 100),
        (TEXT | {"txt": {}}, 100),
        (TEXT | {"text": {"body": "x" * 4097}}, 100),
        (TEXT | {"text": {"body": " "}}, 131008),
        (TEXT | {"text": {}}, 131008),
        (TEXT | {"text": "Yes."}, 131008),
        (TEXT | {"text": {"body": 1}}, 131009),
        (TEXT | {"text": {"body": "Yes.", "preview_url": "no"}}, 131009),
        (TEXT | {"to": "sam"}, 131009),
        ({key: value for key, value in TEXT.items() if key != "to"}, 131008),
        ({key: value for key, value in TEXT.items() if key != "to"} | {"recipient": "+14155550199"}, 131009),
        (TEXT | {"recipient_type": "group"}, 131009),
        (TEXT | {"type": "image"}, 131009),
        (TEXT | {"context": {}}, 131008),
        (TEXT | {"biz_opaque_callback_data": "x" * 513}, 131009),
        (TEMPLATE | {"template": {"name": "template_1"}}, 131008),
        (TEMPLATE | {"template": TEMPLATE["template"] | {"name": "other"}}, 132001),
        (TEMPLATE | {"template": TEMPLATE["template"] | {"components": {}}}, 131009),
        (
            TEMPLATE | {"template": TEMPLATE["template"] | {"components": [{"type": "body", "parameters": [{}]}]}},
            131009,
        ),
    ],
)
async def test_what_is_no_request_of_theirs_is_refused(body: Any, code: int) -> None:
    async with counter() as held:
        answer = await held.post(body)
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]["code"] == code
        assert answer.json()["error"].keys() == document("rate_limit")["error"].keys() - {"error_subcode"}
        assert held.world.conversations.replies == []


@pytest.mark.parametrize("path", ["/25.0/106540352242922/messages", "/v25.0/106540352242923/messages"])
async def test_another_number_is_not_known(path: str) -> None:
    async with counter() as held:
        error = (await held.post(TEXT, path)).json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)


async def test_a_number_may_have_its_plus_or_not_and_somebody_a_user_id() -> None:
    async with counter() as held:
        unnamed = {key: value for key, value in TEXT.items() if key != "to"}
        for address in ({"to": CUSTOMER}, {"to": CUSTOMER[1:]}, {"recipient": "US.13491208655302741918"}):
            assert (await held.post(unnamed | address)).status_code == 200
        assert [reply.to for reply in held.world.conversations.replies] == [
            CUSTOMER,
            CUSTOMER,
            "US.13491208655302741918",
        ]


async def test_the_documents_own_template_is_understood() -> None:
    async with counter() as held:
        said = document("template_message")
        said["template"]["name"] = "template_1"
        answer = await held.post(said)
        assert answer.json().keys() == document("accepted").keys()
        assert answer.json()["contacts"] == document("accepted")["contacts"]
        (template,) = held.world.conversations.templates
        assert dict(template.variables) == {"customer_name": "Maria", "discount": "15%"}


async def test_each_step_of_a_reply_is_told_once_with_what_was_sent_along() -> None:
    async with counter() as held:
        held.world.receive(CUSTOMER, "Well?")
        await held.post(TEXT | {"biz_opaque_callback_data": "job-9"})
        await until(lambda: len(held.statuses) == 3)
        assert {status["status"] for status in held.statuses} == {"sent", "delivered", "read"}
        assert {status["biz_opaque_callback_data"] for status in held.statuses} == {"job-9"}
        assert {status["recipient_id"] for status in held.statuses} == {CUSTOMER[1:]}


async def test_a_late_reply_is_accepted_and_never_sent() -> None:
    async with counter() as held:
        assert (await held.post(TEXT)).status_code == 200
        await until(lambda: bool(held.statuses))
        (status,) = held.statuses
        assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)


@pytest.mark.parametrize(("reason", "code"), [("generic", 131026), ("window_expired", 131047), ("131049", 131049)])
async def test_a_reply_fails_for_the_reason_that_was_asked_for(reason: str, code: int) -> None:
    async with counter() as held:
        held.world.receive(CUSTOMER, "Well?")
        held.world.faults.add(Fault(kind="undelivered", reason=reason))
        await held.post(TEXT)
        await until(lambda: any(status["status"] == "failed" for status in held.statuses))
        assert [status["errors"][0]["code"] for status in held.statuses if "errors" in status] == [code]


async def test_a_fault_may_bring_a_code_that_is_none_of_theirs() -> None:
    async with counter() as held:
        held.world.faults.add(Fault(kind="error", code="gone_fishing", status=418))
        answer = await held.post(TEXT)
        assert (answer.status_code, answer.json()["error"]["code"]) == (418, "gone_fishing")
