"""One thing by whatever somebody has of it: a number, or an id of ours or of the provider's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from worker import keys
from worker.ledger.claims import read_correlation_id
from worker.ledger.looking import Looking
from worker.ledger.people import account_and_sender, is_written
from worker.ledger.scripts import ask_redis

LONGEST: Final = 300  # characters of an id

FoundBy = Literal[
    "key",  # ours, of a message
    "message",  # the provider's id of it
    "correlation",  # the id of an attempt, as the provider was told it
    "reply",  # the provider's id of a reply
    "event",  # the id of the webhook event that brought the message
    "person",
]


@dataclass(frozen=True, slots=True)
class Found:
    """What a name stands for."""

    kind: FoundBy
    key: str | None = None  # of the message
    people: tuple[tuple[str, str], ...] = ()  # account and sender of each conversation with them


class Finding(Looking):
    """Raises LedgerUnavailable from every method."""

    async def find_one(self, name: str) -> Found | None:
        """The one thing that is meant; None where there is none. Two round trips, whatever there is."""
        name = name.strip()
        if not name or len(name) > LONGEST or not is_written(name):
            return None
        accounts, people = await self.accounts(), await self.people(name)
        own: list[tuple[FoundBy, str]] = [("key", name)]
        own += [("message", keys.message_key(account, name)) for account in accounts]
        if correlation := read_correlation_id(name):
            own.append(("correlation", correlation[0]))
        named: list[tuple[FoundBy, str]] = [("reply", keys.reply_key(account, name)) for account in accounts]
        named += [("event", f"{keys.EVENT}{account}:{name}") for account in accounts]
        there, known_for, talks = await self._known(
            [[keys.RECORD + key] for _, key in own],
            [key for _, key in named],
            [[keys.HISTORY + person, keys.CONVERSATION + person] for person in people],
        )
        found = [Found(kind, key) for (kind, key), number in zip(own, there, strict=True) if number == 1]
        found += [Found(kind, key) for (kind, _), key in zip(named, known_for, strict=True) if isinstance(key, str)]
        known = [account_and_sender(person) for person, number in zip(people, talks, strict=True) if number in (1, 2)]
        return found[0] if found else Found("person", people=tuple(known)) if known else None

    async def key_of(self, name: str) -> str | None:
        """The key of a message, by itself or by any id of it or of its reply."""
        found = await self.find_one(name)
        return found.key if found else None

    async def _known(
        self, own: Sequence[Sequence[str]], named: Sequence[str], talks: Sequence[Sequence[str]]
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """How many keys there are of each, or what stands there."""
        pipeline = self._redis.pipeline(transaction=False)
        for each in own:
            pipeline.exists(*each)
        for key in named:
            pipeline.get(key)
        for each in talks:
            pipeline.exists(*each)
        answers: list[Any] = await ask_redis(pipeline.execute(raise_on_error=False))
        at = len(own) + len(named)
        return answers[: len(own)], answers[len(own) : at], answers[at:]
