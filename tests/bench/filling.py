"""A ledger with as many records as a busy fortnight leaves, written into Redis as the scripts would leave them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import redis

from worker import keys
from worker.ledger import State
from worker.ledger.scripts import FORMAT, LATENCIES

ACCOUNTS: Final = ("shop", "repairs", "returns")
RULES: Final = tuple(f"rule-{number}" for number in range(60))
CODES: Final = ("131026", "131047", "insufficient_balance")
SHARES: Final = {  # of a hundred records
    State.READ: 40,
    State.DELIVERED: 25,
    State.SENT: 6,
    State.SILENT: 18,
    State.QUEUED: 2,
    State.PAUSED: 1,
    State.RETRYING: 1,
    State.FAILED: 2,
    State.REJECTED: 2,
    State.UNCONFIRMED: 1,
    State.WINDOW_CLOSED: 1,
    State.TEMPLATED: 1,
}
WORDS: Final = (
    "where",
    "is",
    "my",
    "order",
    "not",
    "come",
    "yet",
    "please",
    "help",
    "thank",
    "you",
    "parcel",
    "broken",
)
DAY: Final = 86_400_000  # ms
SPAN: Final = 14 * DAY  # ms over which they came
TRIP: Final = 1_000  # records on one trip


@dataclass(frozen=True)
class Filled:
    """What is there."""

    records: int
    people: int
    now: int  # ms

    def sender(self, dice: random.Random) -> str:
        return sender_of(dice.randrange(self.people))

    def at(self, dice: random.Random) -> int:
        return self.now - dice.randrange(SPAN)

    def key(self, dice: random.Random) -> str:
        number = dice.randrange(self.records)
        return keys.message_key(account_of(number, self.people), id_of(number))


def sender_of(person: int) -> str:
    return f"+1555{person:07}"


def account_of(number: int, people: int) -> str:
    return ACCOUNTS[number % people % len(ACCOUNTS)]


def id_of(number: int) -> str:
    return f"im_{number:026}"


def provider_id_of(number: int) -> str:
    return f"tx_{number:026}"


def fill(client: redis.Redis, records: int) -> Filled:
    """Five messages a person, spread over a fortnight; 3 kB each."""
    dice = random.Random(1)  # noqa: S311  the same each time
    seconds, _ = client.time()
    filled = Filled(records, max(1, records // 5), seconds * 1000)
    states = list(SHARES)
    weights = list(SHARES.values())
    for start in range(0, records, TRIP):
        pipeline = client.pipeline(transaction=False)
        for number in range(start, min(records, start + TRIP)):
            _write(pipeline, filled, number, dice.choices(states, weights)[0], dice)
        pipeline.execute()
    _count(client, filled, dice)
    return filled


def _write(pipeline: Any, filled: Filled, number: int, state: State, dice: random.Random) -> None:
    person = number % filled.people
    account, sender = account_of(number, filled.people), sender_of(person)
    key = keys.message_key(account, id_of(number))
    name, at = f"{account}:{sender}", filled.now - SPAN + SPAN * number // filled.records
    record = dict(_fields(filled, number, state, dice, at, account, sender, name))
    pipeline.hset(keys.RECORD + key, mapping=record)
    pipeline.zadd(keys.STATE + state, {key: at + 900})
    pipeline.zadd(keys.HISTORY + name, {key: at})
    pipeline.zadd(keys.CONVERSATIONS, {name: at})
    conversation = {
        "first_seen": at,
        "last_seen": at,
        "window": at + DAY,
        "fired:rule-1": at,
        "replied": f" {at}",
    }
    if person % 200 == 0:
        conversation |= {"handed_off_until": filled.now + 3_600_000 + person, "tag:vip": at}
        pipeline.zadd(keys.HANDED_OFF, {name: filled.now + 3_600_000 + person})
    pipeline.hset(keys.CONVERSATION + name, mapping=conversation)
    pipeline.set(f"{keys.EVENT}{account}:evt_{number:026}", key)
    if state in (State.QUEUED, State.PAUSED):
        pipeline.zadd(keys.READY + account, {key: at + DAY})
    if "provider_id" in record:
        pipeline.set(keys.reply_key(account, provider_id_of(number)), key)


def _fields(
    filled: Filled, number: int, state: State, dice: random.Random, at: int, account: str, sender: str, name: str
) -> Iterator[tuple[str, Any]]:
    text = " ".join(dice.choices(WORDS, k=20)) + (" platypus" if number % 50_000 == 7 else "")
    yield from {
        "format": FORMAT,
        "account": account,
        "event_id": f"evt_{number:026}",
        "message_id": id_of(number),
        "sender": sender,
        "recipient": "+14155551234",
        "text": text,
        "sent_at": at,
        "window": at + DAY,
        "conversation": keys.CONVERSATION + name,
        "received_at": at + 300,
        "state": state,
        "changed_at": at + 900,
        "path": f" queued {at + 300} claimed {at + 310} sending {at + 320} {state} {at + 900}",
        "first": 0,
        "fence": 1,
        "attempt": 1,
        "crashes": 0,
        "rung_at": at + 300,
        "ring": 0,
    }.items()
    if state is State.QUEUED:
        return
    asked = {"fired": dict.fromkeys(RULES[:20], at), "replied": [at, *range(60)]}
    decided = {"rule": dice.choice(RULES), "book": "0123456789ab", "decided_at": at + 310, "asked": json.dumps(asked)}
    yield from decided.items()
    if state is State.SILENT:
        yield "reason", "no_rule"
        return
    code = dice.choice(CODES) if state in (State.FAILED, State.REJECTED) else "accepted"
    entry = {"correlation_id": f"{account}_{id_of(number)}_1", "answer": "accepted", "code": code, "status": 200}
    yield "reply", "Thank you for your message. " * 12
    yield "reason", code
    yield "provider_id", provider_id_of(number)
    yield "attempt:1", json.dumps(entry)


def _count(client: redis.Redis, filled: Filled, dice: random.Random) -> None:
    """What is counted by the minute and the day, and what operators did."""
    pipeline = client.pipeline(transaction=False)
    pipeline.sadd(keys.ACCOUNTS, *ACCOUNTS)
    for minute in range(filled.now // 60_000 - 2 * 24 * 60, filled.now // 60_000 + 5):
        waited: dict[Any, Any] = {f"ms:{bucket}": dice.randrange(50) for bucket in range(len(LATENCIES) // 2)}
        counts: dict[Any, Any] = dict.fromkeys(("taken_in", "sent", "silent", "delivered", "read", "retrying"), 60)
        pipeline.hset(f"{keys.MINUTE}{minute}", mapping={**counts, **waited})
    for day in range(filled.now // DAY - 14, filled.now // DAY + 1):
        pipeline.hset(f"{keys.HITS}{day}", mapping=dict.fromkeys(RULES, 1_000))
    pipeline.zadd(keys.LAST_HIT, dict.fromkeys(RULES, filled.now))
    for _ in range(10_000):
        entry: dict[Any, Any] = {
            "at": filled.now,
            "who": "ann@desk",
            "what": "resend",
            "on": filled.key(dice),
            "result": "done",
        }
        pipeline.xadd(keys.AUDIT, entry)
    pipeline.execute()
