"""Prelude's webhooks: a list of attacks on the signature, and of bodies that are no events."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from bot.inbound import Address, Event, Ignored, PayloadError, SignatureError
from bot.inbound.prelude import PreludeInbound, PreludeOptions
from bot.inbound.rfc3339 import parse
from rules.model import Message
from tests.adapters import came, prelude_inbound
from tests.events import EXAMPLE, sign, signing_key

BODY = json.dumps(EXAMPLE).encode()
INBOUND = prelude_inbound("provider", "new")
OPEN = PreludeInbound(Address("prelude", None, None), PreludeOptions(unsigned=True))


def signature(salt: int = 32, name: str = "provider") -> bytes:
    return signing_key(name).sign(BODY, PSS(MGF1(SHA256()), salt), SHA256())


def read(body: bytes) -> Event:
    (event,) = INBOUND.read(came(body))
    return event


def is_believed(headers: dict[str, str], body: bytes = BODY, inbound: PreludeInbound = INBOUND) -> bool:
    try:
        inbound.verify(came(body, headers))
    except SignatureError:
        return False
    return True


def header(signature: bytes, encode: Callable[[bytes], bytes] = base64.urlsafe_b64encode) -> str:
    return "rsassa-pss-sha256=" + encode(signature).decode()


@pytest.mark.parametrize(
    "value",
    [
        header(signature()),
        header(signature()).rstrip("="),
        header(signature(), base64.b64encode),
        header(signature(), base64.b64encode).rstrip("="),
        header(signature(salt=222)),
        header(signature(salt=0)),
        header(signature(name="new")),
    ],
    ids=[
        "url alphabet",
        "unpadded",
        "standard alphabet",
        "standard, unpadded",
        "longest salt",
        "no salt",
        "second key",
    ],
)
def test_every_way_of_signing_that_prelude_may_have_is_accepted(value: str) -> None:
    assert is_believed({"x-webhook-signature": value})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webhook-signature": ""},
        {"x-webhook-signature": "rsassa-pss-sha256="},
        {"x-webhook-signature": header(signature()).removeprefix("rsassa-pss-")},
        {"x-webhook-signature": header(signature()).upper()},
        {"x-webhook-signature": " " + header(signature())},
        {"x-webhook-signature": "rsassa-pss-sha256=nonsense"},
        {"x-webhook-signature": "rsassa-pss-sha256=ñ" + "é" * 300},
        {"x-webhook-signature": "rsassa-pss-sha256==" + "A" * 341},
        {"x-webhook-signature": header(signature()[:-1])},
        {"x-webhook-signature": header(signature() + b"\0")},
        {"x-webhook-signature": header(signature()) + "," + header(signature())},
        {"x-webhook-signature": header(b"\0" * 256)},
        {"x-webhook-signature": header(signature(name="stranger"))},
        {"x-webhook-signature": "v1,x"},
    ],
)
def test_a_body_that_is_not_signed_by_our_keys_is_refused(headers: dict[str, str]) -> None:
    assert not is_believed(headers)


def test_a_changed_body_is_refused() -> None:
    assert is_believed({"x-webhook-signature": sign(BODY)}, BODY)
    assert not is_believed({"x-webhook-signature": sign(BODY)}, BODY.replace(b"order", b"0rder"))


@given(st.text(), st.binary())
def test_no_header_and_no_body_make_verifying_raise_anything_else(value: str, body: bytes) -> None:
    assert not is_believed({"x-webhook-signature": value}, body)
    assert not is_believed({"x-webhook-signature": "rsassa-pss-sha256=" + value}, body)


def test_without_keys_anybody_is_believed() -> None:
    assert is_believed({}, BODY, OPEN)


def test_the_documents_own_example_is_read() -> None:
    assert read(BODY) == Message(
        account="prelude",
        event_id="evt_01k8aq2zggeyssvt53zgvpx63a",
        id="im_01k8aq2zggeyssvt53zgvpx63a",
        sender="+33612345678",
        recipient="+14155551234",
        text="Hi, I have a question about my order",
        sent_at=datetime(2025, 10, 24, 8, 59, 10, 736925, tzinfo=UTC),
        window_expires_at=datetime(2025, 10, 25, 8, 59, 10, 736909, tzinfo=UTC),
    )


def changed(path: str, value: Any) -> bytes:
    event = deepcopy(EXAMPLE)
    place = event
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        (
            changed("type", "transactional.message.delivered"),
            Ignored("ignored_event", "transactional.message.delivered"),
        ),
        (changed("type", ""), Ignored("ignored_event", "")),
        (b'{"id": "evt_1", "type": "new.kind"}', Ignored("ignored_event", "new.kind")),
        (b'{"id": "evt_1", "type": "new.kind", "payload": [1], "created_at": 7}', Ignored("ignored_event", "new.kind")),
        (changed("type", "new\n2026 INFO fake"), Ignored("ignored_event", "new2026 INFO fake")),
        (changed("payload.channel", "sms"), Ignored("ignored_channel", "sms")),
    ],
)
def test_other_events_and_channels_are_ignored(body: bytes, ignored: Ignored) -> None:
    assert read(body) == ignored


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 5_000,
        b"NaN",
        changed("id", None),
        changed("id", ""),
        changed("id", "x" * 201),
        changed("id", 7),
        changed("type", None),
        changed("type", ["inbound.message.received"]),
        changed("created_at", None),
        changed("created_at", 1761296350),
        changed("created_at", "2025-10-24"),
        changed("payload", None),
        changed("payload", []),
        changed("payload.message_id", None),
        changed("payload.channel", None),
        changed("payload.channel", 1),
        changed("payload.from", None),
        changed("payload.from", ""),
        changed("payload.from", "+" * 65),
        changed("payload.to", None),
        changed("payload.content", "hello"),
        changed("payload.content.text", 5),
        changed("payload.conversation", None),
        changed("payload.conversation.window_expires_at", "tomorrow"),
        changed("payload.conversation.window_expires_at", "9999-12-31T23:59:59-23:59"),
        BODY.replace(b"Hi, I", b"\\ud800"),
    ],
)
def test_a_body_that_is_no_event_is_a_payload_error(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read(body)


def test_a_payload_error_quotes_nothing_of_the_body() -> None:
    with pytest.raises(PayloadError) as caught:
        read(changed("payload.from", {"name": "CANARY"}))
    assert str(caught.value) == "payload.from: string_type"


@pytest.mark.parametrize("content", [{}, {"text": None}, {"text": ""}, {"image": "x"}])
def test_a_message_without_text_is_read(content: dict[str, Any]) -> None:
    for body in (changed("payload.content", content), changed("payload.content", None)):
        message = read(body)
        assert isinstance(message, Message)
        assert message.text == ""


def test_fields_that_are_new_to_us_do_no_harm() -> None:
    assert isinstance(read(changed("payload.profile", {"name": "Sam"})), Message)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["id", "type", "payload", "created_at", "from", "channel"]), inner)
        ),
    )
)
def test_no_json_makes_reading_raise_anything_else(value: Any) -> None:
    try:
        event = read(json.dumps(value).encode())
    except PayloadError:
        return
    assert event == Ignored("ignored_event", event.kind if isinstance(event, Ignored) else "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-24T08:59:10Z", datetime(2025, 10, 24, 8, 59, 10, tzinfo=UTC)),
        ("2025-10-24t08:59:10z", datetime(2025, 10, 24, 8, 59, 10, tzinfo=UTC)),
        ("2025-10-24T08:59:10.5Z", datetime(2025, 10, 24, 8, 59, 10, 500_000, tzinfo=UTC)),
        ("2025-10-24T08:59:10.736909995Z", datetime(2025, 10, 24, 8, 59, 10, 736_909, tzinfo=UTC)),
        ("2025-10-24T10:59:10+02:00", datetime(2025, 10, 24, 8, 59, 10, tzinfo=UTC)),
        ("2025-10-24T03:29:10.000001-05:30", datetime(2025, 10, 24, 8, 59, 10, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_to_the_microsecond_and_never_later(text: str, moment: datetime) -> None:
    assert parse(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "now", "2025-10-24", "2025-10-24T08:59:10", "2025-10-24 08:59:10Z", "2025-10-24T08:59Z",
     "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-10-24T24:00:00Z", "2025-10-24T08:59:10.Z",
     "2025-10-24T08:59:10+99:00", "٢٠٢٥-10-24T08:59:10Z", "0001-01-01T00:00:00+23:59", "2025-10-24T08:59:61Z"],
)  # fmt: skip
def test_what_rfc_3339_does_not_write_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


# One account at Prelude, two numbers


def named(account: str, number: str, *keys: str) -> PreludeInbound:
    public = tuple(signing_key(name).public_key() for name in keys)
    options = PreludeOptions(webhook_keys=public) if keys else PreludeOptions(unsigned=True)
    return PreludeInbound(Address(account, number, None), options)


def accounts_that_read(body: bytes, *accounts: PreludeInbound) -> list[str]:
    """The account that the message is read for, wherever of them it is announced."""
    for each in accounts:
        each.meet(accounts)
    messages = [event for each in accounts for event in each.read(came(body))]
    return [message.account for message in messages if isinstance(message, Message)]


def test_what_is_announced_to_one_account_is_read_for_the_account_of_its_number() -> None:
    shop, repairs = named("shop", "+14155551234", "provider"), named("repairs", "+14155551235", "new", "provider")
    assert accounts_that_read(BODY, shop, repairs) == ["shop", "shop"]
    assert accounts_that_read(changed("payload.to", "+14155551235"), shop, repairs) == ["repairs", "repairs"]
    assert accounts_that_read(changed("payload.to", "+14155551236"), shop, repairs) == ["shop", "repairs"]


def test_whose_key_an_account_does_not_hold_speaks_for_none_of_its_messages() -> None:
    other, unsigned = named("other", "+14155551235", "stranger"), named("test", "+14155551236")
    assert accounts_that_read(BODY, named("shop", "+14155551234", "provider"), other, unsigned) == [
        "shop",
        "other",
        "test",
    ]
