"""What waits for a person: by kind, and by the reason that each has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from worker import keys
from worker.ledger.conversations import Conversations, TalkLine
from worker.ledger.fields import milliseconds, moment
from worker.ledger.looking import moments
from worker.ledger.pages import Counted, Pages
from worker.ledger.record import Record, State, Unreadable
from worker.ledger.scripts import ask_redis
from worker.ledger.wanted import Wanted

SOON: Final = timedelta(hours=1)
LOOK_FOR_GROUPS: Final = 600
LOOK_FOR_TALKS: Final = 300
SHOWN_OF_TALKS: Final = 50  # of which it is looked whether they were answered

NeedKind = Literal["unconfirmed", "rejected", "failed", "given_up"]
WAITING: Final[Mapping[NeedKind, Wanted]] = {
    "unconfirmed": Wanted(state=State.UNCONFIRMED, held=True),
    "rejected": Wanted(state=State.REJECTED),
    "failed": Wanted(state=State.FAILED),
    "given_up": Wanted(state=State.GIVEN_UP),
}


@dataclass(frozen=True, slots=True)
class Need:
    """Messages of one kind."""

    kind: NeedKind
    wanted: Wanted  # what the whole list is asked for with
    counted: Counted
    groups: Mapping[str, int]  # by reason, those with most first; of the latest 600
    grouped: int  # how many that was
    first: tuple[Record | Unreadable, ...]
    closes: Mapping[str, datetime]  # of those by key, when their conversations' windows do


@dataclass(frozen=True, slots=True)
class Closing:
    """A message without an answer whose window closes soon."""

    record: Record | Unreadable
    closes: datetime


@dataclass(frozen=True, slots=True)
class NeedsYou:
    """All that waits for a person."""

    needs: tuple[Need, ...]
    handed_off: int
    talks: tuple[TalkLine, ...]  # the first of those
    unanswered: tuple[TalkLine, ...]  # of those, whose windows close within the hour, and nobody has answered yet
    closing: int  # messages that are ready, and whose window closes within the hour, unless somebody has written since
    windows: tuple[Closing, ...]  # the first of those


class Needs(Conversations, Pages):
    """Raises LedgerUnavailable from every method."""

    async def needs_you(self, newer: timedelta | None = None, limit: int = 10) -> NeedsYou:
        """`newer`: only what changed no longer ago. The first `limit` of each kind."""
        needs = [await self._need(kind, replace(wanted, newer=newer), limit) for kind, wanted in WAITING.items()]
        now = await self.now()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zcount(keys.HANDED_OFF, f"({milliseconds(now)}", "+inf")
        for account in await self.accounts():
            pipeline.zcount(keys.READY + account, "-inf", milliseconds(now + SOON))
        handed_off, *closing = await ask_redis(pipeline.execute())
        soon = [each for each in await self.tightest(limit) if each.closes <= now + SOON]
        return NeedsYou(
            needs=tuple(needs),
            handed_off=handed_off,
            talks=await self.handed_off(limit),
            unanswered=await self._unanswered(now, limit),
            closing=sum(closing),
            windows=tuple(soon),
        )

    async def tightest(self, limit: int = 10) -> tuple[Closing, ...]:
        """The messages that are ready and whose windows close first, over all accounts."""
        accounts = await self.accounts()
        pipeline = self._redis.pipeline(transaction=False)
        for account in accounts:
            pipeline.zrange(keys.READY + account, 0, limit - 1, withscores=True)
        heads = await ask_redis(pipeline.execute()) if accounts else []
        first = sorted((ms, key) for head in heads for key, ms in head)[:limit]
        ready_until = {key: moment(int(ms)) for ms, key in first}
        records = await self._records(list(ready_until))
        closes = {**ready_until, **await self._closes(records)}  # whoever has written since has more time
        found = [Closing(record, closes[record.key]) for record in records]
        return tuple(sorted(found, key=lambda each: each.closes))

    async def _unanswered(self, now: datetime, limit: int) -> tuple[TalkLine, ...]:
        """Of the 300 hand-offs that end first: the tightest windows first."""
        look = self._redis.zrangebyscore(keys.HANDED_OFF, f"({milliseconds(now)}", "+inf", start=0, num=LOOK_FOR_TALKS)
        people = await ask_redis(cast(Awaitable[list[str]], look))
        pipeline = self._redis.pipeline(transaction=False)
        for person in people:
            pipeline.hget(keys.CONVERSATION + person, "window")
        windows = await ask_redis(pipeline.execute(raise_on_error=False)) if people else []
        closes = {person: at for person, text in zip(people, windows, strict=True) for at in moments(text)}
        soon = sorted((at, person) for person, at in closes.items() if now < at <= now + SOON)
        lines = await self._lines([person for _, person in soon[:SHOWN_OF_TALKS]])
        return tuple(line for line in lines if not _is_answered(line))[:limit]

    async def _need(self, kind: NeedKind, wanted: Wanted, limit: int) -> Need:
        looked = await self._look(wanted, None, most=LOOK_FOR_GROUPS, budget=LOOK_FOR_GROUPS, give=("reason",))
        groups = Counter(row[2] or "" for row in looked.rows)
        first = await self._records([row[0] for row in looked.rows[:limit]])
        at = moment(looked.at.ms) if looked.at else None
        counted = Counted(len(looked.rows), looked.over, at) if wanted.held else await self.count(wanted)
        closes = await self._closes(first)
        return Need(kind, wanted, counted, dict(groups.most_common()), len(looked.rows), first, closes)


def _is_answered(line: TalkLine) -> bool:
    """Whether the latest of its records is a reply by hand, or has one."""
    return isinstance(line.latest, Record) and line.latest.reply is not None
