"""What is special to Mojeeb: requests that it knows again, what became of a reply, and an examination of the key."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.providers.mojeeb import AGENT, Mojeeb
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.adapters import mojeeb_sender
from tests.answering import PACE
from tests.conformance.mojeeb import KEY, document, refused
from tests.conformance.subject import CUSTOMER, NUMBER
from tests.stand_in import NOWHERE, until
from worker.options import SettingsError
from worker.outbound import Answer, Looked, Reply, TemplateMessage, wire
from worker.outbound.mojeeb import ASK_LATER, MojeebOptions, MojeebSender
from worker.secret import Secret

ALLOWED = timedelta(seconds=5)
REPLY = Reply(CUSTOMER, "Hi!", "im_1", "shop_im_1_2", key="shop_im_1_1")
ID = "00000000-0000-4000-8000-000000000010"


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> MojeebSender:
    options = MojeebOptions(api_key=Secret(KEY), agent_id=AGENT)
    client = wire.Client("http://provider", {}, httpx.MockTransport(answer))
    return MojeebSender(client, options, NUMBER)


@asynccontextmanager
async def sandbox() -> AsyncIterator[tuple[World, MojeebSender]]:
    world = World(Mojeeb(KEY), webhook_url=NOWHERE, business_number=NUMBER, pace=PACE)
    async with serve_sandbox(world) as url, aclosing(mojeeb_sender(url, KEY, number=NUMBER)) as sender:
        yield world, sender


async def test_a_reply_goes_out_under_its_key_and_the_attempts_own_name() -> None:
    seen: list[httpx.Request] = []

    def provider(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, json=document("send-message.202.json"))

    await answering(provider).send(REPLY, ALLOWED)
    assert (seen[0].headers["idempotency-key"], seen[0].headers["x-correlation-id"]) == ("shop_im_1_1", "shop_im_1_2")


async def test_a_template_names_the_accounts_language() -> None:
    seen: list[bytes] = []

    def provider(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(202, json=document("send-message.202.json"))

    options = MojeebOptions(api_key=Secret(KEY), agent_id=AGENT, template_language="ar")
    client = wire.Client("http://provider", {}, httpx.MockTransport(provider))
    template = TemplateMessage(CUSTOMER, "late", {"name": "Sam"}, "shop_im_1_1")
    await MojeebSender(client, options, NUMBER).send_template(template, ALLOWED)
    assert json.loads(seen[0])["template"] == {"name": "late", "language": "ar", "parameters": {"name": "Sam"}}


async def test_the_trace_of_an_error_is_kept_for_their_support() -> None:
    outcome = await answering(lambda _: httpx.Response(422, content=refused("new", "new"))).send(REPLY, ALLOWED)
    assert outcome.request_id == document("error.json")["error"]["correlation_id"]


def test_it_cannot_send_from_a_number_that_nobody_names() -> None:
    with pytest.raises(SettingsError, match="number"):
        MojeebSender.connect(MojeebOptions(api_key=Secret(KEY), agent_id=AGENT), number=None, connections=1)


# Known again


async def test_the_same_key_and_words_are_one_message_and_say_so() -> None:
    async with sandbox() as (world, sender):
        world.receive(CUSTOMER, "hello")
        first, again = [await sender.send(REPLY, ALLOWED) for _ in range(2)]
        assert (first.code, again.code, again.provider_id) == ("accepted", "replayed", first.provider_id)
        assert len(world.conversations.replies) == 1


async def test_the_same_key_with_other_words_is_refused() -> None:
    async with sandbox() as (world, sender):
        world.receive(CUSTOMER, "hello")
        await sender.send(REPLY, ALLOWED)
        other = await sender.send(Reply(CUSTOMER, "Bye!", "im_1", "shop_im_1_3", key=REPLY.key), ALLOWED)
        assert (other.answer, other.code) == (Answer.PERMANENT, "idempotency_key_in_use_with_different_params")


async def test_a_request_under_way_is_asked_for_again_when_they_say() -> None:
    async with sandbox() as (world, sender):
        world.faults.add(Fault(kind="error", code="idempotency_key_in_progress"))
        outcome = await sender.send(REPLY, ALLOWED)
        assert (outcome.answer, outcome.status, outcome.retry_after) == (Answer.RETRY, 409, timedelta(seconds=1))


# What became of it


async def test_what_became_of_a_reply_is_looked_up() -> None:
    async with sandbox() as (world, sender):
        world.receive(CUSTOMER, "hello")
        for fault, what, code in [(None, "delivered", ""), (Fault(kind="undelivered"), "failed", "failed")]:
            if fault:
                world.faults.add(fault)
            reply = Reply(CUSTOMER, "Hi!", "im_1", f"shop_{what}_1")
            provider_id = (await sender.send(reply, ALLOWED)).provider_id
            assert provider_id is not None
            await until(lambda: world.conversations.replies[-1].state != "sent")
            assert await sender.look_up(provider_id, ALLOWED) == Looked(what, code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "what"),
    [("queued", None), ("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("new", None)],
)
async def test_each_status_of_the_documents_is_understood(status: str, what: str | None) -> None:
    body = document("message-status.200.json") | {"status": status}
    assert (await answering(lambda _: httpx.Response(200, json=body)).look_up(ID, ALLOWED)).what == what


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (httpx.Response(404, content=refused("message_not_found", "not_found_error")), None),
        (httpx.Response(200, content=b"<html>"), None),
        (httpx.Response(401, content=refused("invalid_api_key", "authentication_error")), ASK_LATER),
        (httpx.Response(502, content=b"<html>"), ASK_LATER),
        (httpx.Response(429, headers={"retry-after": "5"}), ASK_LATER),
        (httpx.Response(429, headers={"retry-after": "90"}), timedelta(seconds=90)),
    ],
    ids=["unknown", "nonsense", "401", "502", "429", "429 for long"],
)
async def test_where_nothing_is_learnt_they_are_left_alone_a_while(
    answer: httpx.Response, wait: timedelta | None
) -> None:
    assert await answering(lambda _: answer).look_up(ID, ALLOWED) == Looked(wait=wait)


async def test_a_provider_that_does_not_listen_is_asked_later() -> None:
    sender = mojeeb_sender("http://127.0.0.1:1")
    assert await sender.look_up(ID, ALLOWED) == Looked(wait=ASK_LATER)
    assert (await sender.examine(ALLOWED)).answer is Answer.RETRY
    await sender.aclose()


# Credentials


async def test_a_good_key_is_told_from_a_bad_one_without_sending() -> None:
    async with sandbox() as (world, sender):
        assert (await sender.examine(ALLOWED)).answer is Answer.ACCEPTED
        assert world.conversations.replies == []
    async with serve_sandbox(World(Mojeeb("another"), webhook_url=NOWHERE)) as url:
        sender = mojeeb_sender(url, KEY)
        outcome = await sender.examine(ALLOWED)
        assert (outcome.answer, outcome.code) == (Answer.CONFIG, "invalid_api_key")
        await sender.aclose()


async def test_another_address_is_no_good_key() -> None:
    outcome = await answering(lambda _: httpx.Response(404, content=b"<html>")).examine(ALLOWED)
    assert outcome.answer is Answer.CONFIG
