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
MOST_UNANSWERED: Final = 50

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
    handed_off: int  # conversations in which the book is silent
    unanswered: tuple[TalkLine, ...]  # the first 50 that nobody has answered since, the tightest windows first
    talks: tuple[TalkLine, ...]  # the first of the others
    closing: int  # messages that are ready, and whose window closes within the hour, unless somebody has written since
    windows: tuple[Closing, ...]  # the first of those


class Needs(Conversations, Pages):
    """Raises LedgerUnavailable from every method."""

    async def needs_you(self, newer: timedelta | None = None, limit: int = 10) -> NeedsYou:
        """`newer`: only what changed no longer ago. The first `limit` of each kind, but for who waits for a person."""
        needs = [await self._need(kind, replace(wanted, newer=newer), limit) for kind, wanted in WAITING.items()]
        now = await self.now()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zcount(keys.HANDED_OFF, f"({milliseconds(now)}", "+inf")
        for account in await self.accounts():
            pipeline.zcount(keys.READY + account, "-inf", milliseconds(now + SOON))
        handed_off, *closing = await ask_redis(pipeline.execute())
        soon = [each for each in await self.tightest(limit) if each.closes <= now + SOON]
        unanswered = await self._unanswered(now)
        waiting = {(line.talk.account, line.talk.sender) for line in unanswered}
        talks = await self.handed_off(limit + len(waiting))
        return NeedsYou(
            needs=tuple(needs),
            handed_off=handed_off,
            unanswered=unanswered,
            talks=tuple(line for line in talks if (line.talk.account, line.talk.sender) not in waiting)[:limit],
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

    async def _unanswered(self, now: datetime) -> tuple[TalkLine, ...]:
        """Of the 300 hand-offs that end first. Who must write first before anybody can answer is not among them."""
        look = self._redis.zrangebyscore(keys.HANDED_OFF, f"({milliseconds(now)}", "+inf", start=0, num=LOOK_FOR_TALKS)
        people = await ask_redis(cast(Awaitable[list[str]], look))
        pipeline = self._redis.pipeline(transaction=False)
        for person in people:
            pipeline.hget(keys.CONVERSATION + person, "window")
        windows = await ask_redis(pipeline.execute(raise_on_error=False)) if people else []
        closes = {person: at for person, text in zip(people, windows, strict=True) for at in moments(text)}
        waiting = sorted((at, person) for person, at in closes.items() if at > now)
        found: list[TalkLine] = []
        for some in range(0, len(waiting), MOST_UNANSWERED):
            lines = await self._lines([person for _, person in waiting[some : some + MOST_UNANSWERED]])
            found += [line for line in lines if not line.talk.opted_out and not _is_answered(line)]
            if len(found) >= MOST_UNANSWERED:
                break
        return tuple(found[:MOST_UNANSWERED])

    async def _need(self, kind: NeedKind, wanted: Wanted, limit: int) -> Need:
        looked = await self._look(wanted, None, most=LOOK_FOR_GROUPS, budget=LOOK_FOR_GROUPS, give=("reason",))
        groups = Counter(row[2] or "" for row in looked.rows)
        first = await self._records([row[0] for row in looked.rows[:limit]])
        at = moment(looked.at.ms) if looked.at else None
        counted = Counted(len(looked.rows), looked.over, at) if wanted.held else await self.count(wanted)
        closes = await self._closes(first)
        return Need(kind, wanted, counted, dict(groups.most_common()), len(looked.rows), first, closes)


def _is_answered(line: TalkLine) -> bool:
    """Whether a person has said what was said last: the book may have replied that one will."""
    return isinstance(line.latest, Record) and line.latest.by is not None
