"""A channel of one's own, in: which secrets are believed, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.inbound import SignatureError
from tests.conformance.channel import NEXT, SECRET, STRANGERS, document, inbound, webhook

BODY = document("message")


@pytest.mark.parametrize("held", [(SECRET,), (NEXT, SECRET), (SECRET, NEXT)])
@pytest.mark.parametrize("signed", [(SECRET,), (STRANGERS, SECRET), (SECRET, STRANGERS)])
def test_either_side_may_hold_two_secrets_while_one_replaces_the_other(
    held: tuple[str, ...], signed: tuple[str, ...]
) -> None:
    inbound(*held).verify(webhook(BODY, secrets=signed))
    with pytest.raises(SignatureError):
        inbound(*held).verify(webhook(BODY, secrets=[STRANGERS]))


def test_a_clock_that_is_minutes_wrong_is_borne_with_and_a_replay_is_not() -> None:
    for age in (timedelta(minutes=4, seconds=50), -timedelta(minutes=4, seconds=50)):
        inbound().verify(webhook(BODY, age=age))
    with pytest.raises(SignatureError, match="too old"):
        inbound().verify(webhook(BODY, age=timedelta(minutes=5, seconds=2)))


def test_what_is_refused_says_why_and_quotes_nothing() -> None:
    for secrets, why in (([STRANGERS], "no matching signature found"), ([], "missing required headers")):
        with pytest.raises(SignatureError) as caught:
            inbound().verify(webhook(BODY, secrets=secrets))
        assert str(caught.value) == why
