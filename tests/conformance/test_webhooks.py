"""Webhooks: who is believed, and what is read."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.inbound import Inbound, PayloadError, SignatureError, Webhook
from bot.inbound.providers import PROVIDERS
from tests.conformance.subject import URL, Subject
from tests.conformance.subjects import SUBJECTS

RECEIVING = [(subject, inbound) for subject in SUBJECTS if (inbound := subject.inbound()) is not None]


def cases(of: str) -> list[object]:
    """Names alone: a signature may be good for minutes, so each webhook is made when it is asked about."""
    return [
        pytest.param(subject, inbound, name, id=f"{subject.provider}: {name}")
        for subject, inbound in RECEIVING
        for name in _named(subject, of)
    ]


def _named(subject: Subject, of: str) -> Iterable[str]:
    match of:
        case "told":
            return [name for name, _, _ in subject.told()]
        case "forged":
            return subject.forged()
        case _:
            return subject.unreadable()


def test_every_adapter_has_a_subject() -> None:
    assert {subject.provider for subject, _ in RECEIVING} == PROVIDERS.keys()


@pytest.mark.parametrize(("subject", "inbound", "name"), cases("told"))
def test_what_the_provider_tells_is_believed_and_read(subject: Subject, inbound: Inbound, name: str) -> None:
    ((webhook, events),) = [(webhook, events) for told, webhook, events in subject.told() if told == name]
    inbound.verify(webhook)
    assert list(inbound.read(webhook)) == list(events)


@pytest.mark.parametrize(("subject", "inbound", "name"), cases("forged"))
def test_what_the_provider_has_not_sent_is_not_believed(subject: Subject, inbound: Inbound, name: str) -> None:
    with pytest.raises(SignatureError):
        inbound.verify(subject.forged()[name])


@pytest.mark.parametrize(("subject", "inbound", "name"), cases("unreadable"))
def test_what_is_no_event_is_a_payload_error(subject: Subject, inbound: Inbound, name: str) -> None:
    with pytest.raises(PayloadError):
        inbound.read(Webhook(URL, {}, subject.unreadable()[name]))


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
