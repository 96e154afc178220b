"""One short seed of the chaos run, in every test run; the long one is made by `python -m tests.chaos rage`."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from pathlib import Path

from tests.chaos.report import raged
from tests.chaos.run import run

KILLS = 10


async def test_whatever_is_broken_nothing_is_lost_late_doubled_or_out_of_order(tmp_path: Path) -> None:
    seed = int(os.environ.get("AUTOREPLY_SEED", random.SystemRandom().randrange(2**16)))
    found = await run(
        tmp_path,
        seed,
        lambda nemesis: nemesis.kills.total() >= KILLS,
        per_second=8,
        pause=(0.5, 4),
        confirm=timedelta(seconds=10),
    )
    assert found.verdict.good, raged([found])
    assert found.verdict.messages > KILLS
