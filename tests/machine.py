"""Everything that can happen to the ledger, as rules of a machine that hypothesis drives."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, Literal, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rules.model import Decision, Message
from tests.clocked import Clock, ClockedLedger, Look, look
from tests.flights import Fate, Flight, flight
from tests.invariants import ON_ITS_WAY, check
from tests.ledgers import HELLO, SILENCE, key_of
from worker import keys
from worker.connection import connect
from worker.ledger import Attempt, Claim, Health, State, Times, WhenUnconfirmed
from worker.secret import Secret

T = TypeVar("T")

ACCOUNTS = ("prelude", "other")
PEOPLE = ("+1", "+2")
OWNERS = ("a", "b", "c")
WINDOWS = [timedelta(seconds=s) for s in (86_400, 86_400, 86_400, 40, 4, -1)]
AGES = [0, 0, 0, 5_000, 90_000]  # ms
STEPS = [timedelta(seconds=s) for s in (-2, 0.4, 6, 16, 31, 121, 3_600)]
POLICIES: list[WhenUnconfirmed] = ["auto", "resend", "hold"]

figures: Counter[str] = Counter()


DATA: Any = object()
Step = Callable[..., None]
steps: list[tuple[Step, Callable[[Any], object], dict[str, st.SearchStrategy[Any]]]] = []


def can(weight: int = 2, when: Callable[[Any], object] = lambda _: True, **arguments: Any) -> Callable[[Step], Step]:
    """A step that the machine can take. Not a rule of hypothesis's: of those it leaves some out of each example, and
    few messages would come far."""

    def listed(step: Step) -> Step:
        steps.extend([(step, when, arguments)] * weight)
        return step

    return listed


class Machine(RuleBasedStateMachine):
    """Customers, workers, a provider and a sweeper, and what they have seen."""

    url: ClassVar[str] = ""
    loop: ClassVar[asyncio.AbstractEventLoop]

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize(
        first=st.lists(st.tuples(*(st.sampled_from(of) for of in (ACCOUNTS, PEOPLE, AGES, WINDOWS))), max_size=5)
    )
    def start(self, first: list[tuple[str, str, int, timedelta]]) -> None:
        self.clock, self.times = Clock(), Times()
        self.store = connect(Secret(self.url), decode=True, connections=2)
        self.ledger = ClockedLedger(self.store, self.times, self.clock)
        self.messages: dict[str, Message] = {}
        self.windows: dict[tuple[str, str], int] = {}  # by conversation, in ms
        self.claims: dict[str, Claim] = {}  # by owner
        self.flights: list[Flight] = []  # begun, and not yet settled
        self.accepted: list[tuple[Attempt, Fate]] = []
        self.replies: Counter[str] = Counter()
        self.templates: Counter[str] = Counter()
        self.numbers = 0
        self.last = Look({}, {}, {}, [], 0)  # what was seen after the latest step
        self.run(self.store.flushall())
        for each in first:
            self.a_message_comes(*each)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        able = [each for each in steps if each[1](self)]
        step, _, arguments = data.draw(st.sampled_from(able))
        step(self, **{name: data if of is DATA else data.draw(of) for name, of in arguments.items()})

    @property
    def written(self) -> list[Message]:
        """By customers: the other records hold what somebody has answered by hand."""
        return [message for key, message in self.messages.items() if key == key_of(message)]

    # Customers

    @can(
        account=st.sampled_from(ACCOUNTS),
        sender=st.sampled_from(PEOPLE),
        earlier=st.sampled_from(AGES),
        window=st.sampled_from(WINDOWS),
    )
    def a_message_comes(self, account: str, sender: str, earlier: int, window: timedelta) -> None:
        self.numbers += 1
        message = Message(
            account=account,
            event_id=f"evt_{self.numbers}",
            id=f"im_{self.numbers}",
            sender=sender,
            recipient="+3",
            text=f"text {self.numbers}",
            sent_at=self.clock.now - timedelta(milliseconds=earlier),
            window_expires_at=self.clock.now + window,
        )
        assert self.run(self.ledger.take_in(message)) == "new"
        self.messages[key_of(message)] = message
        expires = self.clock.ms + int(window / timedelta(milliseconds=1))
        self.windows[account, sender] = max(self.windows.get((account, sender), 0), expires)

    @can(data=DATA, change=st.sampled_from(["nothing", "event", "message"]), when=lambda self: self.written)
    def a_message_comes_again(self, data: st.DataObject, change: str) -> None:
        message = data.draw(st.sampled_from(self.written))
        self.numbers += 1
        event_id = f"evt_{self.numbers}" if change == "event" else message.event_id
        again = dataclasses.replace(
            message, event_id=event_id, id=f"im_{self.numbers}" if change == "message" else message.id
        )
        assert self.run(self.ledger.take_in(again)) == ("conflict" if change == "message" else "duplicate")

    @can(data=DATA, sure=st.integers(0, 7), when=lambda self: self.messages)
    def somebody_is_forgotten(self, data: st.DataObject, sure: int) -> None:
        if sure != 7:
            return
        account, sender = data.draw(st.sampled_from(sorted(self.windows)))
        gone = [key for key, each in self.messages.items() if (each.account, each.sender) == (account, sender)]
        of = [prefix + f"{account}:{sender}" for prefix in (keys.CONVERSATION, keys.LINE, keys.HISTORY)]
        self.run(self.store.delete(*of, *(keys.RECORD + key for key in gone)))
        for state in State:
            for key in gone:
                self.run(self.store.zrem(keys.STATE + state, key))
        for key in gone:
            del self.messages[key]
        del self.windows[account, sender]

    @can(data=DATA, twice=st.booleans(), when=lambda self: self.written)
    def somebody_answers_by_hand(self, data: st.DataObject, twice: bool) -> None:
        of, key, before = data.draw(st.sampled_from(self.written)), f"hand_{self.numbers}", self.last
        self.numbers += 1
        conversation = f"{keys.CONVERSATION}{of.account}:{of.sender}"
        call = {"account": of.account, "known": True, "conversation": conversation, "text": "by hand", "id": key}
        for again in range(1 + twice):
            answer = self.run(self.ledger._scripts.run("by_hand", who="ann", what="reply", on="?", **call))
            if "refused" in answer:
                assert answer["refused"] in ("window", "quoted"), answer
                assert key not in self.seen().records
                return
            assert answer.get("again", False) == bool(again)
        figures["by hand"] += 1
        quoted = self.messages[self.seen().records[key]["quotes"]]
        assert conversation == before.records[key_of(quoted)]["conversation"]
        self.messages[key] = dataclasses.replace(quoted, text="")

    # Workers

    @can(
        owner=st.sampled_from(OWNERS), accounts=st.sampled_from([ACCOUNTS, ACCOUNTS, ACCOUNTS[:1]]), late=st.booleans()
    )
    def a_worker_claims(self, owner: str, accounts: tuple[str, ...], late: bool) -> None:
        """Or asks again: its answer got lost, or it was killed and another took its name."""
        before = self.last
        claim = self.run(self.ledger.claim(owner, accounts, late=late))
        self.claims.pop(owner, None)
        if claim is not None:
            self.claims[owner] = claim
            assert claim.record.message.account in accounts or before.records[claim.record.key]["state"] == "claimed"
            self.in_order(before, claim)

    def in_order(self, before: Look, claim: Claim) -> None:
        """None that waited in the conversation was sent before it."""
        message, was = claim.record.message, before.records[claim.record.key]
        if was["state"] != "queued" or "reply" in was:
            return  # it has been decided
        gone = {key for key, each in self.seen().records.items() if each["state"] == "window_closed"}
        for key, each in before.records.items():
            if each["conversation"] == was["conversation"] and each["state"] == "queued" and key not in gone:
                assert int(each["sent_at"]) >= int(was["sent_at"]), f"{claim.record.key} overtook {key}: {message}"

    @can(data=DATA, wait=st.sampled_from([500, 2_000, 8_000]), twice=st.booleans(), when=lambda self: self.claims)
    def a_worker_waits_for_more(self, data: st.DataObject, wait: int, twice: bool) -> None:
        claim = self.claims.pop(data.draw(st.sampled_from(sorted(self.claims))))
        for _ in range(1 + twice):
            self.run(self.ledger.hold(claim, self.clock.now + timedelta(milliseconds=wait)))

    @can(
        weight=8, data=DATA, twice=st.booleans(), when=lambda self: any(claim.behind for claim in self.claims.values())
    )
    def a_worker_folds(self, data: st.DataObject, twice: bool) -> None:
        owner = data.draw(st.sampled_from(sorted(name for name, claim in self.claims.items() if claim.behind)))
        claim = self.claims.pop(owner)
        if claim.record.reply is not None or claim.record.folds:
            return
        others = claim.behind[: data.draw(st.integers(1, len(claim.behind)))]
        folded = None
        for _ in range(1 + twice):
            folded = self.run(self.ledger.fold(claim, others, "joined"))
        if folded is not None:
            figures["folded"] += 1
            assert folded.record.key == others[-1].key
            assert folded.record.reply is None
            self.claims[owner] = folded

    @can(data=DATA, twice=st.booleans(), rate=st.sampled_from([None, None, 1.0]), when=lambda self: self.claims)
    def a_worker_begins(self, data: st.DataObject, twice: bool, rate: float | None) -> None:
        claim, attempt = self.claims.pop(data.draw(st.sampled_from(sorted(self.claims)))), None
        decision = Decision() if claim.late else HELLO
        if claim.late and claim.record.by:
            self.run(self.ledger.close(claim, decision, "v1"))
            return
        for _ in range(1 + twice):
            attempt = self.run(self.ledger.begin(claim, decision, "v1", template=claim.late, rate=rate))
        if attempt is not None:
            record = self.seen().records[attempt.record.key]
            assert "into" not in record
            if not claim.late:
                self.not_late(attempt, attempt.allowed)
            self.flights.append(Flight(attempt, self.clock.ms, claim.late))

    def not_late(self, attempt: Attempt, lasts: timedelta) -> None:
        message = attempt.record.message
        if (message.account, message.sender) not in self.windows:  # the person was forgotten meanwhile
            return
        ends = self.clock.ms + int(lasts / timedelta(milliseconds=1))
        margin = int(self.times.margin / timedelta(milliseconds=1))
        assert ends <= self.windows[message.account, message.sender] - margin, f"{attempt.record.key} would be late"

    @can(data=DATA, twice=st.booleans(), when=lambda self: self.claims)
    def a_worker_stays_silent(self, data: st.DataObject, twice: bool) -> None:
        claim = self.claims.pop(data.draw(st.sampled_from(sorted(self.claims))))
        for _ in range(1 + twice):
            if claim.late:
                self.run(self.ledger.close(claim, SILENCE, "v1"))
            elif claim.record.reply is None:
                self.run(self.ledger.stay_silent(claim, SILENCE, "v1"))

    @can(data=DATA, answer=flight, when=lambda self: any(not each.sent for each in self.flights))
    def a_worker_sends(self, data: st.DataObject, answer: tuple[State, Fate | None]) -> None:
        flying = data.draw(st.sampled_from([each for each in self.flights if not each.sent]))
        to, fate = answer
        if not flying.may_send(self.clock.ms, self.times):
            flying.sent, flying.to = True, State.RETRYING  # as frozen
            return
        flying.sent, flying.to = True, flying.state(to)
        if fate is None:
            return
        key = flying.attempt.record.key
        self.accepted.append((flying.attempt, fate))
        if flying.template:
            self.templates[key] += 1
            assert self.templates[key] <= 1, f"{key} got two templates"
        else:
            if self.clock.ms >= flying.begun:
                self.not_late(flying.attempt, timedelta(0))
            if fate != "expires":
                self.replies[key] += 1
            resent = key in self.messages and "resent" in self.seen().records[key]
            assert key not in self.messages or self.replies[key] <= 1 + resent, f"{key} was sent too often"

    @can(
        data=DATA, twice=st.booleans(), healthy=st.booleans(), when=lambda self: any(each.sent for each in self.flights)
    )
    def a_worker_settles(self, data: st.DataObject, twice: bool, healthy: bool) -> None:
        flying = data.draw(st.sampled_from([each for each in self.flights if each.sent]))
        self.flights.remove(flying)
        delay, health = flying.delay(self.times), flying.health(healthy=healthy)
        for _ in range(1 + twice):
            settled = self.run(
                self.ledger.settle(flying.attempt, flying.to, {"reason": flying.to}, delay=delay, health=health)
            )
        figures[flying.to] += settled.counts

    @can(
        weight=10,
        data=DATA,
        owner=st.sampled_from(OWNERS),
        late=st.booleans(),
        answer=flight,
        so_far=st.sampled_from([1, 2, 3, 3, 3]),
    )
    def a_worker_goes_on(
        self, data: st.DataObject, owner: str, late: bool, answer: tuple[State, Fate | None], so_far: int
    ) -> None:
        """Several steps at once, or examples would seldom come far."""
        self.a_worker_claims(owner, ACCOUNTS, late)
        if so_far > 1 and self.claims:
            self.a_worker_begins(data, twice=False, rate=None)
        if so_far > 2 and any(not each.sent for each in self.flights):
            self.a_worker_sends(data, answer)
            self.a_worker_settles(data, twice=False, healthy=True)

    @can(data=DATA, when=lambda self: self.claims or self.flights)
    def a_worker_dies(self, data: st.DataObject) -> None:
        figures["crashed"] += 1
        which = data.draw(st.sampled_from([*sorted(self.claims), *range(len(self.flights))]))
        if isinstance(which, str):
            del self.claims[which]
        else:
            del self.flights[which]

    # The provider, the operator, the clock and the sweeper

    @can(data=DATA, what=st.integers(0, 2), when=lambda self: self.accepted)
    def the_provider_tells(self, data: st.DataObject, what: int) -> None:
        attempt, fate = data.draw(st.sampled_from(self.accepted))
        events: dict[Fate, list[Literal["sent", "delivered", "read", "failed", "expired"]]] = {
            "arrives": ["sent", "delivered", "read"],
            "fails": ["sent", "failed", "failed"],
            "expires": ["sent", "expired", "expired"],
        }
        self.run(self.ledger.deliver(Flight(attempt, 0, template=False).event(events[fate][what])))

    @can(account=st.sampled_from(ACCOUNTS), held=st.sampled_from([False, False, False, True]))
    def the_operator_pauses_or_resumes(self, account: str, held: bool) -> None:
        self.run(self.hold(account) if held else self.resume(account))

    async def hold(self, account: str) -> None:
        await self.store.hset(keys.ACCOUNT + account, "held", "1")

    async def resume(self, account: str) -> None:
        await self.store.hdel(keys.ACCOUNT + account, "held")

    @can(weight=6, by=st.sampled_from(STEPS))
    def time_passes(self, by: timedelta) -> None:
        self.clock.step(by)

    @can(weight=6, policy=st.sampled_from(POLICIES), late=st.booleans())
    def the_sweeper_sweeps(self, policy: WhenUnconfirmed, late: bool) -> None:
        before = self.last
        self.run(self.ledger.sweep(late=ACCOUNTS if late else (), when_unconfirmed=policy))
        for key, record in self.seen().records.items():
            figures["resent"] += "resent" in record and "resent" not in before.records[key]

    # What holds

    def seen(self) -> Look:
        return self.run(look(self.store))

    @invariant()
    def it_is_as_it_must_be(self) -> None:
        if hasattr(self, "messages"):
            self.last = self.seen()
            check(self.last, self.messages)

    def teardown(self) -> None:
        """Everybody works again, and nothing is left waiting."""
        try:
            if hasattr(self, "messages"):
                self.run(self.come_to_rest())
        finally:
            self.run(self.store.aclose())

    async def come_to_rest(self) -> None:
        for account in ACCOUNTS:
            await self.resume(account)
        for turn in range(12 * (2 + len(self.messages))):
            seen = await look(self.store)
            if not any(record["state"] in ON_ITS_WAY for record in seen.records.values()):
                return
            await self.ledger.sweep()
            while claim := await self.ledger.claim("z", ACCOUNTS):
                await self.answer(claim)
            if turn > 1:
                self.clock.step(timedelta(seconds=31))
        raise AssertionError(f"never at rest: {seen.records}")

    async def answer(self, claim: Claim) -> None:
        attempt = await self.ledger.begin(claim, HELLO, "v1")
        if attempt is not None:
            await self.ledger.settle(attempt, State.SENT, {}, health=Health("good", "accepted"))
