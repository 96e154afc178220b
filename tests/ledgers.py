"""What tests of the ledger do again and again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from rules import Book, decide
from rules.model import Conversation, Decision, Matched, Message
from worker import keys
from worker.ledger import Claim, Ledger, LedgerUnavailable, State

T = TypeVar("T")

HELLO = Decision(rule="greeting", reply="Hi!", matched=Matched("hello", ("hello",)))
ACCOUNTS = ("prelude",)
SILENCE = Decision(silence="no_rule")


def key_of(message: Message) -> str:
    return keys.message_key(message.account, message.id)


async def insist(ask: Callable[[], Awaitable[T]]) -> T:
    """As providers, sweepers and people do where Redis has no time, on a busy machine."""
    for _ in range(4):
        with suppress(LedgerUnavailable):
            return await ask()
    return await ask()


async def claimed(ledger: Ledger, message: Message) -> Claim:
    await ledger.take_in(message)
    claim = await ledger.claim(uuid.uuid4().hex, ACCOUNTS)
    assert claim is not None
    return claim


async def all_taken_in(ledger: Ledger, messages: Sequence[Message]) -> list[str]:
    """One after the other, fast; the keys."""
    at_once = 100  # more would wait longer for their trip, on a busy machine, than they may
    for some in range(0, len(messages), at_once):
        await asyncio.gather(*(ledger.take_in(message) for message in messages[some : some + at_once]))
    return [key_of(message) for message in messages]


async def lived(ledger: Ledger, book: Book, message: Message) -> Decision:
    """The message's whole life, as a worker leads it through, but for the provider."""
    claim = await claimed(ledger, message)
    decision = decide(book, claim.record.message, claim.conversation, claim.now)
    if decision.reply is None:
        assert await ledger.stay_silent(claim, decision, book.version)
        return decision
    attempt = await ledger.begin(claim, decision, book.version)
    assert attempt is not None
    assert await ledger.settle(attempt, State.SENT, {"reason": "accepted"})
    return decision


async def remembered(ledger: Ledger) -> Conversation:
    """What is remembered of the person who writes what `a_message` makes."""
    conversation = await ledger.conversation("prelude", "+33612345678")
    assert conversation is not None
    return conversation


async def state_of(ledger: Ledger, message: Message) -> State | None:
    record = await ledger.record(key_of(message))
    return record.state if record else None


async def sweep(ledger: Ledger, after: timedelta = timedelta(0)) -> None:
    await asyncio.sleep(after.total_seconds() + ledger.times.sweep_every.total_seconds() + 0.02)
    await ledger.sweep()
