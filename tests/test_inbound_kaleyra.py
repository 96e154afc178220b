"""Kaleyra's callbacks: the ways in which they prove themselves, and what the sandbox makes of them."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import redis.asyncio

from bot.app import create_app
from bot.inbound import Address, Ignored, PayloadError, SignatureError, Webhook, bearer
from bot.inbound.kaleyra import KaleyraInbound, KaleyraOptions
from bot.sandbox.model import Inbound
from bot.sandbox.providers.kaleyra import Kaleyra
from rules.media import KINDS
from rules.model import Message
from tests.conformance.kaleyra import document
from worker import queue
from worker.ledger import Ledger
from worker.options import Section, SettingsError, Surroundings

URL = "https://bot.example.com/webhooks/shop"
ADDRESS = Address("shop", None, None)
NOW = 1_760_000_000.0
ENVIRONMENT = {"ONE": "first", "SEVERAL": "second\nfirst", "SPACE": " "}
HEADER = {"header": "X-Secret", "header_secret": "env:ONE"}
BASIC = {"user": "kaleyra", "password": "env:ONE"}
CLIENT = {"client_id": "bot", "client_secret": "env:ONE"}


def read(options: dict[str, Any]) -> KaleyraOptions:
    section = Section("kaleyra", options, Surroundings(ENVIRONMENT, Path()), lambda path: "here")
    return section.read(KaleyraOptions)


def inbound(options: dict[str, Any], now: float = NOW, address: Address = ADDRESS) -> KaleyraInbound:
    return KaleyraInbound(address, read(options), lambda: now)


def believes(here: KaleyraInbound, **headers: str) -> bool:
    try:
        here.verify(Webhook(URL, headers, b"{}"))
    except SignatureError:
        return False
    return True


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    "options",
    [{}, {"header": "X-Secret"}, {"password": "env:ONE"}, BASIC | {"client_id": "bot"}, HEADER | BASIC, BASIC | CLIENT],
    ids=["none", "no secret", "no user", "one and a half", "two", "two others"],
)
def test_callbacks_prove_themselves_in_one_way_alone(options: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="in one way alone: `header` and `header_secret`, or `user` and `password`"):
        read(options)


@pytest.mark.parametrize("name", ["header_secret", "password", "client_secret"])
def test_a_secret_is_named_and_not_written(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read({name: "hunter2"})
    assert "env:NAME" in str(raised.value)
    assert "hunter2" not in str(raised.value)
    with pytest.raises(SettingsError, match="SPACE is empty"):
        read({name: "env:SPACE"})


def test_while_a_header_is_replaced_both_are_good() -> None:
    here = inbound(HEADER | {"header_secret": "env:SEVERAL"})
    given = ["first", "second", "second\nfirst", "third", ""]
    assert [believes(here, **{"x-secret": secret}) for secret in given] == [True, True, False, False, False]


def test_a_user_and_a_password_are_believed_together() -> None:
    here = inbound(BASIC | {"password": "env:SEVERAL"})
    good = [basic("kaleyra", "first"), basic("kaleyra", "second").replace("Basic", "basic")]
    bad = [
        basic("kaleyra", "third"),
        basic("another", "first"),
        basic("", ""),
        basic("kaleyra", "first").replace("Basic", "Bearer"),
        "Basic",
        "",
    ]
    assert all(believes(here, authorization=header) for header in good)
    assert not any(believes(here, authorization=header) for header in bad)


ASKED = {
    "JSON": Webhook(URL, {}, b'{"client_id": "bot", "client_secret": "first", "grant_type": "client_credentials"}'),
    "JSON in another case": Webhook(URL, {}, b' {"clientId": "bot", "Client-Secret": "first"}'),
    "a form": Webhook(URL, {}, urlencode({"client_id": "bot", "client_secret": "first"}).encode()),
    "Basic": Webhook(URL, {"authorization": basic("bot", "first")}, b"grant_type=client_credentials"),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_the_token_that_one_process_gives_is_known_to_another(asked: Webhook) -> None:
    told = inbound(CLIENT).issue(asked)
    assert (told["token_type"], told["expires_in"]) == ("Bearer", "3600")
    assert believes(inbound(CLIENT, NOW + 3600), authorization=f"Bearer {told['access_token']}")
    assert believes(inbound(CLIENT | {"client_secret": "env:SEVERAL"}), authorization=f"bearer {told['access_token']}")


async def test_a_token_that_is_fetched_lets_a_message_in(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    app = create_app({"shop": KaleyraInbound(ADDRESS, read(CLIENT))}, ledger)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://bot.example.com") as kaleyra:
        message = document("contact")
        message["meta_object"]["value"]["messages"][0]["timestamp"] = str(int(time.time()))
        assert (await kaleyra.post("/webhooks/shop", json=message)).status_code == 401
        client = {"client_id": "bot", "client_secret": "first"}
        assert (await kaleyra.post("/webhooks/shop/token", json=client | {"client_id": "?"})).status_code == 401
        fetched = await kaleyra.post("/webhooks/shop/token", json=client)
        headers = {"Authorization": f"Bearer {fetched.json()['access_token']}"}
        taken = await kaleyra.post("/webhooks/shop", json=message, headers=headers)
    assert (fetched.status_code, fetched.headers["cache-control"]) == (200, "no-store")
    assert (taken.status_code, taken.json()) == (200, {"result": "new"})
    assert await store.llen(queue.QUEUE_KEY) == 1


def test_a_token_is_good_for_its_time_and_its_account_alone() -> None:
    token = str(inbound(CLIENT).issue(ASKED["JSON"])["access_token"])
    until, _, signature = token.partition(".")
    late = NOW + (bearer.LIFETIME + bearer.GRACE).total_seconds()
    assert believes(inbound(CLIENT, late - 1), authorization=f"Bearer {token}")
    assert not believes(inbound(CLIENT, late), authorization=f"Bearer {token}")
    assert not believes(inbound(CLIENT, address=Address("desk", None, None)), authorization=f"Bearer {token}")
    for forged in (f"{int(until) + 1}.{signature}", f"{until}.", until, f"x.{signature}", f"{token}0", ".", ""):
        assert not believes(inbound(CLIENT), authorization=f"Bearer {forged}")
    assert not believes(inbound(CLIENT), authorization=f"Basic {token}")
    other = inbound(CLIENT | {"client_secret": "env:SEVERAL"})
    given = other.issue(Webhook(URL, {}, b'{"client_id": "bot", "client_secret": "second"}'))["access_token"]
    assert believes(other, authorization=f"Bearer {given}")
    assert not believes(inbound(CLIENT), authorization=f"Bearer {given}")


@pytest.mark.parametrize(
    ("body", "authorization"),
    [
        (b'{"client_id": "bot", "client_secret": "guess"}', ""),
        (b'{"client_id": "another", "client_secret": "first"}', ""),
        (b'{"client_id": "bot"}', ""),
        (b"", ""),
        (b"[]", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b"a=1&" * 30, ""),
        (b'{"client_id": "bot", "client_secret": "\\ud83d"}', ""),
        (b"", basic("bot", "guess")),
        (b"", "Basic ?"),
    ],
)
def test_nobody_else_gets_a_token(body: bytes, authorization: str) -> None:
    asked = Webhook(URL, {"authorization": authorization}, body)
    with pytest.raises(SignatureError):
        inbound(CLIENT).issue(asked)


@pytest.mark.parametrize("options", [HEADER, BASIC], ids=["header", "basic"])
def test_where_callbacks_prove_themselves_otherwise_there_are_no_tokens(options: dict[str, str]) -> None:
    for body in (b"", b'{"client_id": "", "client_secret": ""}', ASKED["JSON"].body):
        with pytest.raises(SignatureError):
            inbound(options).issue(Webhook(URL, {}, body))


def test_an_older_kind_of_callback_is_told_what_to_change_and_not_what_it_said() -> None:
    with pytest.raises(PayloadError, match="callbacks of WhatsApp API v2") as raised:
        inbound(HEADER).read(Webhook(URL, {}, json.dumps({"body": "private words", "type": "text"}).encode()))
    assert "private" not in str(raised.value)


@pytest.mark.parametrize(
    ("number", "ours"),
    [
        ("+14155550100", True),
        (None, True),  # where no settings know it
        ("+5214155550100", True),  # the digit that some countries put between
        ("+14155550101", False),
    ],
)
def test_one_profile_may_be_given_to_several_numbers(number: str | None, *, ours: bool) -> None:
    (event,) = inbound(HEADER, address=Address("shop", number, None)).read(
        Webhook(URL, {}, json.dumps(document("contact")).encode())
    )
    assert isinstance(event, Ignored) is not ours
    assert getattr(event, "recipient", number) == (number or "+14155550100")


@pytest.mark.parametrize("media", [None, *KINDS])
def test_whatever_a_customer_sends_in_the_sandbox_is_read(media: str | None) -> None:
    said = Inbound("wamid.1", "wamid.1", "+14155550199", "+14155550100", "look", int(NOW) * 10**9, 0)
    told = Kaleyra("key", "first").inbound(replace(said, media=media), URL)
    assert told is not None
    (event,) = inbound(HEADER).read(Webhook(URL, {}, told.body))
    assert isinstance(event, Message)
    assert (event.id, event.sender, event.recipient) == ("wamid.1", "+14155550199", "+14155550100")
    assert (event.media, event.text) == (media, "" if media in {"location", "contacts"} else "look")
