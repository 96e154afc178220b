"""What a worker's process does besides its work."""

from __future__ import annotations

import asyncio

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
