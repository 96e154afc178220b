"""Webhooks: who is believed, and what is read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.inbound import Event, Inbound, PayloadError, SignatureError, Webhook
from bot.inbound.providers import PROVIDERS
from tests.conformance.subject import URL, Subject
from tests.conformance.subjects import SUBJECTS

RECEIVING = [(subject, inbound) for subject in SUBJECTS if (inbound := subject.inbound()) is not None]


def cases(of: str) -> list[object]:
    return [
        pytest.param(inbound, *case, id=f"{subject.provider}: {name}")
        for subject, inbound in RECEIVING
        for name, case in _named(subject, of)
    ]


def _named(subject: Subject, of: str) -> list[tuple[str, tuple[object, ...]]]:
    match of:
        case "told":
            return [(name, (webhook, events)) for name, webhook, events in subject.told()]
        case "forged":
            return [(name, (webhook,)) for name, webhook in subject.forged().items()]
        case _:
            return [(name, (body,)) for name, body in subject.unreadable().items()]


def test_every_adapter_has_a_subject() -> None:
    assert {subject.provider for subject, _ in RECEIVING} == PROVIDERS.keys()


@pytest.mark.parametrize(("inbound", "webhook", "events"), cases("told"))
def test_what_the_provider_tells_is_believed_and_read(
    inbound: Inbound, webhook: Webhook, events: Sequence[Event]
) -> None:
    inbound.verify(webhook)
    assert list(inbound.read(webhook)) == list(events)


@pytest.mark.parametrize(("inbound", "webhook"), cases("forged"))
def test_what_the_provider_has_not_sent_is_not_believed(inbound: Inbound, webhook: Webhook) -> None:
    with pytest.raises(SignatureError):
        inbound.verify(webhook)


@pytest.mark.parametrize(("inbound", "body"), cases("unreadable"))
def test_what_is_no_event_is_a_payload_error(inbound: Inbound, body: bytes) -> None:
    with pytest.raises(PayloadError):
        inbound.read(Webhook(URL, {}, body))


@pytest.mark.parametrize("inbound", [inbound for _, inbound in RECEIVING], ids=[s.provider for s, _ in RECEIVING])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(body=st.binary(), headers=st.dictionaries(st.text(), st.text()), query=st.text())
def test_nothing_that_comes_makes_an_adapter_raise_anything_else(
    inbound: Inbound, body: bytes, headers: dict[str, str], query: str
) -> None:
    webhook = Webhook(f"{URL}?{query}", headers, body)
    with pytest.raises(SignatureError):
        inbound.verify(webhook)
    try:
        inbound.read(webhook)
    except PayloadError:
        return
