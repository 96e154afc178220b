"""What messages have in common: by what they are listed, counted, and changed many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rules.text import normalise
from worker.ledger.people import spellings
from worker.ledger.record import Record, State


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is anything."""

    state: State | None = None
    account: str | None = None
    sender: str | None = None
    rule: str | None = None
    reason: str | None = None  # or the provider's code
    older: timedelta | None = None  # in their state
    newer: timedelta | None = None
    states: tuple[State, ...] = ()  # any of them; empty is any
    text: str | None = None  # somewhere in what the person wrote or in the reply, folded as rules fold it
    closes_within: timedelta | None = None  # the window, which is open still
    held: bool = False  # nobody looks at it any more but a person

    def fits(self, record: Record) -> bool:
        """But for the state, the age and the window, which the ledger is asked for."""
        message = record.message
        return (
            self.account in (None, message.account)
            and (self.sender is None or message.sender in spellings(self.sender))
            and self.rule in (None, record.rule)
            and self.reason in (None, record.reason)
            and self.says(message.text, record.reply)
        )

    def says(self, *texts: str | None) -> bool:
        """Whether one of them holds the text."""
        if self.text is None:
            return True
        needle = normalise(self.text)
        return any(needle in normalise(text) for text in texts if text)

    @property
    def any(self) -> bool:
        """Whether a record need not be read to know that it fits."""
        looked_into = (self.account, self.sender, self.rule, self.reason, self.text, self.closes_within)
        return looked_into == (None,) * len(looked_into) and not self.held

    @property
    def any_state(self) -> tuple[State, ...]:
        """Those that are asked for; all, where none is."""
        return self.states or ((self.state,) if self.state else tuple(State))

    def as_call(self) -> dict[str, Any]:
        """What `look.lua` takes of it: all but the text."""
        spans = {"older": self.older, "newer": self.newer, "closes": self.closes_within}
        named = {"account": self.account, "rule": self.rule, "reason": self.reason}
        return {
            "want": {name: value for name, value in named.items() if value is not None},
            **{name: int(span / timedelta(milliseconds=1)) for name, span in spans.items() if span is not None},
            **({"senders": list(spellings(self.sender))} if self.sender is not None else {}),
            **({"states": [str(state) for state in self.any_state]} if self.state or self.states else {}),
            "held": self.held,
        }
