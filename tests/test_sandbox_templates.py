"""POST /v2/notify of the sandbox: templates, as clients, checkers and the phone see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.providers.prelude.contract import Contract
from bot.sandbox.world import Pace
from tests.stand_in import CUSTOMER, client_of, create_world, serve_receiver, until
from worker.outbound import TemplateMessage
from worker.outbound.prelude import template_payload

QUICK = Pace(timedelta(milliseconds=40), timedelta(milliseconds=40))
BODY = {"template_id": "template_01k8", "to": CUSTOMER, "variables": {"shop": "Acme"}, "preferred_channel": "whatsapp"}


async def test_a_template_is_answered_with_the_documented_fields_and_needs_no_window() -> None:
    world = create_world()
    async with client_of(world) as client:
        plain = await client.post("/v2/notify", json=BODY)
        world.receive(CUSTOMER, "hello", window=timedelta(0))
        full = await client.post("/v2/notify", json={**BODY, "correlation_id": "t-42", "callback_url": "http://[::1]/"})
    contract = Contract.load().validator("SendNotifyResponse")
    assert (plain.status_code, full.status_code) == (200, 200)
    assert contract.is_valid(plain.json())
    assert contract.is_valid(full.json())
    assert plain.json().keys() == {"id", "to", "template_id", "variables", "created_at", "expires_at"}
    assert (full.json()["correlation_id"], full.json()["variables"]) == ("t-42", {"shop": "Acme"})


def test_the_workers_request_keeps_to_the_contract() -> None:
    message = TemplateMessage(CUSTOMER, "template_01k8", {"shop": "Acme"}, "prelude_im_1_1", "https://bot.example.com/")
    assert Contract.load().check_template(template_payload(message))["preferred_channel"] == "whatsapp"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template_id": "nobody_made_it"}, "template_not_found"),
        ({"template_id": 5}, "invalid_template_id"),
        ({"to": "0415"}, "invalid_phone_number"),
        ({"to": None}, "invalid_request"),
        ({"variables": {"shop": 5}}, "invalid_template_variables"),
        ({"preferred_channel": "pigeon"}, "invalid_request"),
        ({"callback_url": "ftp://x/"}, "invalid_callback_url"),
        ({"correlation_id": "x" * 81}, "invalid_correlation_id"),
        ({"expires_at": 5}, "invalid_date_format"),
    ],
)
async def test_a_wrong_field_is_refused(change: dict[str, Any], code: str) -> None:
    world = create_world()
    async with client_of(world) as client:
        response = await client.post("/v2/notify", json=BODY | change)
    status = 422 if code == "invalid_template_variables" else 400  # as on a live account
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Contract.load().validator("Error").is_valid(response.json())
    assert world.conversations.templates == []


async def test_without_the_token_no_template_is_accepted() -> None:
    async with client_of(create_world()) as client:
        response = await client.post("/v2/notify", json=BODY, headers={"Authorization": "Bearer wrong"})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_api_token")


async def test_faults_are_for_templates_too() -> None:
    world = create_world()
    world.faults.add(Fault(kind="rate_limit", seconds=1), Fault(kind="drop"))
    async with client_of(world) as client:
        assert (await client.post("/v2/notify", json=BODY)).status_code == 429
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/v2/notify", json=BODY)
        assert len(world.conversations.templates) == 1
        assert (await client.post("/v2/notify", json=BODY)).status_code == 200


@pytest.mark.parametrize(("reason", "last"), [(None, "delivered"), ("unknown_recipient", "failed")])
async def test_delivery_events_follow_a_template(reason: Any, last: str) -> None:
    async with serve_receiver() as receiver:
        world = create_world(pace=QUICK)
        if reason:
            world.faults.add(Fault(kind="undelivered", reason=reason))
        async with client_of(world) as client:
            body = {**BODY, "callback_url": receiver.url, "correlation_id": "t-42"}
            template = (await client.post("/v2/notify", json=body)).json()
            events = [delivery.event for delivery in await receiver.took(3)]
    assert [event["type"].rpartition(".")[2] for event in events] == ["created", "submitted", last]
    assert {event["payload"]["correlation_id"] for event in events} == {"t-42"}
    assert {event["payload"]["template_id"] for event in events} == {"template_01k8"}
    assert (events[0]["payload"]["id"], events[0]["payload"]["variables"]) == (template["id"], {"shop": "Acme"})
    assert events[2]["payload"].get("reason") == reason


async def test_the_control_api_and_the_customers_conversation_tell_of_templates() -> None:
    world = create_world(pace=QUICK)
    async with client_of(world) as client:
        await client.post("/v2/notify", json=BODY)
        await until(lambda: world.conversations.templates[0].state == "delivered")
        told = (await client.get("/sandbox/templates")).json()["templates"]
        entries = (await client.get(f"/sandbox/conversations/{CUSTOMER}")).json()["entries"]
        replies = (await client.get("/sandbox/replies")).json()["replies"]
    assert told == entries
    assert told[0]["request"] == BODY
    assert (told[0]["kind"], told[0]["state"], replies) == ("template", "delivered", [])
