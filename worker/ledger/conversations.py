"""People's conversations: which there are, what is remembered of each, and what was said in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, cast

from worker import keys
from worker.ledger.fields import milliseconds
from worker.ledger.looking import MOST, Looking, Place, moments
from worker.ledger.people import account_and_sender, is_written
from worker.ledger.reading import read
from worker.ledger.record import Record, Unreadable
from worker.ledger.scripts import ask_redis

_TAG: Final = "tag:"
_TURN: Final = re.compile(r"([0-9]{1,15})-([0-9a-f]{4})")
SAME_TIME: Final = 1_000  # conversations of one millisecond that a page looks through for where it begins


@dataclass(frozen=True, slots=True)
class Talk:
    """What is remembered of a conversation."""

    account: str
    sender: str
    opted_out: datetime | None  # since when
    handed_off_until: datetime | None  # a person answers until then; it may be over
    tags: Mapping[str, datetime]  # since when
    window: datetime | None  # when it closes
    first_seen: datetime | None
    last_seen: datetime | None

    @classmethod
    def read(cls, account: str, sender: str, fields: Mapping[str, str]) -> Self:
        """What is damaged is left out."""

        def at(name: str) -> datetime | None:
            return next(iter(moments(fields.get(name))), None)

        tagged = {name.removeprefix(_TAG): at(name) for name in sorted(fields) if name.startswith(_TAG)}
        return cls(
            account=account,
            sender=sender,
            opted_out=at("opted_out"),
            handed_off_until=at("handed_off_until"),
            tags={tag: since for tag, since in tagged.items() if since},
            window=at("window"),
            first_seen=at("first_seen"),
            last_seen=at("last_seen"),
        )


@dataclass(frozen=True, slots=True)
class TalkLine:
    """One of many conversations."""

    talk: Talk
    messages: int  # within the retention time
    latest: Record | Unreadable | None


@dataclass(frozen=True, slots=True)
class Talks:
    """Some of the conversations, those first in which somebody wrote last."""

    lines: tuple[TalkLine, ...]
    next: str | None  # where the next page begins


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Some of what was said in one, the newest first. A message stands together with its reply."""

    talk: Talk
    messages: int
    records: tuple[Record | Unreadable, ...]
    next: str | None  # where the next page, of older ones, begins


class Conversations(Looking):
    """Raises LedgerUnavailable from every method."""

    async def conversation_page(
        self, account: str, sender: str, before: str | None = None, limit: int = 50
    ) -> ConversationPage | None:
        """None where nothing is known of it. `before` is the `next` of the page before: ValueError where it is
        something else."""
        person, place, limit = f"{account}:{sender}", Place.read(before) if before else None, min(limit, MOST)
        if not is_written(person):
            return None
        nothing = {"want": {}, "give": [], "held": False, "sets": [keys.HISTORY + person]}
        until = {"before": [place.ms, place.key]} if place else {}
        answer = await self._scripts.run("look", **nothing, **until, most=limit + 1, budget=limit + 1)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hgetall(keys.CONVERSATION + person)
        pipeline.zcard(keys.HISTORY + person)
        fields, messages = await ask_redis(pipeline.execute(raise_on_error=False))
        fields, found = _fields(fields), list(answer["found"])  # an empty list of Lua's reads as none
        rows = found[:limit]
        if not fields and not rows:
            return None
        more = str(Place(int(rows[-1][1]), rows[-1][0])) if len(found) > limit else None
        records = await self._records([row[0] for row in rows])
        return ConversationPage(Talk.read(account, sender, fields), _number(messages), records, more)

    async def conversations(self, after: str | None = None, limit: int = 50) -> Talks:
        """All of them, page by page: `after` is the `next` of the page before; ValueError where it is something else.
        It names nobody."""
        highest, passed, limit = "+inf", set[str](), min(limit, MOST)
        if after:
            place = _TURN.fullmatch(after)
            if place is None:
                raise ValueError("this is no place in a list")
            highest = place[1]
            passed = await self._told(int(place[1]), place[2])
        look = self._redis.zrevrangebyscore(
            keys.CONVERSATIONS, highest, "-inf", start=0, num=len(passed) + limit + 1, withscores=True
        )
        found = await ask_redis(cast(Awaitable[list[tuple[str, float]]], look))
        rows = [(person, int(at)) for person, at in found if person not in passed]
        more = _place(*rows[limit - 1]) if len(rows) > limit else None
        return Talks(await self._lines([person for person, _ in rows[:limit]]), more)

    async def handed_off(self, limit: int = 50) -> tuple[TalkLine, ...]:
        """Those that a person answers now, first the one that the book answers soonest."""
        now = milliseconds(await self.now())
        look = self._redis.zrangebyscore(keys.HANDED_OFF, f"({now}", "+inf", start=0, num=min(limit, MOST))
        return await self._lines(await ask_redis(cast(Awaitable[list[str]], look)))

    async def _told(self, ms: int, turn: str) -> set[str]:
        """Those of the same millisecond up to the one that the page before has ended with; none, where that is gone:
        rather some twice than one never."""
        look = self._redis.zrevrangebyscore(keys.CONVERSATIONS, ms, ms, start=0, num=SAME_TIME)
        same = await ask_redis(cast(Awaitable[list[str]], look))
        places = [place for place, person in enumerate(same) if _hash(person) == turn]
        return set(same[: places[0] + 1]) if places else set()

    async def _lines(self, people: Sequence[str]) -> tuple[TalkLine, ...]:
        if not people:
            return ()
        pipeline = self._redis.pipeline(transaction=False)
        for person in people:
            pipeline.hgetall(keys.CONVERSATION + person)
            pipeline.zcard(keys.HISTORY + person)
            pipeline.zrevrange(keys.HISTORY + person, 0, 0)
        answers: list[Any] = await ask_redis(pipeline.execute(raise_on_error=False))
        newest = [key[0] if isinstance(key, list) and key else "" for key in answers[2::3]]
        pipeline = self._redis.pipeline(transaction=False)
        for key in newest:
            pipeline.hgetall(keys.RECORD + key)
        records = [_fields(fields) for fields in await ask_redis(pipeline.execute(raise_on_error=False))]
        return tuple(
            TalkLine(
                talk=Talk.read(*account_and_sender(person), _fields(fields)),
                messages=_number(messages),
                latest=read(key, record) if record else None,
            )
            for person, fields, messages, key, record in zip(
                people, answers[0::3], answers[1::3], newest, records, strict=True
            )
        )


def _fields(answer: object) -> dict[str, str]:
    return answer if isinstance(answer, dict) else {}


def _number(answer: object) -> int:
    return answer if isinstance(answer, int) else 0


def _place(person: str, ms: int) -> str:
    return f"{ms}-{_hash(person)}"


def _hash(person: str) -> str:
    """Too short to tell anybody by: it stands in a URL, and so in logs."""
    return hashlib.sha256(person.encode()).hexdigest()[:4]
