"""A change of many messages as it is told of: what was asked for, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Self, cast

from worker.ledger.looking import moments
from worker.ledger.record import State
from worker.ledger.wanted import Wanted

Action = Literal["resend", "discard"]
BulkState = Literal["running", "done", "stopped", "broken_off"]

# On what each can act; see resend.lua and discard.lua.
ACTS_ON: Final[Mapping[Action, frozenset[State]]] = {
    "resend": frozenset({State.UNCONFIRMED, State.FAILED, State.REJECTED, State.GIVEN_UP}),
    "discard": frozenset({State.QUEUED, State.RETRYING, State.PAUSED, State.UNCONFIRMED})
    | {State.FAILED, State.REJECTED, State.GIVEN_UP},
}
SILENT: Final = timedelta(seconds=45)  # longer than those: then whoever did it is dead


@dataclass(frozen=True, slots=True)
class Bulk:
    """How far one has come."""

    id: str
    action: Action
    who: str
    began: datetime | None
    wanted: str  # in words, without a person's number or text
    of: int  # how many fitted when it began
    exact: bool  # else at least so many
    done: int
    refused: int  # in between they had changed, or their windows had closed, ...
    state: BulkState

    @classmethod
    def read(cls, bulk_id: str, fields: Mapping[str, str], now: datetime) -> Self:
        """What is in Redis."""
        state = fields.get("state", "")
        if state == "running" and any(now - at > SILENT for at in moments(fields.get("beat"))):
            state = "broken_off"
        return cls(
            id=bulk_id,
            action=cast(Action, fields.get("action")),
            who=fields.get("who", ""),
            began=next(iter(moments(fields.get("began"))), None),
            wanted=fields.get("wanted", ""),
            of=_number(fields.get("of")),
            exact=fields.get("exact") == "1",
            done=_number(fields.get("done")),
            refused=_number(fields.get("refused")),
            state=cast(BulkState, state),
        )


def described(wanted: Wanted) -> str:
    """In words, without a person's number or text."""
    spans = {"older": wanted.older, "newer": wanted.newer, "closes within": wanted.closes_within}
    asked = {"held": wanted.held, "of one person": wanted.sender, "with a text": wanted.text}
    said: dict[str, object] = {
        "state": " or ".join(wanted.any_state) if wanted.state or wanted.states else None,
        "account": wanted.account,
        "rule": wanted.rule,
        "reason": wanted.reason,
        **spans,
        **{name: "yes" if value else None for name, value in asked.items()},
    }
    return ", ".join(f"{name}: {value}" for name, value in said.items() if value) or "all"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0
