"""The whole receiver, for every provider: whatever comes, signed or not, nearly right or not at all, is no 5xx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import create_app
from bot.inbound import Inbound, SignatureError, Webhook
from tests.conformance.subject import ACCOUNT, URL, Subject
from tests.conformance.subjects import SUBJECTS
from worker.connection import connect
from worker.ledger import Ledger, Times
from worker.secret import Secret

RECEIVING: Final = [(subject, inbound) for subject in SUBJECTS if (inbound := subject.inbound()) is not None]
PATH: Final = urlsplit(URL).path
EXAMPLES: Final = 60

ODD: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\0", "9" * 400, 10**400, -1, 2**63, "2025-13-45T99:99:99Z", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
HEADERS: Final = st.dictionaries(
    st.sampled_from(["content-type", "content-encoding", "x-odd", "authorization"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40),
)


class Trusting:
    """An adapter that believes everybody, so that what is read is reached."""

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound

    def verify(self, webhook: Webhook) -> None:
        try:
            self._inbound.verify(webhook)
        except SignatureError:
            return

    def read(self, webhook: Webhook) -> Any:
        return self._inbound.read(webhook)


@st.composite
def bodies(draw: st.DrawFn, subject: Subject) -> bytes:
    """Anything; or what the provider sends, with something else in one place of it, or cut off."""
    told = [webhook.body for _, webhook, _ in subject.told()]
    body = draw(st.sampled_from(told) | st.binary(max_size=200))
    match draw(st.sampled_from(["changed", "cut", "as it is"])):
        case "changed":
            return _changed(draw, body)
        case "cut":
            return body[: draw(st.integers(0, len(body)))]
    return body


def _changed(draw: st.DrawFn, body: bytes) -> bytes:
    try:
        return json.dumps(_odd_within(draw, json.loads(body))).encode()
    except ValueError:  # a form, or nothing
        at = draw(st.integers(0, len(body)))
        return (
            body[:at]
            + draw(st.binary(max_size=20) | st.sampled_from([b"%ff%00", b"&Body=%ED%A0%80", b"&From="]))
            + body[at:]
        )


def _odd_within(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: _odd_within(draw, value[name])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [_odd_within(draw, value[0]), *value[1:]]
    return draw(ODD)


@pytest.mark.parametrize("trusting", [False, True], ids=["signed or not", "believed"])
@pytest.mark.parametrize(("subject", "inbound"), RECEIVING, ids=[subject.provider for subject, _ in RECEIVING])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=EXAMPLES,
    derandomize=True,
)
@given(data=st.data())
def test_nothing_that_comes_gets_a_5xx(
    redis_url: Secret, subject: Subject, inbound: Inbound, trusting: bool, data: st.DataObject
) -> None:
    adapter: Inbound = Trusting(inbound) if trusting else inbound  # type: ignore[assignment]
    body, headers = data.draw(bodies(subject)), _sent(subject, data.draw(HEADERS))
    query = data.draw(st.text(max_size=20))

    async def came() -> tuple[httpx.Response, ...]:
        ledger = Ledger(connect(redis_url, decode=True, connections=2), Times())
        transport = httpx.ASGITransport(create_app({ACCOUNT: adapter}, ledger))
        async with aclosing(ledger), httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return (
                await client.post(PATH, content=body, headers=headers, params={"q": query}),
                await client.get(PATH, params={"hub.mode": query, "hub.challenge": query}),
                await client.post(f"{PATH}/token", content=body, headers=headers),
            )

    # A loop of its own: where what was made up is too long, hypothesis ends the example by an exception that would end
    # the loop of all tests, and be logged whenever the collector comes by.
    answer, asked, token = asyncio.run(came())
    assert answer.status_code in (200, 400, 401), (answer.status_code, answer.text)
    assert asked.status_code < 500
    assert token.status_code < 500


def _sent(subject: Subject, odd: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers of a webhook of the provider's, and odd ones in their place or beside."""
    genuine = next(webhook.headers for _, webhook, _ in subject.told())
    return [(name.encode(), value.encode("latin-1")) for name, value in {**genuine, **odd}.items()]
