"""The desk at which books are tried and changed, on a real server and with real processes, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from worker.bookshelf import open_library
from worker.bookwork.desk import Desk, open_desk
from worker.bookwork.errands import Errand
from worker.connection import open_operating
from worker.secret import Secret


@asynccontextmanager
async def a_desk(url: Secret, *files: Path, editable: bool = True) -> AsyncIterator[Desk]:
    """As the dashboard has it."""
    ledger = open_operating(url, timedelta(days=14), who="nobody", accounts=("prelude",))
    desk = open_desk(open_library(url), ledger, files=dict.fromkeys(files, ("prelude",)), editable=editable)
    try:
        yield desk
    finally:
        await desk.aclose()
        await ledger.aclose()


async def ended(errand: Errand) -> Any:
    """Its result, when it has one."""
    async with asyncio.timeout(30):
        while errand.running:
            await asyncio.sleep(0.01)
    assert errand.failed is None
    return errand.result
