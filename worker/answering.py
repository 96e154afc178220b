"""One message's way through the worker: claim → gather → decide → send → settle."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from rules import Book, Decision, Template, decide
from worker import log
from worker.accounts import Accounts
from worker.bursts import Fold, Wait, gather
from worker.ledger import Attempt, Claim, Ledger, LedgerDamaged, LedgerUnavailable, Part, State
from worker.notices import notices
from worker.outbound import Answer, Outcome, Reply, TemplateMessage
from worker.outcomes import STATES, TEMPLATE_STATES, entry, health_of, pause, sent_nothing
from worker.parts import split

ASK_AGAIN: Final = timedelta(seconds=0.5)  # while Redis is away
TEMPLATE_TRIES: Final = 5
OVERLOADED: Final = frozenset({Answer.RETRY, Answer.AMBIGUOUS})

T = TypeVar("T")


class Answering:
    """Answers messages when it is rung for. Safe to ring for twice, late, or at the same time elsewhere."""

    def __init__(self, ledger: Ledger, accounts: Accounts) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._owners: list[str] = []  # free
        self._unheard = 0  # rings
        self._log = log.logger()

    async def answer(self, rung: str) -> None:
        """From the ring to the end of this attempt: of the most urgent message, whichever was rung for. A Redis that is
        away is waited for, with what is in hand."""
        with self._owner() as owner:
            await self._answer_next(owner, rung)
            while self._unheard:
                self._unheard -= 1
                if not await self._answer_next(owner):
                    break  # the sweeper rings again

    async def _answer_next(self, owner: str, rung: str | None = None) -> bool:
        """Of all that are ready, and whose accounts have room. Whether there was one."""
        accounts = self._accounts.open()
        claim = await self._insist(lambda: self._ledger.claim(owner, accounts, late=True, rung=rung))
        if claim is None:
            if rung and len(accounts) < len(self._accounts):
                self._unheard += 1  # it may have been for one that has no room now: whoever makes room looks again
            return False
        account = claim.record.message.account
        book = self._accounts[account].current_book()  # once: it may be replaced before the message is settled
        with self._accounts.busy(account):
            gathered = claim if claim.late else await self._gather(claim, book)
            if gathered is not None:
                await self._act(gathered, book)
        return True

    @contextmanager
    def _owner(self) -> Iterator[str]:
        """A name to claim under, of nobody else at the time. Names come again, so Redis need not remember many. Not one
        whose message failed: whoever claims under it would be given that message again, and no other."""
        owner = self._owners.pop() if self._owners else uuid.uuid4().hex
        yield owner
        self._owners.append(owner)

    async def _gather(self, claim: Claim, book: Book) -> Claim | None:
        """The claim on all that is answered together; None where it waits whether more is said."""
        match gather(book.burst, claim, lambda text, media: self._is_answered_at_once(book, claim, text, media)):
            case Wait(until):
                await self._insist(lambda: self._ledger.hold(claim, until))
                return None
            case Fold(others, text, media):
                return await self._insist(lambda: self._ledger.fold(claim, others, text, media))
            case _:
                return claim

    def _is_answered_at_once(self, book: Book, claim: Claim, text: str, media: str | None) -> bool:
        message = replace(claim.record.message, text=text, media=media)
        return decide(book, message, claim.conversation, claim.now).at_once

    async def _act(self, claim: Claim, book: Book) -> None:
        if claim.late:
            await self._answer_late(claim, book)
            return
        decision = self._decide(claim, book)
        if decision.reply is None:
            told = notices(claim, decision)
            await self._insist(lambda: self._ledger.stay_silent(claim, decision, book.version, notices=told))
            self._log.info("silent", message=claim.record.key, rule=decision.rule, reason=decision.silence)
        else:
            await self._send(claim, decision, book)

    def _decide(self, claim: Claim, book: Book) -> Decision:
        """The decision that was taken before this attempt, where there is one: its actions have had their effect."""
        record = claim.record
        if record.reply is not None:
            return Decision(rule=record.rule, reply=record.reply)
        return decide(book, record.message, claim.conversation, claim.now)

    async def _send(self, claim: Claim, decision: Decision, book: Book) -> None:
        account, told = self._accounts[claim.record.message.account], notices(claim, decision)
        template = _template(claim, book)
        text, part = _part(claim, decision, account.sender.LONGEST)

        async def begin() -> Attempt | None:
            late, rate, again = template is not None, account.max_per_second, account.sender.IDEMPOTENT
            return await self._ledger.begin(
                claim, decision, book.version, late=late, rate=rate, idempotent=again, part=part, notices=told
            )

        async def send(attempt: Attempt, allowed: timedelta) -> Outcome:
            message, url = attempt.record.message, account.callback_url
            reply = Reply(message.sender, text, message.id, attempt.correlation_id, url, attempt.key)
            return await account.sender.send(reply, allowed)

        ended = await self._attempt(begin, send)
        if ended is None:
            return
        attempt, outcome, took = ended
        expired = outcome.answer is Answer.WINDOW and template is not None
        state = State.QUEUED if expired else STATES[outcome.answer]  # to come again for the template
        if state is State.UNCONFIRMED and attempt.first is not None:
            state = State.RETRYING  # with the same key
        await self._settle(attempt, state, decision.rule, outcome, took)

    async def _answer_late(self, claim: Claim, book: Book) -> None:
        """A message whose window is over does what the book says of it: who wrote stop has opted out, however late we
        hear of it. In the place of a reply goes the template, where there is one."""
        decision = self._decide(claim, book)
        template = _template(claim, book)
        if template is not None and decision.reply is not None:
            await self._send_template(claim, decision, book, template)
            return
        told = notices(claim, decision)
        await self._insist(lambda: self._ledger.close(claim, decision, book.version, notices=told))
        self._log.info("window_closed", message=claim.record.key, rule=decision.rule, reason=decision.silence)

    async def _send_template(self, claim: Claim, decision: Decision, book: Book, template: Template) -> None:
        account, told = self._accounts[claim.record.message.account], notices(claim, decision)

        async def begin() -> Attempt | None:
            rate = account.max_per_second
            return await self._ledger.begin(claim, decision, book.version, template=True, rate=rate, notices=told)

        async def send(attempt: Attempt, allowed: timedelta) -> Outcome:
            to = attempt.record.message.sender
            message = TemplateMessage(to, template.id, template.variables, attempt.correlation_id, account.callback_url)
            return await account.sender.send_template(message, allowed)

        ended = await self._attempt(begin, send)
        if ended is None:
            return
        attempt, outcome, took = ended
        state = TEMPLATE_STATES[outcome.answer]
        if state is State.RETRYING and attempt.number >= TEMPLATE_TRIES:
            state = State.WINDOW_CLOSED
        if outcome.answer is Answer.PERMANENT:
            self._log.error("template_refused", template=template.id, code=outcome.code)
        await self._settle(attempt, state, decision.rule, outcome, took)

    async def _attempt(
        self,
        begin: Callable[[], Awaitable[Attempt | None]],
        send: Callable[[Attempt, timedelta], Awaitable[Outcome]],
    ) -> tuple[Attempt, Outcome, float] | None:
        """What came of it, and how many seconds it took; None where nothing may be sent."""
        asked = time.monotonic()
        attempt = await self._insist(begin)
        if attempt is None:
            return None
        # Time that we were frozen or Redis was slow counts: an attempt ends before the window does.
        left = attempt.allowed - timedelta(seconds=time.monotonic() - asked)
        frozen = left < self._ledger.times.shortest / 2
        if frozen:
            return attempt, Outcome(Answer.RETRY, "frozen"), time.monotonic() - asked
        outcome = await send(attempt, left)
        self._accounts.heard(attempt.record.message.account, kept_up=outcome.answer not in OVERLOADED)
        return attempt, outcome, time.monotonic() - asked

    async def _settle(self, attempt: Attempt, state: State, rule: str | None, outcome: Outcome, took: float) -> None:
        fields = {
            "reason": outcome.code,
            "provider_id": outcome.provider_id,
            f"attempt:{attempt.number}": entry(attempt, outcome, took),
            **({"key": None, "key_at": None} if sent_nothing(attempt, outcome) else {}),
        }
        delay, health = pause(attempt, state, outcome, self._ledger.times.confirm), health_of(outcome)
        polled = self._accounts.is_polled(attempt.record.message.account)
        settled = await self._insist(
            lambda: self._ledger.settle(attempt, state, fields, delay=delay, health=health, polled=polled)
        )
        self._log.info(
            state.value,
            message=attempt.record.key,
            rule=rule,
            attempt=attempt.number,
            code=outcome.code,
            status=outcome.status,
            request=outcome.request_id,
            ms=round(took * 1000),
            settled=settled.counts,
        )
        if settled.account is not None:
            say = self._log.error if settled.account == "paused" else self._log.warning
            say(f"account_{settled.account}", account=attempt.record.message.account, code=outcome.code)

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks the ledger until it answers: what was decided or sent must not be forgotten because Redis restarts. What
        is damaged would be asked for ever, in the place of another message: it is left to the sweeper."""
        while True:
            try:
                return await ask()
            except LedgerDamaged:
                raise
            except LedgerUnavailable as error:
                self._log.warning("ledger_unavailable", error=str(error))
                await asyncio.sleep(ASK_AGAIN.total_seconds())


def _template(claim: Claim, book: Book) -> Template | None:
    """What goes out in the place of a reply whose window is over. Nothing in the place of what a person wrote."""
    return None if claim.record.by else book.window_closed


def _part(claim: Claim, decision: Decision, longest: int) -> tuple[str, Part | None]:
    """What is sent now, and which part of the reply it is, where that is too long for one."""
    longest = claim.record.longest or longest  # as the first part was cut: the limit may have changed since
    parts = split(decision.reply or "", longest)
    if len(parts) == 1:
        return parts[0], None
    return parts[claim.record.part], Part(claim.record.part + 1, len(parts), longest)
