"""Twilio's webhooks: what their own validator signs and believes, attacks on the signature, and forms."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import yaml
from twilio.request_validator import RequestValidator

from bot.app import create_app
from bot.inbound import Address, Event, Ignored, PayloadError, SignatureError, Webhook
from bot.inbound.providers import open_inbound, read_inbound
from bot.inbound.twilio import TwilioInbound, TwilioOptions, spellings
from bot.sandbox.model import Inbound
from bot.sandbox.providers.twilio import Twilio
from rules.media import KINDS
from rules.model import Message
from tests.conformance.subject import CUSTOMER, NUMBER, URL
from tests.conformance.twilio import FORM, TOKEN, document, signature, twilio_inbound, webhook
from worker.account_file import AccountSettings, read_accounts
from worker.ledger import Ledger
from worker.options import SettingsError
from worker.outbound.providers import read_reply
from worker.secret import Secret

INBOUND = twilio_inbound()
SAID = document("message")
JSON = b'{"property": "value", "boolean": true}'
# Twilio: their Python library, tests/unit/test_request_validator.py.
CALLED = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}


def is_believed(came: Webhook, inbound: TwilioInbound = INBOUND) -> bool:
    try:
        inbound.verify(came)
    except SignatureError:
        return False
    return True


def came(body: bytes, signed: str, url: str = URL, content_type: str = FORM, settings: str = "") -> Webhook:
    headers = {"x-twilio-signature": signed, "content-type": content_type}
    return Webhook(url, headers | ({"x-twilio-webhooks-signature-settings": settings} if settings else {}), body)


def read(fields: dict[str, str]) -> Event:
    (event,) = INBOUND.read(webhook(fields))
    return event


def read_message(**changes: str) -> Message:
    event = read(SAID | changes)
    assert isinstance(event, Message)
    return event


def test_the_vector_that_was_computed_by_hand_is_believed() -> None:
    fields = {"Body": "hello", "From": "whatsapp:+15550100001", "MessageSid": "SM00000000000000000000000000000001"}
    body, url = urlencode(fields).encode(), "https://hooks.example.test/twilio"
    inbound = twilio_inbound("auth_token_example")
    assert is_believed(came(body, "KXFwM5bOu5LO0U++CQ/vPPaT3O8=", url), inbound)
    assert not is_believed(came(body, "KXFwM5bOu5LO0U++CQ/vPPaT3O9=", url), inbound)


@pytest.mark.parametrize(
    ("url", "body", "signed"),
    [
        (CALLED, urlencode(CALL), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (CALLED.replace(".com", ".com:1234"), urlencode(CALL), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (CALLED.replace(".com", ".com:1234").replace("https", "http"), urlencode(CALL), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (CALLED, urlencode(CALL), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (CALLED.replace("https", "http"), urlencode(CALL), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (CALLED, "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234", "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (CALLED, "Digits=1234&Sid=CA123&Digits=5678&SidAccount=AC123&Digits=1234", "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
    ids=["plain", "a port too many", "http and a port", "port 443", "port 80", "a name twice", "a value twice"],
)
def test_what_their_own_tests_believe_is_believed(url: str, body: str, signed: str) -> None:
    assert is_believed(came(body.encode(), signed, url))
    assert not is_believed(came(body.encode() + b"5", signed, url))


def test_json_is_known_by_its_hash_in_the_address() -> None:
    url = f"{CALLED}&bodySHA256={hashlib.sha256(JSON).hexdigest()}"
    signed = "a9nBmqA0ju/hNViExpshrM61xv4="
    good = came(JSON, signed, url, "application/json")
    assert is_believed(good)
    assert INBOUND.read(good) == [Ignored("ignored_event", "json")]
    assert not is_believed(came(JSON + b" ", signed, url, "application/json"))
    assert not is_believed(came(JSON, signature(None, CALLED), CALLED, "application/json"))  # without a hash
    assert not is_believed(came(JSON, signed, url))  # as a form


def test_a_key_of_theirs_may_sign_with_sha256_as_its_header_says() -> None:
    signed = RequestValidator(TOKEN).compute_signature(URL, SAID, "HMAC_SHA256")
    body = urlencode(SAID).encode()
    assert is_believed(came(body, signed, settings="key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"))
    assert not is_believed(came(body, signed))
    assert not is_believed(came(body, signed, settings="algorithm=HMAC_MD5"))
    assert is_believed(came(body, signature(SAID), settings="key=1"))


def test_two_tokens_are_good_while_one_replaces_the_other() -> None:
    both = twilio_inbound("old", "new")
    assert [is_believed(webhook(SAID, signed=signature(SAID, token=token)), both) for token in ("old", "new")] == [
        True,
        True,
    ]
    assert not is_believed(webhook(SAID, signed=signature(SAID, token="newer")), both)
    assert not is_believed(webhook(SAID, signed=signature(SAID, token="")), both)


@pytest.mark.parametrize(
    "signed", ["", "x", "ñé", signature(SAID)[:-1], signature(SAID) + "=", signature(SAID).lower()]
)
def test_what_is_no_signature_is_not_believed(signed: str) -> None:
    assert is_believed(webhook(SAID))
    assert not is_believed(webhook(SAID, signed=signed))


def test_who_signs_nothing_hears_so() -> None:
    with pytest.raises(SignatureError, match="no signature"):
        INBOUND.verify(webhook(SAID, signed=""))


def test_a_letter_that_is_none_is_not_taken_for_the_one_that_replaces_it() -> None:
    fields = {"MessageSid": "SM1", "Body": "\ufffd"}
    good = webhook(fields)
    assert is_believed(good)
    assert not is_believed(webhook(fields, raw=good.body.replace(b"%EF%BF%BD", b"%FF")))


def test_their_validator_believes_what_the_sandbox_signs() -> None:
    sandbox = Twilio(TOKEN)
    message = Inbound("SM1", "SM1", CUSTOMER, NUMBER, "Où est-ce ? 🎉 + & =\n", 0, 0)
    request = sandbox.inbound(message, URL)
    assert request is not None
    signed = sandbox.sign(request)["X-Twilio-Signature"]
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    assert RequestValidator(TOKEN).validate(URL, fields, signed)


def test_the_port_is_left_away_and_added_and_nothing_else_is_touched() -> None:
    assert spellings("https://a.example/b?c=d:e#") == ("https://a.example/b?c=d:e#", "https://a.example:443/b?c=d:e#")
    assert spellings("http://[::1]:8/x?") == ("http://[::1]/x?", "http://[::1]:8/x?")
    assert spellings("nothing") == ("nothing",)


async def test_a_replay_is_believed_and_taken_in_once(ledger: Ledger) -> None:
    options = TwilioOptions(auth_tokens=(Secret(TOKEN),))
    inbound = TwilioInbound(Address("shop", NUMBER, URL), options)
    app = create_app({"shop": inbound}, ledger, public_url="https://bot.example.com")
    good = webhook(SAID)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8000") as client:
        answers = [await client.post("/webhooks/shop", content=good.body, headers=dict(good.headers)) for _ in range(2)]
        forged = await client.post("/webhooks/bank", content=good.body, headers=dict(good.headers))
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "<Response/>")] * 2
    assert answers[0].headers["content-type"].startswith("text/xml")
    assert forged.status_code == 404
    counts = await ledger.counts()
    assert (counts["taken_in"], counts["duplicate"]) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_media_is_known(kind: str) -> None:
    message = Inbound("SM1", "SM1", CUSTOMER, NUMBER, "look", 0, 0, media=kind)
    request = Twilio(TOKEN).inbound(message, URL)
    assert request is not None
    (event,) = INBOUND.read(Webhook(URL, {}, request.body))
    assert isinstance(event, Message)
    assert (event.media, event.text) == (kind, "look")


@pytest.mark.parametrize(
    ("changes", "media"),
    [
        ({}, None),
        ({"NumMedia": "1"}, "document"),
        ({"NumMedia": "1", "MediaContentType0": "Image/PNG; x=y"}, "image"),
        ({"NumMedia": "2", "MediaContentType0": "application/zip", "MediaContentType1": "image/png"}, "document"),
        ({"NumMedia": "1", "MediaContentType0": "image/webp", "MessageType": "image"}, "image"),
        ({"NumMedia": "1", "MediaContentType0": "image/webp"}, "sticker"),
        ({"MessageType": "contacts"}, "contacts"),
        ({"Latitude": "52.5", "Longitude": "13.4", "Body": ""}, "location"),
    ],
)
def test_media_is_read_from_what_the_form_says_of_it(changes: dict[str, str], media: str | None) -> None:
    assert read_message(**changes).media == media


def test_a_button_says_its_text() -> None:
    assert read_message(Body="", ButtonText="Yes, please", ButtonPayload="yes").text == "Yes, please"
    assert read_message(Body="Yes", ButtonText="Yes, please").text == "Yes"


def test_somebody_without_a_number_is_known_by_an_id() -> None:
    assert read_message(From="whatsapp:ID.4566546130240823").sender == "ID.4566546130240823"


@pytest.mark.parametrize(
    ("changes", "ignored"),
    [
        ({"From": "+14155550199"}, Ignored("ignored_channel", "sms")),
        ({"From": "messenger:123"}, Ignored("ignored_channel", "messenger")),
        ({"MessageType": "reaction"}, Ignored("ignored_event", "reaction")),
        ({"MessageStatus": "delivered"}, Ignored("ignored_event", "delivered")),
    ],
)
def test_other_channels_and_events_are_ignored(changes: dict[str, str], ignored: Ignored) -> None:
    assert read(SAID | changes) == ignored


def test_a_payload_error_quotes_nothing_of_the_form() -> None:
    with pytest.raises(PayloadError) as caught:
        read(SAID | {"NumMedia": "CANARY"})
    assert str(caught.value) == "NumMedia: int_parsing"


def accounts(folder: Path, text: str) -> tuple[AccountSettings, ...]:
    (folder / "accounts.yaml").write_text(text, encoding="utf-8")
    return read_accounts(folder / "accounts.yaml", {"TWILIO_AUTH_TOKEN": "one\ntwo"}, folder / "book.yaml")


def entry(**inbound: str) -> str:
    way = {"provider": "twilio", **inbound}
    reply = {"provider": "twilio", "account_sid": "AC" + "0" * 32, "auth_token": "env:TWILIO_AUTH_TOKEN"}
    return yaml.safe_dump({"accounts": [{"name": "shop", "number": NUMBER, "inbound": way, "reply": reply}]})


def test_the_address_that_twilio_signs_must_be_known(tmp_path: Path) -> None:
    told = accounts(tmp_path, entry(auth_tokens="env:TWILIO_AUTH_TOKEN"))
    for look in (read_inbound, open_inbound):
        assert list(look(told, "https://bot.example.com")) == ["shop"]
        with pytest.raises(SettingsError, match=r"AUTOREPLY_PUBLIC_URL: missing; .* account shop signs"):
            look(told, None)


def test_each_token_of_the_settings_is_believed(tmp_path: Path) -> None:
    told = accounts(tmp_path, entry(auth_tokens="env:TWILIO_AUTH_TOKEN"))
    inbound = open_inbound(told, "https://bot.example.com")["shop"]
    for token in ("one", "two"):
        inbound.verify(webhook(SAID, signed=signature(SAID, token=token)))
    with pytest.raises(SettingsError, match="write the token alone"):
        read_reply(told)


def test_without_a_token_nobody_is_believed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="`auth_tokens` is missing; write env:NAME or file:PATH"):
        read_inbound(accounts(tmp_path, entry()), "https://bot.example.com")
