"""Sending through Twilio: what it asks besides, and answers that look like others."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from bot.sandbox.providers.twilio import Twilio
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.conformance.subject import CUSTOMER, NUMBER
from tests.conformance.twilio import TOKEN, document, twilio_sender
from tests.stand_in import NOWHERE
from worker.options import SettingsError
from worker.outbound import Answer, Examinable, Outcome, Reply, TemplateMessage, wire
from worker.outbound.twilio import TwilioOptions, TwilioSender, template_form
from worker.secret import Secret

ALLOWED = timedelta(seconds=5)
REPLY = Reply(CUSTOMER, "Hi!", "SM1", "shop_SM1_1")


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> TwilioSender:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=json.dumps(body), headers=headers))
    return TwilioSender(wire.Client("http://provider", {}, transport), "AC1", NUMBER)


async def test_good_credentials_are_told_from_bad_ones_without_sending() -> None:
    world = World(Twilio("another"), webhook_url=NOWHERE)
    async with serve_sandbox(world) as url:
        sender = twilio_sender(url)
        assert isinstance(sender, Examinable)
        assert await sender.examine(ALLOWED) == Outcome(Answer.CONFIG, "20003", 401)
        world.provider = Twilio(TOKEN)
        await sender.aclose()
    async with serve_sandbox(World(Twilio(TOKEN), webhook_url=NOWHERE)) as url:
        sender = twilio_sender(url)
        assert (await sender.examine(ALLOWED)).answer is Answer.ACCEPTED
        await sender.aclose()
    assert world.conversations.replies == []


@pytest.mark.parametrize(
    ("status", "error_code", "answer", "code"),
    [
        ("queued", None, Answer.ACCEPTED, "accepted"),
        ("accepted", None, Answer.ACCEPTED, "accepted"),
        ("undelivered", 63016, Answer.WINDOW, "63016"),
        ("failed", 63024, Answer.PERMANENT, "63024"),
        ("failed", 99999, Answer.PERMANENT, "99999"),
        ("queued", 63016, Answer.ACCEPTED, "accepted"),
    ],
)
async def test_a_message_that_failed_at_once_is_not_sent(
    status: str, error_code: int | None, answer: Answer, code: str
) -> None:
    body = document("created") | {"status": status, "error_code": error_code}
    outcome = await answering(201, body).send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.code, outcome.provider_id) == (answer, code, body["sid"])


async def test_the_name_of_the_request_is_kept_for_their_support() -> None:
    told = {"Twilio-Request-Id": "RQ0123"}
    refused = await answering(400, document("refused"), told).send(REPLY, ALLOWED)
    accepted = await answering(201, document("created"), told).send(REPLY, ALLOWED)
    assert (refused.code, refused.request_id, accepted.request_id) == ("21211", "RQ0123", "RQ0123")


async def test_an_error_in_the_shape_of_problem_details_is_read() -> None:
    problem = {"type": "https://www.twilio.com/x", "title": "No", "status": 400, "code": 63016, "detail": "late"}
    assert (await answering(400, problem).send(REPLY, ALLOWED)).answer is Answer.WINDOW


def test_variables_keep_their_names_and_a_template_without_any_says_none() -> None:
    message = TemplateMessage(CUSTOMER, "HX1", {"10": "x", "2": "é", "name": "y"}, "shop_SM1_1")
    fields = template_form(message, NUMBER)
    assert json.loads(fields["ContentVariables"]) == {"10": "x", "2": "é", "name": "y"}
    assert "Body" not in fields
    assert "ContentVariables" not in template_form(TemplateMessage(CUSTOMER, "HX1", {}, "shop_SM1_1"), NUMBER)


def test_a_sender_without_a_number_is_no_sender() -> None:
    options = TwilioOptions(account_sid="AC" + "0" * 32, auth_token=Secret("x"))
    with pytest.raises(SettingsError, match="write `number`"):
        TwilioSender.connect(options, number=None, connections=1)
