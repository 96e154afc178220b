"""Two versions on one Redis, as in a rolling upgrade, or when one is given up: nothing lost, late, or sent twice.

The order of a conversation is this version's promise, and none as long as workers of the first format run: they claim
whatever they are rung for. A failure names its seed; AUTOREPLY_SEED repeats it.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Final

import redis.asyncio

from tests.clocked import Look
from tests.fleet import Fleet
from tests.invariants import ON_ITS_WAY, check

SEEDS: Final = 40
STEPS: Final = 40
RINGS: Final = "autoreply:rings"  # a number of the first format's, which stays and is read no more
SEED: Final = int(os.environ.get("AUTOREPLY_SEED", random.SystemRandom().randrange(2**32)))


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
