"""Replies through Kaleyra: where they go, how templates are filled, and what its sandbox refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.inbound import Webhook
from bot.sandbox.faults import Fault
from bot.sandbox.providers.kaleyra import PATH, SID, Kaleyra
from bot.sandbox.providers.kaleyra.errors import KINDS
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.conformance.kaleyra import KEY, SECRET, KaleyraSubject
from tests.conformance.subject import CUSTOMER, NUMBER
from tests.stand_in import NOWHERE
from worker.ledger import DeliveryEvent
from worker.options import Section, SettingsError, Surroundings
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.kaleyra import CODES, KaleyraOptions, KaleyraSender, payload, template_payload
from worker.outbound.kaleyra import read as understood
from worker.secret import Secret

ALLOWED = timedelta(seconds=5)
REPLY = Reply(CUSTOMER, "Hi!", "wamid.1", "shop_im1_1")


def read(**options: str) -> KaleyraOptions:
    told = {"sid": SID, "api_key": "env:KEY", **options}
    return Section("kaleyra", told, Surroundings({"KEY": KEY}, Path()), lambda path: "here").read(KaleyraOptions)


def test_a_message_that_another_provider_brought_is_not_quoted() -> None:
    assert "context" in payload(REPLY)["messaging_object"]
    assert "context" not in payload(replace(REPLY, quotes="SM1"))["messaging_object"]


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({"region": "in"}, "https://api.in.kaleyra.io"),
        ({"region": "sg"}, "https://api.kaleyra.io"),
        ({"region": "eu"}, "https://api.eu.kaleyra.io"),
        ({"region": "na"}, "https://api.na.kaleyra.ai"),
        ({"base_url": "https://api.ap.kaleyra.io/"}, "https://api.ap.kaleyra.io"),
    ],
)
def test_an_account_lives_in_a_region_or_at_an_address(options: dict[str, str], address: str) -> None:
    assert read(**options).address() == address


@pytest.mark.parametrize("options", [{}, {"region": "in", "base_url": "https://api.in.kaleyra.io"}])
def test_it_lives_in_one_place(options: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="write `region`, one of in, sg, eu and na, or an address in `base_url`"):
        read(**options)


def test_without_a_number_nothing_can_be_sent() -> None:
    with pytest.raises(SettingsError, match="`number` is missing"):
        KaleyraSender.connect(read(region="in"), number=None, connections=1)


@pytest.mark.parametrize(
    ("variables", "components"),
    [
        ({}, None),
        ({"10": "c", "2": "b", "1": "a"}, [{"type": "text", "text": text} for text in "abc"]),
        (
            {"name": "Sam", "1": "x"},
            [
                {"type": "text", "parameter_name": "name", "text": "Sam"},
                {"type": "text", "parameter_name": "1", "text": "x"},
            ],
        ),
    ],
)
def test_variables_are_filled_by_place_or_by_name(variables: Mapping[str, str], components: Any) -> None:
    body = template_payload(TemplateMessage(CUSTOMER, "order", variables, "shop_im1_1"), "pt_BR")
    template = body["messaging_object"]["template"]
    assert template["language"] == {"code": "pt_BR"}
    assert template.get("components") == (components and [{"type": "body", "parameters": components}])


@asynccontextmanager
async def sandbox(*faults: Fault) -> AsyncIterator[tuple[World, str]]:
    world = World(Kaleyra(KEY, SECRET), webhook_url=NOWHERE)
    world.faults.add(*faults)
    async with serve_sandbox(world) as url:
        yield world, url


@pytest.mark.parametrize(
    ("sid", "key", "number", "code"),
    [
        (SID, KEY, NUMBER, "accepted"),
        (f"{SID}9", KEY, NUMBER, "RBC001"),
        (SID, f"{KEY}9", NUMBER, "RBC001"),
        (SID, KEY, "+14155550777", "WA401"),
    ],
)
async def test_the_sandbox_knows_one_number_of_one_account(sid: str, key: str, number: str, code: str) -> None:
    async with sandbox() as (world, url):
        options = KaleyraOptions(sid=sid, api_key=Secret(key), base_url=url)
        sender = KaleyraSender.connect(options, number=number, connections=1)
        outcome = await sender.send(REPLY, ALLOWED)
        await sender.aclose()
    assert (outcome.code, len(world.conversations.replies)) == (code, int(code == "accepted"))


def changed(**message: Any) -> dict[str, Any]:
    body = payload(REPLY)
    body["messaging_object"] |= message
    return body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (changed(recipient_type="individual"), 202),
        ({"messaging_object": {"messaging_product": "whatsapp", "to": CUSTOMER, "text": {"body": "Hi!"}}}, 202),
        (changed(messaging_product="sms"), 400),
        (changed(to=CUSTOMER[1:]), 400),
        (changed(type="template"), 400),
        (changed(text={"body": ""}), 400),
        (changed(context={}), 400),
        (changed(biz_opaque_callback_data="1"), 400),
        (payload(REPLY) | {"callback_url": "https://bot.example.com"}, 400),
        (payload(REPLY) | {"extra_info": {"ref": 1}}, 400),
        ({}, 400),
        ([], 400),
    ],
)
async def test_the_sandbox_takes_what_the_tables_have_and_nothing_else(body: Any, status: int) -> None:
    async with sandbox() as (_, url), httpx.AsyncClient(base_url=url, headers={"api-key": KEY}) as client:
        answer = await client.post(PATH.format(sid=SID, number=NUMBER), json=body)
    assert answer.status_code == status
    assert answer.json()["code"] == ("WA202" if status == 202 else "WA400")


@pytest.mark.parametrize("data", [[], {}, {"message_id": ""}, {"message_id": None}])
def test_an_acceptance_without_an_id_is_ambiguous(data: object) -> None:
    answer = wire.Response(202, {}, json.dumps({"code": "WA202", "data": data, "error": {}}).encode())
    assert understood(answer) == Outcome(Answer.AMBIGUOUS, "unreadable_answer", 202)


async def test_a_long_ref_is_cut_as_the_documents_say() -> None:
    async with sandbox() as (world, url), httpx.AsyncClient(base_url=url, headers={"api-key": KEY}) as client:
        body = payload(REPLY) | {"extra_info": {"ref": "r" * 300}}
        await client.post(PATH.format(sid=SID, number=NUMBER), json=body)
    assert world.conversations.replies[0].correlation_id == "r" * 255


async def test_every_error_can_be_provoked_and_means_what_the_table_says() -> None:
    subject = KaleyraSubject()
    documented = [code for code in KINDS if code != "WA429"]
    async with sandbox(*(Fault(kind="error", code=code) for code in documented)) as (_, url):
        sender = subject.sender(url)
        told = [await sender.send(REPLY, ALLOWED) for _ in documented]
        await sender.aclose()
    assert [each.code for each in told] == [code.replace("-", "") for code in documented]
    assert [each.answer for each in told] == [CODES[each.code] for each in told]
    assert {each.code for each in told} == CODES.keys() - {"131047"}  # which comes in callbacks


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("network", "not-sent", "131000"),
        ("generic", "failed", "131000"),
        ("unknown_recipient", "failed", "131026"),
        ("131049", "failed", "131049"),
    ],
)
async def test_what_fails_later_is_told_with_metas_code(reason: str, status: str, code: str) -> None:
    subject = KaleyraSubject()
    inbound = subject.inbound()
    assert inbound is not None
    async with sandbox() as (world, url):
        sender = subject.sender(url)
        assert (await sender.send(REPLY, ALLOWED)).answer is Answer.ACCEPTED
        await sender.aclose()
        failed = replace(world.conversations.replies[0], state="failed", reason=reason)
        (told,) = world.provider.events(failed, "failed", NOWHERE, 10**18)
    assert json.loads(told.body)["status"] == status
    assert inbound.read(Webhook(NOWHERE, {}, told.body)) == [DeliveryEvent("shop_im1", 1, "failed", code)]
