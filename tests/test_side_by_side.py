"""Two versions on one Redis, as in a rolling upgrade, or when one is given up: nothing lost, late, or sent twice.

The order of a conversation is this version's promise, and none as long as workers of the first format run: they claim
whatever they are rung for. A failure names its seed; AUTOREPLY_SEED repeats it.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
import redis.asyncio

from tests.clocked import Look
from tests.first_format import FirstClaim
from tests.fleet import BOTH, Fleet, Version
from tests.invariants import ON_ITS_WAY, check
from tests.ledgers import HELLO
from worker.ledger import Claim

DAY: Final = timedelta(days=1)
SEEDS: Final = 40
STEPS: Final = 40
RINGS: Final = "autoreply:rings"  # a number of the first format's, which stays and is read no more
SEED: Final = int(os.environ.get("AUTOREPLY_SEED", random.SystemRandom().randrange(2**32)))


@pytest.fixture
def fleet(store: redis.asyncio.Redis) -> Fleet:
    return Fleet(store, random.Random(0))  # noqa: S311  no secret depends on it


async def mixed(store: redis.asyncio.Redis, seed: int) -> Fleet:
    await store.flushall()
    fleet = Fleet(store, random.Random(seed))  # noqa: S311  no secret depends on it
    for _ in range(STEPS):
        await fleet.step()
    return fleet


def moving(seen: Look) -> dict[str, str]:
    return {key: record["state"] for key, record in seen.records.items() if record["state"] in ON_ITS_WAY}


async def test_after_an_upgrade_beside_the_first_format_every_message_is_at_rest(store: redis.asyncio.Redis) -> None:
    for seed in range(SEED, SEED + SEEDS):
        print(f"AUTOREPLY_SEED={seed}")  # noqa: T201  what pytest shows of a failure
        fleet = await mixed(store, seed)
        seen = await fleet.finish("this")
        assert not moving(seen)
        check(replace(seen, forever=[key for key in seen.forever if key != RINGS]), fleet.messages)


async def test_after_a_downgrade_nothing_is_sent_twice_or_late_and_what_the_first_format_cannot_carry_on_waits(
    store: redis.asyncio.Redis,
) -> None:
    """It carries on what it is rung for, and whatever its sweeper looks at. The rest (what stands behind another in its
    conversation's line, what is paused with its account) is as it was until the upgrade goes on."""
    waited = 0
    for seed in range(SEED, SEED + SEEDS):
        print(f"AUTOREPLY_SEED={seed}")  # noqa: T201
        fleet = await mixed(store, seed)
        left = moving(await fleet.finish("first", turns=20))
        assert set(left.values()) <= {"queued", "paused"}
        waited += len(left)
        assert not moving(await fleet.finish("this"))
    assert waited


async def test_a_sweeper_of_the_first_format_passes_what_waits_for_more_of_its_burst(fleet: Fleet) -> None:
    await fleet.write("this", DAY, sender="+1")
    job = await fleet.hear("this")
    assert job is not None
    assert isinstance(job.claim, Claim)
    await fleet.this.hold(job.claim, fleet.clock.now)
    behind = await fleet.write("first", DAY, sender="+2")
    assert await fleet.first.claim(behind, "killed") is not None
    fleet.clock.step(timedelta(seconds=16))
    await fleet.write("first", DAY, sender="+3")
    assert [behind, "claimed", "queued"] in await fleet.first.sweep()


@pytest.mark.parametrize(("slow", "other"), [BOTH, BOTH[::-1]])
async def test_who_has_lost_a_message_to_the_other_version_may_not_begin(
    fleet: Fleet, slow: Version, other: Version
) -> None:
    await fleet.write(slow, DAY)
    lost = await fleet.hear(slow)
    fleet.clock.step(timedelta(seconds=16))
    await fleet.sweep(other)
    job = await fleet.hear(other)
    assert lost is not None
    assert job is not None
    for each, begins in ((lost, False), (job, True)):
        begun = await (
            fleet.first.begin(each.claim)
            if isinstance(each.claim, FirstClaim)
            else fleet.this.begin(each.claim, HELLO, "v1")
        )
        assert (begun is not None) == begins
