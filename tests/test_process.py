"""What a worker's process does besides its work."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.stand_in import until
from worker.process import _beside


async def test_a_fault_in_what_runs_beside_stops_the_process_and_is_its_end() -> None:
    async def fault() -> None:
        raise ZeroDivisionError

    async def endless() -> None:
        await asyncio.Event().wait()

    before, stop = asyncio.all_tasks(), asyncio.Event()
    with pytest.raises(ZeroDivisionError):
        async with _beside(stop, endless(), fault()):
            await until(stop.is_set)
    assert asyncio.all_tasks() == before


async def test_what_runs_beside_ends_with_the_work() -> None:
    before = asyncio.all_tasks()
    async with _beside(asyncio.Event(), asyncio.sleep(60)):
        pass
    assert asyncio.all_tasks() == before


async def test_what_misses_that_it_was_cancelled_is_cancelled_again() -> None:
    """As a client does that takes it for a fault of its own line."""
    cancelled = 0

    async def deaf() -> None:
        nonlocal cancelled
        while cancelled < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1

    async with _beside(asyncio.Event(), deaf(), patience=timedelta(milliseconds=50)):
        await asyncio.sleep(0)
    assert cancelled == 2
