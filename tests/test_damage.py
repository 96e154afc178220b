"""Whatever is damaged in Redis stops what it is about, and nobody else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest
import redis.asyncio

from rules import parse
from rules.model import Message
from tests.adapters import prelude_sender
from tests.conftest import a_message
from tests.ledgers import ACCOUNTS, HELLO, SILENCE, claimed, key_of, state_of
from worker import keys
from worker.accounts import Account, Accounts
from worker.answering import Answering
from worker.ledger import Ledger, LedgerDamaged, LedgerUnavailable, Operating, State
from worker.ledger.record import DAMAGE

BAD: Final = "+4911"
GOOD: Final = "+4922"
CONVERSATION: Final = f"{keys.CONVERSATION}prelude:{BAD}"
# What a number may read that is none. `inf` and `nan` are numbers to Lua, and none to the server.
WRONG: Final = ("", "abc", "nan", "1e999", "0x10", "1.5", "9" * 400, None)
STATES: Final = ("queued", "claimed", "held", "sending", "keyed", "retrying", "paused", "unconfirmed")


async def come_to(ledger: Ledger, how: str, message: Message) -> None:
    """The message in a state, and where the sweeper looks at some, due at once."""
    await ledger.take_in(message)
    if how == "queued":
        return
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    if how == "held":
        await ledger.hold(claim, claim.now)
    if how in ("claimed", "held"):
        return
    attempt = await ledger.begin(claim, HELLO, "v1", idempotent=how == "keyed")
    assert attempt is not None
    if how not in ("sending", "keyed"):
        await ledger.settle(attempt, State(how), {}, delay=timedelta(0))


def damages(key: str, fields: Iterable[str]) -> Iterator[tuple[str, str | None, str | None]]:
    """Key, field and value; all of the key where there is no field."""
    record = keys.RECORD + key
    yield from ((record, field, value) for field in fields for value in WRONG)
    yield from ((CONVERSATION, field, value) for field in ("window", "turn", "allowed") for value in WRONG)
    account = keys.ACCOUNT + "prelude"
    yield from ((account, field, value) for field in ("until", "probe", "allowed", "failures") for value in WRONG)
    for other in (record, CONVERSATION, f"{keys.LINE}prelude:{BAD}", f"{keys.HISTORY}prelude:{BAD}"):
        yield other, None, "no hash"


async def damage(store: redis.asyncio.Redis, key: str, field: str | None, value: str | None) -> None:
    if field is None:
        await store.delete(key)
        await store.set(key, str(value))
    elif value is None:
        await store.hdel(key, field)
    else:
        await store.hset(key, field, value)


async def is_answered(ledger: Ledger, message: Message) -> bool:
    """Whether workers come to it, whatever they are given before."""
    for _ in range(4):
        try:
            claim = await ledger.claim(uuid.uuid4().hex, ACCOUNTS)
        except LedgerUnavailable:
            return False
        except DAMAGE:  # it costs a job, and three of them the message
            continue
        if claim is not None and claim.record.key == key_of(message):
            return True
        if claim is not None:  # it may be its account's probe
            with suppress(LedgerDamaged):
                await ledger.stay_silent(claim, SILENCE, "v1")
    return False


@pytest.mark.parametrize("how", STATES)
async def test_damage_of_any_kind_stops_neither_the_sweeper_nor_anybody_else(
    ledger: Ledger, store: redis.asyncio.Redis, how: str
) -> None:
    message = a_message(sender=BAD)
    await come_to(ledger, how, message)
    found = list(damages(key_of(message), map(str, await store.hkeys(keys.RECORD + key_of(message)))))
    for key, field, value in found:
        await store.flushdb()
        await come_to(ledger, how, message)
        await damage(store, key, field, value)
        if how in ("claimed", "sending", "keyed"):
            await store.zadd(keys.DUE, {key_of(message): 1})
        other = a_message(sender=GOOD)
        await store.delete(keys.SWEEPER)
        await ledger.sweep(when_unconfirmed="resend")
        await ledger.take_in(other)
        assert await is_answered(ledger, other), (key, field, value)
        await store.delete(keys.SWEEPER)
        await ledger.sweep(when_unconfirmed="resend")


@pytest.mark.parametrize("prefix", [keys.CONVERSATION, keys.LINE, keys.HISTORY, keys.RECORD])
@pytest.mark.parametrize("named", [True, False])
async def test_nobody_answers_by_hand_where_something_is_damaged_and_nothing_is_left_behind(
    ledger: Ledger, operating: Operating, store: redis.asyncio.Redis, *, prefix: str, named: bool
) -> None:
    message = a_message(sender=BAD)
    await ledger.stay_silent(await claimed(ledger, message), SILENCE, "v1")
    await damage(store, prefix + (key_of(message) if prefix == keys.RECORD else f"prelude:{BAD}"), None, "no hash")
    before = set(await store.keys("*"))
    try:
        quotes = key_of(message) if named else None
        result = await operating.reply_by_hand("prelude", BAD, "by hand", token="12345678", quotes=quotes)
        assert result.refused == "quoted"
    except LedgerDamaged:
        pass
    assert set(await store.keys("*")) - before <= {keys.AUDIT, keys.AUDIT_KEY}
    other = a_message(sender=GOOD)
    await ledger.take_in(other)
    assert await is_answered(ledger, other)


async def test_what_is_no_hash_is_set_aside_and_counted(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message, behind = a_message(sender=BAD), a_message(sender=BAD)
    await ledger.take_in(message)
    await ledger.take_in(behind)
    await damage(store, keys.RECORD + key_of(message), None, "no hash")
    assert await ledger.claim("a", ACCOUNTS) is None
    assert (await ledger.counts())["record_set_aside"] == 1
    await store.delete(keys.SWEEPER)
    await ledger.sweep()
    claim = await ledger.claim("a", ACCOUNTS)
    assert claim is not None
    assert claim.record.key == key_of(behind)


async def test_a_server_that_is_full_has_nothing_set_aside(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    message = a_message()
    await ledger.take_in(message)
    await store.config_set("maxmemory", 1)
    try:
        with pytest.raises(LedgerUnavailable, match="OutOfMemory") as refused:
            await ledger.claim("a", ACCOUNTS)
        assert not isinstance(refused.value, LedgerDamaged)
    finally:
        await store.config_set("maxmemory", 0)
    assert await ledger.claim("a", ACCOUNTS) is not None
    assert "record_set_aside" not in await ledger.counts()


async def test_a_worker_does_not_wait_for_ever_for_what_is_damaged(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    """It would have room for one message less, until it is started again."""
    book = parse(b"version: 1\nrules: [{name: a, when: anything, reply: b}]", "book.yaml")
    accounts = Accounts({"prelude": Account(prelude_sender("http://127.0.0.1:1"), lambda: book)}, 1)
    message = a_message(sender=BAD)
    claim = await claimed(ledger, message)
    await damage(store, CONVERSATION, None, "no hash")
    with pytest.raises(LedgerDamaged):
        await ledger.begin(claim, HELLO, "v1")
    async with asyncio.timeout(5):
        with pytest.raises(LedgerDamaged):
            await Answering(ledger, accounts)._act(claim, book)
    assert await state_of(ledger, message) is State.CLAIMED
