"""How long things may take. Tests shorten them; an operator sets the retention alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Times:
    """The ledger's time limits. A killed worker's message is taken up again after `lease` + `sweep_every` at most."""

    retention: timedelta = timedelta(days=14)  # of records and conversations
    known: timedelta = timedelta(days=15)  # of ids; Prelude delivers a webhook again for up to two weeks
    lease: timedelta = timedelta(seconds=15)  # of a claim
    ring_after: timedelta = timedelta(seconds=1)  # a ring that nobody heard is rung again
    send_timeout: timedelta = timedelta(seconds=10)  # of one attempt, answer included
    shortest: timedelta = timedelta(seconds=1)  # an attempt with less time than this is not begun
    margin: timedelta = timedelta(seconds=2)  # before the window's end, for clocks that differ
    grace: timedelta = timedelta(seconds=5)  # to write down what came of an attempt
    sweep_every: timedelta = timedelta(milliseconds=500)
    confirm: timedelta = timedelta(minutes=2)  # for a delivery event of an attempt that nobody knows the end of
    pause: timedelta = timedelta(seconds=60)  # between probes of an account that the provider refuses
    break_for: timedelta = timedelta(seconds=5)  # the first time that a provider fails; doubled up to `pause`
    pair_every: timedelta = timedelta(seconds=6)  # between replies to one person, once a burst is used up
    key_known: timedelta = timedelta(hours=24)  # how long a provider knows a request again by its key (Mojeeb: 24 h)
    ask_from: timedelta = timedelta(seconds=5)  # of a reply's age, where its provider must be asked; then doubled
    ask_until: timedelta = timedelta(hours=24)
    notice_kept: timedelta = timedelta(days=3)  # how long a notice to the operator's endpoint is tried
