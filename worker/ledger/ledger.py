"""The Python face of the scripts: one method a transition."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from redis.asyncio import Redis

from rules.model import Decision, Message
from worker import keys
from worker.ledger.asking import Asking
from worker.ledger.claims import (
    Attempt,
    Claim,
    DeliveryEvent,
    Health,
    Moved,
    Notice,
    Part,
    Settled,
    Swept,
    Waiting,
    decision_fields,
)
from worker.ledger.conversation import fired, remembered
from worker.ledger.fields import Fields, milliseconds
from worker.ledger.noticing import Noticing
from worker.ledger.reading import Reading
from worker.ledger.record import Record, State, TakenIn, message_fields
from worker.ledger.scripts import Scripts, ask_redis
from worker.ledger.times import Times

WhenUnconfirmed = Literal["auto", "resend", "hold"]


class Ledger(Reading, Noticing, Asking):
    """The records of all messages. Raises LedgerUnavailable from every method, and nothing else of Redis's."""

    def __init__(self, redis: Redis, times: Times) -> None:
        """`redis` decodes its answers, and has timeouts of its own."""
        self.times = times
        self._redis = redis
        self._scripts = Scripts(redis, times)

    async def take_in(self, message: Message) -> TakenIn:
        """Writes the record and rings for a worker, unless the event or the message is known."""
        answer = await self._scripts.run(
            "take_in",
            id=keys.message_key(message.account, message.id),
            account=message.account,
            event_id=message.event_id,
            conversation=f"{keys.CONVERSATION}{message.account}:{message.sender}",
            sent_at=milliseconds(message.sent_at),
            window=milliseconds(message.window_expires_at),
            fields=message_fields(message),
        )
        return cast(TakenIn, answer["what"])

    async def claim(
        self, owner: str, accounts: Sequence[str], *, late: bool = False, rung: str | None = None
    ) -> Claim | None:
        """The right to decide about the most urgent message that is ready; None where there is none.

        `owner` names the caller, so that it may ask again when an answer was lost. `accounts` are those that it can
        send for now. With `late` it has something for a message whose window has closed; else that ends so. `rung` is
        the key it was rung for: that message need not be the most urgent.
        """
        answer = await self._scripts.run(
            "claim", owner=owner, accounts=list(accounts), late=late, **({} if rung is None else {"rung": rung})
        )
        return None if "refused" in answer else Claim.read(answer)

    async def hold(self, claim: Claim, until: datetime) -> None:
        """Gives the claim back until then, or until the conversation goes on: it waits whether more is said."""
        await self._scripts.run("burst", id=claim.record.key, fence=claim.record.fence, until=milliseconds(until))

    async def fold(self, claim: Claim, others: Sequence[Waiting], text: str, media: str | None = None) -> Claim | None:
        """The right to decide about this message and those behind it as one, whose text is joined; None where the
        claim was lost or they have changed."""
        folded = [each.key for each in others]
        answer = await self._scripts.run(
            "burst", id=claim.record.key, fence=claim.record.fence, fold=folded, text=text, media=media
        )
        return None if "refused" in answer else Claim.read(answer)

    async def begin(
        self,
        claim: Claim,
        decision: Decision,
        book: str,
        *,
        template: bool = False,
        late: bool = False,
        rate: float | None = None,
        idempotent: bool = False,
        part: Part | None = None,
        notices: Sequence[Notice] = (),
    ) -> Attempt | None:
        """The right to send the decision's reply now, or a template in its place; None where the claim is lost, the
        window over, or nothing may be sent for the account or to the person now. `late`: there is a template, should
        the window be over. `rate`: replies of the account a second, at most. `idempotent`: the provider knows a reply
        again by its key. `part`: what is sent of the reply, where it goes out in several."""
        number, reply = claim.record.attempt + 1, decision.reply or ""
        answer = await self._scripts.run(
            "begin",
            id=claim.record.key,
            fence=claim.record.fence,
            attempt=number,
            fields=decision_fields(claim, decision, book),
            remember=remembered(decision, claim.now),
            fired=fired(decision, claim.now),
            template=template,
            late=late,
            idempotent=idempotent,
            notices=[asdict(notice) for notice in notices],
            **({} if rate is None else {"rate": rate}),
            **({} if part is None else {"part": f"{part.number}/{part.of}", "longest": part.longest}),
        )
        if "refused" in answer:
            return None
        return Attempt(claim.record, number, reply, timedelta(milliseconds=answer["milliseconds"]), answer.get("first"))

    async def stay_silent(self, claim: Claim, decision: Decision, book: str, *, notices: Sequence[Notice] = ()) -> bool:
        """Ends a message that gets no reply. False where the claim was lost."""
        return await self._end(claim, State.SILENT, decision, book, notices)

    async def close(self, claim: Claim, decision: Decision, book: str, *, notices: Sequence[Notice] = ()) -> bool:
        """Ends a message whose window is over and that gets no template. False where the claim was lost."""
        if claim.record.reply is not None:  # it was decided before: what that said stands
            return (await self._settle(claim.record, claim.record.attempt, State.WINDOW_CLOSED, {})).counts
        return await self._end(claim, State.WINDOW_CLOSED, decision, book, notices)

    async def settle(
        self,
        attempt: Attempt,
        to: State,
        fields: Fields,
        *,
        delay: timedelta | None = None,
        health: Health | None = None,
        polled: bool = False,
    ) -> Settled:
        """Writes what came of an attempt, and what that says of the account; with `delay`, it is looked at again after
        that. `polled`: what becomes of it, the provider tells only where it is asked."""
        return await self._settle(attempt.record, attempt.number, to, fields, delay=delay, health=health, polled=polled)

    async def deliver(self, event: DeliveryEvent) -> str:
        """Writes what the provider says, later, of an attempt: in any order, and any number of times."""
        answer = await self._scripts.run(
            "deliver", id=event.key, attempt=event.attempt, what=event.what, code=event.code
        )
        return str(answer["what"])

    async def opt_out(self, account: str, sender: str) -> None:
        """Keeps silent from now on in the conversation, until it opts in. It is remembered as long as others are."""
        await self._scripts.run("opt_out", conversation=f"{keys.CONVERSATION}{account}:{sender}")

    async def sweep(
        self, *, late: Sequence[str] = (), ask: bool = False, when_unconfirmed: WhenUnconfirmed = "hold"
    ) -> Swept:
        """Looks after what should be moving and is not, unless another process did so a moment ago. `late`: the
        accounts that have something for a message whose window has closed. `ask`: leave it to a worker all the same, as
        long as the book was not asked about it."""
        answer = await self._scripts.run("sweep", late=list(late), ask=ask, unconfirmed=when_unconfirmed)
        moved = tuple(Moved(key, State(before), State(after)) for key, before, after in answer["moved"])
        return Swept(moved, int(answer["epoch"]) if "epoch" in answer else None)

    async def count(self, what: str) -> None:
        """Counts something that leaves no record."""
        await ask_redis(self._redis.hincrby(keys.COUNTS, what, 1))

    async def check_writable(self) -> None:
        """Returns where Redis would take a message in now."""
        await ask_redis(cast(Awaitable[Any], self._redis.set(keys.PREFIX + "writable", 1, ex=60)))

    async def aclose(self) -> None:
        await self._scripts.aclose()
        await self._redis.aclose()

    async def _end(self, claim: Claim, to: State, decision: Decision, book: str, notices: Sequence[Notice]) -> bool:
        fields = {**decision_fields(claim, decision, book), "reason": decision.silence}
        unsaid = to is State.WINDOW_CLOSED and decision.reply is not None
        remember = {**remembered(decision, claim.now), **({} if unsaid else fired(decision, claim.now))}
        record = claim.record
        settled = await self._settle(record, record.attempt, to, fields, remember=remember, notices=notices)
        return settled.counts

    async def _settle(
        self,
        record: Record,
        attempt: int,
        to: State,
        fields: Fields,
        *,
        remember: Fields | None = None,
        notices: Sequence[Notice] = (),
        delay: timedelta | None = None,
        health: Health | None = None,
        polled: bool = False,
    ) -> Settled:
        if provider_id := fields.get("provider_id"):
            known_as = keys.message_key(record.message.account, str(provider_id))
            fields = {**fields, f"known:{attempt}": known_as}
        answer = await self._scripts.run(
            "settle",
            id=record.key,
            fence=record.fence,
            attempt=attempt,
            to=to,
            fields=fields,
            remember=remember or {},
            notices=[asdict(notice) for notice in notices],
            polled=polled,
            **({"known_as": known_as} if provider_id else {}),
            **({} if delay is None else {"delay": _whole(delay)}),
            **({} if health is None else {"health": health.as_call()}),
        )
        return Settled(answer["settled"], answer.get("account"))


def _whole(span: timedelta) -> int:
    return int(span / timedelta(milliseconds=1))
