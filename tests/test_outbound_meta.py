"""Meta's requests where they are special, and whether credentials can be tried out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.conformance.meta import MetaSubject, document
from tests.stand_in import NOWHERE
from worker.outbound import Answer, Examinable, Reply, TemplateMessage, wire
from worker.outbound.meta import MetaOptions, MetaSender, payload, read, template_payload
from worker.outbound.meta_codes import CODES
from worker.outcomes import health_of
from worker.secret import Secret

ALLOWED = timedelta(seconds=5)


def test_who_has_a_username_is_written_to_by_their_user_id() -> None:
    said = payload(Reply("US.13491208655302741918", "Hi!", "wamid.1", "shop_im_1_1"))
    assert said["recipient"] == "US.13491208655302741918"
    assert "to" not in said


def parameters(**variables: str) -> Any:
    said = template_payload(TemplateMessage("+16505551234", "store_grand_opening", variables, "shop_im_1_1"), "en_US")
    assert said["template"]["language"] == {"code": "en_US"}
    return said["template"].get("components")


def test_a_message_that_another_provider_brought_is_not_quoted() -> None:
    assert "context" not in payload(Reply("+16505551234", "Hi!", "im_01k8aq2zggeyssvt53zgvpx63a", "shop_im_1_1"))


def test_variables_with_names_go_out_as_in_the_documents() -> None:
    named = [part for part in document("template_message")["template"]["components"] if part["type"] == "body"]
    assert parameters(customer_name="Maria", discount="15%") == named


def test_variables_with_numbers_go_out_in_their_order() -> None:
    (component,) = parameters(**{"10": "c", "2": "b", "1": "a"})
    assert component["parameters"] == [{"type": "text", "text": text} for text in "abc"]
    (component,) = parameters(**{"1": "a", "name": "b"})
    assert [parameter["parameter_name"] for parameter in component["parameters"]] == ["1", "name"]


def test_a_template_without_variables_has_no_components() -> None:
    assert parameters() is None


async def test_credentials_can_be_tried_out_without_a_message() -> None:
    world = World(MetaSubject().sandbox(), webhook_url=NOWHERE)
    async with serve_sandbox(world) as url:
        told = {}
        for token, number in (("a_token", "106540352242922"), ("b_token", "106540352242922"), ("a_token", "1")):
            options = MetaOptions(access_token=Secret(token), phone_number_id=number, base_url=url)
            sender = MetaSender.connect(options, number=None, connections=1)
            assert isinstance(sender, Examinable)
            outcome = await sender.examine(ALLOWED)
            told[token, number] = (outcome.answer, outcome.code)
            await sender.aclose()
    assert list(told.values()) == [
        (Answer.ACCEPTED, "accepted"),
        (Answer.CONFIG, "190"),
        (Answer.CONFIG, "100"),
    ]
    assert world.conversations.replies == []


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (Answer.WINDOW, "131047"),
        (Answer.RETRY, "1 2 4 80007 130429 131000 131016 131056 131057 133004 135000"),
        (
            Answer.CONFIG,
            "0 3 10 33 190 200 299 368 130497 131005 131030 131031 131037 131042 131044 131045 131048 133010",
        ),
        (Answer.PERMANENT, "100 130472 131008 131009 131021 131026 131049 131050 131051 131062 132000 132001 132015"),
    ],
)
def test_the_table_says_what_the_documents_say(answer: Answer, codes: str) -> None:
    assert {CODES[code] for code in codes.split()} == {answer}


@pytest.mark.parametrize(("code", "says"), [("131056", False), ("130429", True), ("131047", True)])
def test_too_much_to_one_person_says_nothing_of_the_account(code: str, says: bool) -> None:
    outcome = read(wire.Response(400, {}, b'{"error": {"code": %s}}' % code.encode()))
    assert (health_of(outcome) is not None) is says
