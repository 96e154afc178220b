"""What the provider's answer to one attempt makes of the message, and what it says of the account."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from worker.jitter import full_jitter
from worker.ledger import Attempt, Health, State, Verdict
from worker.outbound import Answer, Outcome

FIRST_PAUSE: Final = timedelta(seconds=1)  # before a second attempt; doubled with each
LONGEST_PAUSE: Final = timedelta(seconds=60)

# What each answer makes of the message. `paused` is what `retrying` is called where a person must act.
STATES: Final = {
    Answer.ACCEPTED: State.SENT,
    Answer.WINDOW: State.WINDOW_CLOSED,
    Answer.PERMANENT: State.REJECTED,
    Answer.RETRY: State.RETRYING,
    Answer.CONFIG: State.PAUSED,
    Answer.AMBIGUOUS: State.UNCONFIRMED,
}
TEMPLATE_STATES: Final = {**STATES, Answer.ACCEPTED: State.TEMPLATED, Answer.PERMANENT: State.WINDOW_CLOSED}

# What it says of the account. Nothing, where it is about this one message.
VERDICTS: Final[dict[Answer, Verdict]] = {
    Answer.ACCEPTED: "good",
    Answer.WINDOW: "good",
    Answer.PERMANENT: "good",
    Answer.RETRY: "failed",
    Answer.CONFIG: "config",
    Answer.AMBIGUOUS: "failed",
}
CONFLICT: Final = 409  # the same request is under way


def pause(attempt: Attempt, state: State, outcome: Outcome, confirm: timedelta) -> timedelta | None:
    """How long until the sweeper looks at it again, `confirm` where a delivery event is waited for."""
    if state is State.UNCONFIRMED:
        return confirm
    if state is not State.RETRYING:
        return None
    return max(full_jitter(attempt.number, FIRST_PAUSE, LONGEST_PAUSE), outcome.retry_after or timedelta(0))


def health_of(outcome: Outcome) -> Health | None:
    """What it says of the account; None where it says nothing."""
    if outcome.status == CONFLICT or outcome.code == "frozen" or outcome.is_personal:
        return None
    return Health(VERDICTS[outcome.answer], outcome.code, outcome.retry_after)


def sent_nothing(attempt: Attempt, outcome: Outcome) -> bool:
    """Whether nothing was ever sent with the attempt's key: another may be taken. What was refused for now says nothing
    of the attempts before it, and a conflict says that one of them is under way."""
    is_refused = outcome.answer in (Answer.RETRY, Answer.CONFIG) and outcome.status != CONFLICT
    return is_refused and attempt.first == attempt.number


def entry(attempt: Attempt, outcome: Outcome, took: float) -> str:
    """The attempt's line in the record's log."""
    return json.dumps(
        {
            "correlation_id": attempt.correlation_id,
            "answer": outcome.answer,
            "code": outcome.code,
            "status": outcome.status,
            "request_id": outcome.request_id,
            "ms": round(took * 1000),
        }
    )
