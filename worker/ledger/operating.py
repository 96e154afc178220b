"""What operators change: a method a command, each one script that checks before it sets, and writes the audit trail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import Final, cast

from worker import keys
from worker.ledger.bulks import Bulks
from worker.ledger.changing import Result, Why
from worker.ledger.doorkeeping import Doorkeeping
from worker.ledger.people import spellings
from worker.ledger.rings import Rings
from worker.ledger.scripts import ask_redis
from worker.ledger.talking import Talking
from worker.ledger.trail import Trail

SCAN: Final = 500  # keys that are looked at on one trip


class Operating(Talking, Bulks, Trail, Rings, Doorkeeping):
    """Raises LedgerUnavailable from every method. Then the change may have been made: ask again, and it is refused."""

    async def resend(self, key: str) -> Result:
        """Sends an unconfirmed, failed, rejected or given up message round again, with the reply that it had."""
        return await self._run("resend", "resend", key, id=key)

    async def discard(self, key: str) -> Result:
        """Ends a message that is queued, retrying, paused or unconfirmed: it shall not be answered. And puts one away
        that failed, was rejected or given up: nothing more shall be done about it."""
        return await self._run("discard", "discard", key, id=key)

    async def pause(self, account: str) -> Result:
        """Nothing is sent for the account until it is resumed. What is being sent now ends."""
        return await self._run("gate", "pause", account, account=account, known=account in self._accounts)

    async def resume(self, account: str) -> Result:
        """Sends for the account again, whoever paused it."""
        return await self._run("gate", "resume", account, account=account, known=account in self._accounts)

    async def hand_off(self, number: str, span: timedelta) -> Result:
        """A person answers this one for so long; every message that comes meanwhile ends silent."""
        return await self._change_hand_off("hand-off", number, int(span / timedelta(milliseconds=1)))

    async def take_back(self, number: str) -> Result:
        """The book answers this one again."""
        return await self._change_hand_off("resume", number, 0)

    async def forget(self, number: str) -> Result:
        """Erases what is there of a person: at once what the conversation's history names, then what a look at every
        key finds besides, such as records of older versions. It can be run again, should it be broken off."""
        on, gone = await self._hashed(number), Counter[str]()
        people = await self.people(number)
        left, trail = 1, {"trail": "began"}
        while left:
            left = await self._erase(gone, on, people, **trail)
            trail = {}
        async for ids, strangers, notices in self._traces(spellings(number)):
            await self._erase(gone, on, strangers, ids=ids, notices=notices)
        for person in people:  # a worker in between two of the calls above may have written them once more
            await self._erase(gone, on, [person])
        await self._erase(gone, on, [], trail=f"done: {gone['records']} records")
        refused: Why | None = None if gone.total() else "unknown"
        return Result("forget", on, refused, {name: gone[name] for name in ("records", "conversations", "notices")})

    async def _change_hand_off(self, what: str, number: str, span: int) -> Result:
        on = await self._hashed(number)
        conversations = [keys.CONVERSATION + person for person in await self.people(number)]
        return await self._run("hand_off", what, on, on=on, conversations=conversations, span=span)

    async def _erase(
        self,
        gone: Counter[str],
        on: str,
        people: Sequence[str],
        *,
        ids: Sequence[str] = (),
        notices: Sequence[str] = (),
        **trail: str,
    ) -> int:
        """How many records are left of these people; adds to `gone`."""
        answer = await self._scripts.run(
            "forget",
            who=self._who,
            what="forget",
            on=on,
            people=list(people),
            ids=list(ids),
            notices=list(notices),
            **trail,
        )
        left = int(answer.pop("left"))
        gone.update(answer)
        return left

    async def _traces(self, names: Sequence[str]) -> AsyncIterator[tuple[list[str], list[str], list[str]]]:
        """Of a look at every key, some at a time: keys of messages, people as account:sender, numbers of notices."""
        cursor = 0
        while True:
            cursor, found = await ask_redis(
                cast(Awaitable[tuple[int, list[str]]], self._redis.scan(cursor, match=keys.PREFIX + "*", count=SCAN))
            )
            people = [person for key in found if (person := _person(key)) and person.partition(":")[2] in names]
            records = await self._fields(keys.RECORD, found, "sender")
            notices = await self._fields(keys.NOTICE, found, "body")
            ids = [key for key, sender in records if sender in names]
            told = [number for number, body in notices if body and _sender(body) in names]
            if ids or people or told:
                yield ids, people, told
            if not cursor:
                return

    async def _fields(self, prefix: str, found: Sequence[str], name: str) -> list[tuple[str, str | None]]:
        """The field of each hash of this kind, by what stands behind the prefix."""
        wanted = [key for key in found if key.startswith(prefix)]
        if not wanted:
            return []
        pipeline = self._redis.pipeline(transaction=False)
        for key in wanted:
            pipeline.hget(key, name)
        answers = await ask_redis(pipeline.execute(raise_on_error=False))  # a key of another type is no trace
        texts = [answer if isinstance(answer, str) else None for answer in answers]
        return [(key.removeprefix(prefix), text) for key, text in zip(wanted, texts, strict=True)]


def _person(key: str) -> str | None:
    for prefix in (keys.CONVERSATION, keys.LINE, keys.HISTORY):
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return None


def _sender(body: str) -> str | None:
    """Whom a notice is about."""
    try:
        sender = json.loads(body)["data"]["sender"]
    except (ValueError, KeyError, TypeError):
        return None
    return sender if isinstance(sender, str) else None
