"""One message's way through the worker: claim → decide → send → settle."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final, TypeVar

from rules import Book, Decision, decide
from worker import log
from worker.ledger import Attempt, Claim, Ledger, LedgerUnavailable, State
from worker.outbound import Answer, Outcome, Reply, Sender

CALLBACK_PATH: Final = "/webhooks/"  # + provider: where the receiver takes delivery events

FIRST_PAUSE: Final = timedelta(seconds=1)  # before a second attempt; doubled with each
LONGEST_PAUSE: Final = timedelta(seconds=60)
ASK_AGAIN: Final = timedelta(seconds=0.5)  # while Redis is away

# What each answer makes of the message. `paused` is what `retrying` is called where a person must act.
STATES: Final = {
    Answer.ACCEPTED: State.SENT,
    Answer.WINDOW: State.WINDOW_CLOSED,
    Answer.PERMANENT: State.REJECTED,
    Answer.RETRY: State.RETRYING,
    Answer.CONFIG: State.PAUSED,
    Answer.AMBIGUOUS: State.UNCONFIRMED,
}

T = TypeVar("T")


class Answering:
    """Answers messages by their keys. Safe to ask for the same key twice, late, or at the same time elsewhere."""

    def __init__(
        self,
        ledger: Ledger,
        current_book: Callable[[], Book],
        senders: Mapping[str, Sender],
        *,
        callback_url: str | None = None,
    ) -> None:
        """`current_book` gives the book in force; `senders` by account; `callback_url` is the public address of the
        receiver's delivery events.
        """
        self._ledger = ledger
        self._current_book = current_book
        self._senders = senders
        self._callback_url = callback_url
        self._log = log.logger("worker.answering")

    async def answer(self, key: str) -> None:
        """From the ring to the end of this attempt. A Redis that is away is waited for, with what is in hand."""
        owner = uuid.uuid4().hex
        claim = await self._insist(lambda: self._ledger.claim(key, owner))
        if claim is None:
            return
        book = self._current_book()  # once: it may be replaced before the message is settled
        decision = self._decide(claim, book)
        if decision.reply is None:
            await self._stay_silent(claim, decision, book.version)
        else:
            await self._send(claim, decision, book.version)

    def _decide(self, claim: Claim, book: Book) -> Decision:
        """The decision that was taken before this attempt, where there is one: its actions have had their effect."""
        record = claim.record
        if record.reply is not None:
            return Decision(rule=record.rule, reply=record.reply)
        return decide(book, record.message, claim.conversation, claim.now)

    async def _stay_silent(self, claim: Claim, decision: Decision, book: str) -> None:
        await self._insist(lambda: self._ledger.stay_silent(claim, decision, book))
        self._log.info("silent", message=claim.record.key, rule=decision.rule, reason=decision.silence)

    async def _send(self, claim: Claim, decision: Decision, book: str) -> None:
        asked = time.monotonic()
        attempt = await self._insist(lambda: self._ledger.begin(claim, decision, book))
        if attempt is None:
            return
        # Time that we were frozen or Redis was slow counts: an attempt ends before the window does.
        left = attempt.allowed - timedelta(seconds=time.monotonic() - asked)
        if left < self._ledger.times.shortest / 2:
            outcome = Outcome(Answer.RETRY, "frozen")
        else:
            outcome = await self._senders[claim.record.message.account].send(self._reply(attempt), left)
        await self._settle(attempt, decision, outcome, time.monotonic() - asked)

    def _reply(self, attempt: Attempt) -> Reply:
        message = attempt.record.message
        return Reply(
            to=message.sender,
            text=attempt.reply,
            quotes=message.id,
            correlation_id=attempt.correlation_id,
            callback_url=self._callback_url,
        )

    async def _settle(self, attempt: Attempt, decision: Decision, outcome: Outcome, took: float) -> None:
        state = STATES[outcome.answer]
        fields = {
            "reason": outcome.code,
            "provider_id": outcome.provider_id,
            f"attempt:{attempt.number}": _entry(attempt, outcome, took),
        }
        delay = self._delay(attempt, outcome)
        settled = await self._insist(lambda: self._ledger.settle(attempt, state, fields, delay=delay))
        say = self._log.error if outcome.answer is Answer.CONFIG else self._log.info
        say(
            state.value,
            message=attempt.record.key,
            rule=decision.rule,
            attempt=attempt.number,
            code=outcome.code,
            status=outcome.status,
            request=outcome.request_id,
            ms=round(took * 1000),
            settled=settled,
        )

    def _delay(self, attempt: Attempt, outcome: Outcome) -> timedelta | None:
        if outcome.answer is Answer.CONFIG:
            return self._ledger.times.pause
        if outcome.answer is not Answer.RETRY:
            return None
        return max(full_jitter(attempt.number), outcome.retry_after or timedelta(0))

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks the ledger until it answers: what was decided or sent must not be forgotten because Redis restarts."""
        while True:
            try:
                return await ask()
            except LedgerUnavailable as error:
                self._log.warning("ledger_unavailable", error=str(error))
                await asyncio.sleep(ASK_AGAIN.total_seconds())


def full_jitter(attempt: int) -> timedelta:
    """A random pause up to one that doubles with each attempt, so that those who failed together come back apart."""
    longest = min(FIRST_PAUSE * 2 ** min(attempt - 1, 16), LONGEST_PAUSE)
    return timedelta(seconds=longest.total_seconds() * random.random())  # noqa: S311  no secret depends on it


def _entry(attempt: Attempt, outcome: Outcome, took: float) -> str:
    """The attempt's line in the record's log."""
    return json.dumps(
        {
            "correlation_id": attempt.correlation_id,
            "answer": outcome.answer,
            "code": outcome.code,
            "status": outcome.status,
            "request_id": outcome.request_id,
            "ms": round(took * 1000),
        }
    )
