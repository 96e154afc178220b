"""One message or person is found by whatever somebody has of them, without a look at all the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis.asyncio

from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, claimed, key_of
from tests.operators import NUMBER, traces
from worker import keys
from worker.ledger import DeliveryEvent, Found, Ledger, Operating, Part, State

WAMID = "wamid.HBgLMzM2MTIzNDU2NzgVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"  # its middle is a number, in base64


@pytest.mark.parametrize("provider_id", ["tx_01k8", "SM" + "0" * 32, WAMID, "msg-12:34"])
async def test_a_message_is_found_by_any_id_of_it_and_of_its_reply(
    ledger: Ledger, operating: Operating, provider_id: str
) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {"reason": "accepted", "provider_id": provider_id})
    key = key_of(message)
    expected = {
        key: "key",
        message.id: "message",
        attempt.correlation_id: "correlation",
        provider_id: "reply",
        message.event_id: "event",
        f"  {message.id}\n": "message",
    }
    assert {name: await operating.find_one(name) for name in expected} == {
        name: Found(kind, key)  # type: ignore[arg-type]
        for name, kind in expected.items()
    }
    assert await operating.find_one("im_of_nobody") is None
    assert await operating.find_one("") is None
    assert await operating.find_one("x" * 100_000) is None


@pytest.mark.parametrize(
    "written",
    [
        "+33612345678",
        "33612345678",
        "+33 6 12-34 (56) 78",
        "\u202a+33 6 12 34 56 78\u202c",  # as a telephone's address book copies it
        "\u2066+33\u00a06\u201112345678\u2069\u200b",
        "\uff0b\uff13\uff13\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "0033 6 12 34 56 78",
        "+\u0663\u0663\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    ],
)
async def test_a_person_is_found_by_number_however_it_is_written(
    ledger: Ledger, operating: Operating, written: str
) -> None:
    await ledger.take_in(a_message())
    assert await operating.find_one(written) == Found("person", people=(("prelude", NUMBER),))
    assert await operating.find_one("+4915") is None


@pytest.mark.parametrize("sender", ["0012", "+0012", "user\u200b12", "\u0661a"])
async def test_an_id_that_only_looks_like_a_number_is_found_as_it_is(
    ledger: Ledger, operating: Operating, sender: str
) -> None:
    await ledger.take_in(a_message(sender=sender))
    assert await operating.find_one(sender) == Found("person", people=(("prelude", sender),))


async def test_a_person_without_a_number_is_found_by_the_providers_id_of_them(
    ledger: Ledger, operating: Operating
) -> None:
    await ledger.take_in(a_message(sender="user:12 a"))
    assert await operating.find_one("user:12 a") == Found("person", people=(("prelude", "user:12 a"),))


async def test_each_part_of_a_reply_leads_to_its_message(ledger: Ledger, operating: Operating) -> None:
    message = a_message()
    await ledger.take_in(message)
    for number in (1, 2):
        claim = await ledger.claim(f"w{number}", ACCOUNTS)
        assert claim is not None
        attempt = await ledger.begin(claim, HELLO, "v1", part=Part(number, 2, 100))
        assert attempt is not None
        await ledger.settle(attempt, State.SENT, {"provider_id": f"tx_{number}"})
    for number in (1, 2):
        assert await operating.find_one(f"tx_{number}") == Found("reply", key_of(message))


async def test_a_reply_whose_delivery_was_told_of_before_its_answer_is_found(
    ledger: Ledger, operating: Operating
) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    assert await ledger.deliver(DeliveryEvent(key_of(message), 1, "delivered")) == "delivered"
    await ledger.settle(attempt, State.SENT, {"provider_id": "tx_1"})
    assert await operating.find_one("tx_1") == Found("reply", key_of(message))


async def test_what_leads_to_a_message_ends_with_it_and_holds_no_number(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.SENT, {"provider_id": WAMID})
    (name,) = await store.keys(keys.REPLY + "*")
    assert "wamid" not in name
    assert 0 < await store.pttl(name) <= ledger.times.retention / timedelta(milliseconds=1)
    await operating.forget(NUMBER)
    assert await traces(store, str(name)) == []
    assert await operating.find_one(WAMID) is None


async def test_an_answer_that_came_too_late_to_count_leads_nowhere(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis
) -> None:
    message = a_message()
    attempt = await ledger.begin(await claimed(ledger, message), HELLO, "v1")
    assert attempt is not None
    await ledger.settle(attempt, State.UNCONFIRMED, {}, delay=timedelta(hours=1))
    await operating.discard(key_of(message))
    assert not (await ledger.settle(attempt, State.SENT, {"provider_id": "tx_1"})).counts
    assert await store.keys(keys.REPLY + "*") == []
