"""One attempt between its beginning and its settling, as a worker and a provider know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from hypothesis import strategies as st

from worker.ledger import Attempt, Delivery, DeliveryEvent, Health, State, Times, read_correlation_id

Fate = Literal["arrives", "fails", "expires"]  # what becomes of a reply that the provider accepted

# What the worker makes of the answer, and whether and how the provider has accepted it.
ANSWERS: Final[list[tuple[State, Fate | None]]] = [
    (State.SENT, "arrives"),
    (State.SENT, "fails"),
    (State.SENT, "expires"),
    (State.UNCONFIRMED, "arrives"),
    (State.UNCONFIRMED, "fails"),
    (State.UNCONFIRMED, None),
    (State.RETRYING, None),
    (State.PAUSED, None),
    (State.REJECTED, None),
    (State.WINDOW_CLOSED, None),
]
flight = st.sampled_from(ANSWERS)


@dataclass
class Flight:
    attempt: Attempt
    begun: int  # ms
    template: bool
    sent: bool = False
    to: State = State.SENT

    def may_send(self, now: int, times: Times) -> bool:
        """The worker looks at its own clock, which does not step back."""
        left = self.attempt.allowed - timedelta(milliseconds=abs(now - self.begun))
        return left >= times.shortest / 2

    def state(self, to: State) -> State:
        """What a worker calls the answer where it was a template that was sent."""
        if not self.template:
            return to
        return {State.SENT: State.TEMPLATED, State.REJECTED: State.WINDOW_CLOSED}.get(to, to)

    def delay(self, times: Times) -> timedelta | None:
        return {State.UNCONFIRMED: times.confirm, State.RETRYING: timedelta(seconds=1)}.get(self.to)

    def health(self, *, healthy: bool) -> Health | None:
        if self.to is State.PAUSED:
            return Health("config", "insufficient_balance")
        if self.to in (State.UNCONFIRMED, State.RETRYING):
            return None if healthy else Health("failed", "http_502")
        return Health("good", "accepted")

    def event(self, what: Delivery) -> DeliveryEvent:
        read = read_correlation_id(self.attempt.correlation_id)
        assert read is not None
        return DeliveryEvent(*read, what)
