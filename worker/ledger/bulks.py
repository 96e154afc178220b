"""One change of many messages: all that fit what was asked for when it began, however many."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from worker import keys
from worker.ledger.bulk import ACTS_ON, Action, Bulk, BulkState, described
from worker.ledger.changing import Changing, Result
from worker.ledger.fields import milliseconds
from worker.ledger.looking import Place
from worker.ledger.pages import Counted
from worker.ledger.scripts import LedgerDamaged, LedgerUnavailable, ask_redis
from worker.ledger.times import Times
from worker.ledger.wanted import Wanted

KEPT: Final = timedelta(days=1)  # what is known of one
MOST_TOLD: Final = 20
STEP: Final = 32  # messages on one trip: others wait that long
BREATH: Final = timedelta(milliseconds=5)  # between two steps
LOOK_FOR_STEP: Final = 2_000
TRIES: Final = 30  # of a step, a second apart, while Redis is away
_ID: Final = re.compile(r"[0-9a-f]{16}")


class Bulks(Changing):
    """Raises LedgerUnavailable from every method. What it has begun goes on beside, and ends with `aclose`."""

    def __init__(self, redis: Redis, times: Times, *, who: str, accounts: Sequence[str]) -> None:
        super().__init__(redis, times, who=who, accounts=accounts)
        self._driving: set[asyncio.Task[None]] = set()

    async def bulk(self, action: Action, wanted: Wanted) -> Bulk:
        """Begins to resend or discard all that fit now. It goes on in this process; any process can show how far it
        has come. Whoever dies in the middle leaves it `broken_off`: begun anew, it does what is left."""
        states = tuple(state for state in wanted.any_state if state in ACTS_ON[action])
        open_to_it = replace(wanted, state=None, states=states)
        counted = await self.count(open_to_it) if states else Counted(0, exact=True)
        now, bulk_id = await self.now(), secrets.token_hex(8)
        fields: dict[str, str | int] = {
            "action": action,
            "who": self._who,
            "wanted": described(wanted),
            "began": milliseconds(now),
            "of": counted.number,
            "exact": int(counted.exact),
            "state": "running" if states else "done",
        }
        await self._note(bulk_id, fields, now)
        await self._run("note", f"bulk-{action}", bulk_id, on=bulk_id, result=f"began: {counted.number}")
        if states:
            task = asyncio.create_task(self._drive(bulk_id, action, open_to_it, Place(milliseconds(now) + 1, "")))
            self._driving.add(task)
            task.add_done_callback(self._driving.discard)
        return Bulk.read(bulk_id, {name: str(value) for name, value in fields.items()}, now)

    async def bulks(self) -> list[Bulk]:
        """Those of the last day, the latest first."""
        look = cast(Awaitable[list[str]], self._redis.zrevrange(keys.BULKS, 0, MOST_TOLD - 1))
        found = [await self.bulk_of(bulk_id) for bulk_id in await ask_redis(look)]
        return [bulk for bulk in found if bulk]

    async def bulk_of(self, bulk_id: str) -> Bulk | None:
        """None where it is not known any more."""
        if not _ID.fullmatch(bulk_id):
            return None
        look = cast(Awaitable[dict[str, str]], self._redis.hgetall(keys.BULK + bulk_id))
        fields = await ask_redis(look)
        return Bulk.read(bulk_id, fields, await self.now()) if fields else None

    async def stop_bulk(self, bulk_id: str) -> Result:
        """It ends with the step that is under way, whichever process does it."""
        bulk = await self.bulk_of(bulk_id)
        if bulk is None or bulk.state != "running":
            return Result("stop-bulk", bulk_id, "unknown" if bulk is None else "state")
        await ask_redis(self._redis.hset(keys.BULK + bulk_id, "stop", "1"))
        return await self._run("note", "stop-bulk", bulk_id, on=bulk_id, result="done")

    async def aclose(self) -> None:
        for task in self._driving:
            task.cancel()
        await asyncio.gather(*self._driving, return_exceptions=True)
        await super().aclose()

    async def _drive(self, bulk_id: str, action: Action, wanted: Wanted, place: Place | None) -> None:
        """Step by step down from what changed last. What it has changed stands above where it looks, and is not met
        again."""
        began, done, refused, tries, over, stopped = time.monotonic(), 0, 0, 0, False, False
        while not over and not stopped:
            try:
                as_it_was = _as_it_was(wanted, timedelta(seconds=time.monotonic() - began))
                looked = await self._look(as_it_was, place, most=STEP, budget=LOOK_FOR_STEP)
                changed = await asyncio.gather(*(self._change(action, row[0], bulk_id) for row in looked.rows))
                done, refused = done + sum(changed), refused + len(changed) - sum(changed)
                await self._note(bulk_id, {"done": done, "refused": refused}, await self.now())
                stopped = bool(await ask_redis(self._redis.hexists(keys.BULK + bulk_id, "stop")))
            except LedgerUnavailable:
                tries += 1
                if tries >= TRIES:
                    return  # its silence tells
                await asyncio.sleep(1)
            else:
                place, over, tries = looked.at, looked.over, 0
                await asyncio.sleep(BREATH.total_seconds())
        await self._end(bulk_id, action, "done" if over else "stopped", f"{done} done, {refused} refused")

    async def _change(self, action: Action, key: str, bulk_id: str) -> bool:
        """Whether it was done. One that is damaged stops none of the others."""
        try:
            return (await self._run(action, action, key, id=key, bulk=bulk_id)).refused is None
        except LedgerDamaged:
            return False

    async def _end(self, bulk_id: str, action: Action, state: BulkState, facts: str) -> None:
        for _ in range(TRIES):
            try:
                await self._note(bulk_id, {"state": state}, await self.now())
                await self._run("note", f"bulk-{action}", bulk_id, on=bulk_id, result=f"{state}: {facts}")
            except LedgerUnavailable:
                await asyncio.sleep(1)
            else:
                return

    async def _note(self, bulk_id: str, fields: Mapping[str, str | int], now: datetime) -> None:
        key, kept = keys.BULK + bulk_id, int(KEPT / timedelta(milliseconds=1))
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hset(key, mapping=cast(Any, {**fields, "beat": milliseconds(now)}))
        pipeline.pexpire(key, kept)
        if "began" in fields:
            pipeline.zadd(keys.BULKS, {bulk_id: milliseconds(now)})
            pipeline.zremrangebyscore(keys.BULKS, "-inf", milliseconds(now - KEPT))
            pipeline.pexpire(keys.BULKS, kept)
        await ask_redis(pipeline.execute())


def _as_it_was(wanted: Wanted, elapsed: timedelta) -> Wanted:
    """Ages are of when it began."""
    newer, older = (span and span + elapsed for span in (wanted.newer, wanted.older))
    return replace(wanted, newer=newer, older=older)
