"""A channel of one's own, out: signatures, addresses, and what its player in the sandbox insists on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.courier import trust
from bot.sandbox.faults import Fault
from bot.sandbox.providers.channel import Channel
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import World
from tests.conformance.channel import NEXT, SECRET, STRANGERS, changed, document
from tests.stand_in import CUSTOMER, NOWHERE
from worker.options import Section, SettingsError, Surroundings
from worker.outbound import Answer, Reply
from worker.outbound.channel import ChannelOptions, ChannelSender
from worker.secret import Secret
from worker.standard_webhooks import WANTED, signed

ALLOWED = timedelta(seconds=5)
REPLY = Reply("+14155550199", "Où est-elle ? 🎉", "m-1", "shop_m-1_1")


def sender(url: str, *secrets: str, **more: Any) -> ChannelSender:
    held = tuple(Secret(secret) for secret in secrets or (SECRET,))
    return ChannelSender.connect(ChannelOptions(url=url, secrets=held, **more), number=None, connections=2)


@asynccontextmanager
async def desk() -> AsyncIterator[tuple[str, list[tuple[bytes, Mapping[str, str]]]]]:
    """An address that takes replies, and what came."""
    came: list[tuple[bytes, Mapping[str, str]]] = []

    async def take(request: Request) -> Response:
        came.append((await request.body(), dict(request.headers)))
        return JSONResponse({"id": "out-1"}, 202)

    async with serve_app(Starlette(routes=[Route("/replies", take, methods=["POST"])])) as url:
        yield f"{url}/replies", came


def test_the_specifications_example_is_signed_as_its_libraries_do() -> None:
    headers = signed([Secret(SECRET)], "msg_1", '{"a":1}', datetime.fromtimestamp(1_700_000_000, UTC))
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,rkwp5YuvdrMkcu0ZhuMsXoTg44mHAr1Q0+FFgFpXsjY=",
    }


async def test_a_reply_is_believed_by_whoever_holds_one_of_the_secrets() -> None:
    async with desk() as (url, came):
        replies = sender(url, SECRET, NEXT, private=True)
        assert (await replies.send(REPLY, ALLOWED)).answer is Answer.ACCEPTED
        await replies.aclose()
    ((body, headers),) = came
    for secret in (SECRET, NEXT):
        assert Webhook(secret).verify(body, dict(headers))["text"] == REPLY.text
    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGERS).verify(body, dict(headers))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_private_address_is_refused_by_the_account_and_not_tried_again(host: str) -> None:
    replies = sender(f"https://{host}:1/replies")
    outcome = await replies.send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.code) == (Answer.CONFIG, "private_address")
    await replies.aclose()


# The settings


def options(environment: Mapping[str, str] | None = None, **said: Any) -> ChannelOptions:
    usual = {"url": "https://desk.example.com/replies", "secrets": "env:DESK"}
    surroundings = Surroundings({"DESK": SECRET} if environment is None else environment, Path())
    return Section("webhook", usual | said, surroundings, lambda path: "/".join(map(str, path))).read(ChannelOptions)


def test_how_long_a_text_may_be_is_the_accounts_affair() -> None:
    def longest(**said: Any) -> int:
        return ChannelSender.connect(options(**said), number=None, connections=1).LONGEST

    assert (longest(), longest(longest="1600")) == (4096, 1600)


def test_two_secrets_may_be_held_while_one_replaces_the_other() -> None:
    assert [each.reveal() for each in options({"DESK": f"{SECRET}\n{NEXT}"}).secrets] == [SECRET, NEXT]


@pytest.mark.parametrize("secret", ["a-token", "whsec_", "whsec_c2hvcnQ=", "whsec_!", f"{SECRET} a-token"])
def test_what_cannot_be_a_secret_is_refused_without_quoting_it(secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        options({"DESK": secret})
    assert caught.value.faults == [f"secrets: `secrets`: {WANTED}"]


def test_customers_words_go_in_the_open_only_inside_our_own_network() -> None:
    with pytest.raises(SettingsError) as caught:
        options(url="http://desk.example.com/replies")
    assert caught.value.faults == [
        ": `url`: write https://, as customers' words go there; http:// needs `private: true`"
    ]
    assert options(url="http://desk.internal/replies", private="true").private


# The player


@asynccontextmanager
async def player() -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    world = World(Channel(Secret(SECRET)), webhook_url=NOWHERE, business_number="+14155550100")
    async with serve_sandbox(world) as url, httpx.AsyncClient(base_url=url, verify=trust()) as client:
        yield world, client


async def post(client: httpx.AsyncClient, body: bytes, *, number: str = "shop_m-1001_1", secret: str = SECRET) -> Any:
    headers = signed([Secret(secret)], number, body.decode(), datetime.now(UTC))
    answer = await client.post("/replies", content=body, headers=headers)
    return answer.status_code, answer.json()["error"]["code"] if "error" in answer.json() else "id" in answer.json()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (document("reply"), (200, True)),
        (changed("reply", text="é" * 4097), (422, "too_long")),
        (changed("reply", to="14155550199"), (422, "invalid_recipient")),
        (changed("reply", to=CUSTOMER), (422, "window_expired")),  # who never wrote
        (changed("reply", mood="good"), (422, "invalid_request")),
        (changed("reply", type="answer"), (422, "invalid_request")),
        (changed("reply", callback_url="bot.example.com"), (422, "invalid_request")),
        (changed("reply", correlation_id="another"), (422, "invalid_request")),
        (b"[", (400, "invalid_request")),
    ],
)
async def test_the_player_keeps_to_the_contract(body: bytes, wanted: tuple[int, str]) -> None:
    async with player() as (world, client):
        world.receive("+14155550199", "where is my order")
        assert await post(client, body) == wanted


async def test_the_player_believes_its_own_secret_alone() -> None:
    async with player() as (world, client):
        world.receive("+14155550199", "where is my order")
        assert await post(client, document("reply"), secret=STRANGERS) == (401, "unauthorized")
        assert (await client.post("/replies", content=document("reply"))).status_code == 401
        assert world.conversations.replies == []


async def test_a_window_that_ends_after_the_player_took_a_reply_is_told_as_expired() -> None:
    told = Channel(Secret(SECRET))
    async with player() as (world, client):
        world.receive("+14155550199", "where is my order")
        await post(client, document("reply"))
        (reply,) = world.conversations.replies
    late = replace(reply, reason="window_expired")
    (event,) = told.events(late, "failed", NOWHERE, 0)
    assert event.url == json.loads(document("reply"))["callback_url"]
    assert json.loads(event.body) | {"status": "expired"} == json.loads(event.body)


async def test_a_fault_of_the_player_may_have_any_code() -> None:
    async with player() as (world, client):
        world.faults.add(Fault(kind="error", code="no_such_template"))
        assert await post(client, document("template"), number="shop_m-1001_2") == (422, "no_such_template")
        assert await post(client, document("template"), number="shop_m-1001_2") == (200, True)
