"""Compares what was acknowledged, what the provider saw and what the ledger says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.model import Inbound, Reply
from tests.service import Service
from worker import keys
from worker.ledger import State

ANSWERED = frozenset({State.SENT, State.DELIVERED, State.READ})


@dataclass
class Verdict:
    """The promises, and how they were kept."""

    messages: int = 0
    states: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)  # acknowledged, and neither answered nor in sight as unanswered
    late: list[str] = field(default_factory=list)  # accepted by the provider after the window
    doubled: list[str] = field(default_factory=list)  # answered twice without its having been decided to risk it
    risked: int = 0  # of those resent, both arrived
    disordered: list[str] = field(default_factory=list)  # conversations answered in another order than they were sent
    unsettled: list[str] = field(default_factory=list)  # not come to rest
    given_up: list[str] = field(default_factory=list)  # in hand when three workers died; left to a person
    resent: int = 0  # sent once more since nobody knew

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.late or self.doubled or self.disordered or self.unsettled)


@dataclass(slots=True)
class Life:
    """One message: all times in seconds since 1970."""

    message: Inbound
    state: State
    key: str
    taken_in: float
    resent: bool
    doubtful: bool  # nobody knew for a while whether it was answered, and the conversation went on
    answers: Sequence[Reply] = ()

    @property
    def answered(self) -> float | None:
        return self.answers[0].at / 1e9 if self.answers else None


async def judge(service: Service, moving: frozenset[State]) -> Verdict:
    """After all has come to rest."""
    verdict = Verdict()
    lives: list[Life] = []
    for message in service.world.conversations.messages:
        verdict.messages += 1
        life = await _life(service, message)
        if life is None:
            verdict.lost.append(message.id)
        else:
            lives.append(life)
    # Behind the records: reading them takes a while, and what did not come to rest is answered meanwhile.
    replies = _by_message(service.world.conversations.replies)
    for life in lives:
        life.answers = replies.get(life.message.id, [])
        _judge(verdict, life, moving)
    verdict.disordered = _disordered(lives)
    return verdict


async def _life(service: Service, message: Inbound) -> Life | None:
    record = await service.record(message)
    if record is None:
        return None
    resent = await service.ledger._redis.hexists(keys.RECORD + record.key, "resent")
    path = await service.ledger._redis.hget(keys.RECORD + record.key, "path") or ""
    doubtful = State.UNCONFIRMED in path.split()
    return Life(message, record.state, record.key, record.received_at.timestamp(), bool(resent), doubtful)


def _judge(verdict: Verdict, life: Life, moving: frozenset[State]) -> None:
    verdict.states[life.state] += 1
    verdict.resent += life.resent
    if any(answer.at > life.message.window_expires_at for answer in life.answers):
        verdict.late.append(life.key)
    if len(life.answers) > 1:
        if life.resent and len(life.answers) == 2:
            verdict.risked += 1
        else:
            verdict.doubled.append(life.key)
    if life.state in moving:
        verdict.unsettled.append(f"{life.key} {life.state}")
    elif life.state in ANSWERED and not life.answers:
        verdict.lost.append(life.key)
    elif life.state is State.GIVEN_UP:
        verdict.given_up.append(life.key)


def _by_message(replies: Sequence[Reply]) -> Mapping[str | None, list[Reply]]:
    found: dict[str | None, list[Reply]] = {}
    for reply in replies:
        found.setdefault(reply.reply_to, []).append(reply)
    return found


def _disordered(lives: Sequence[Life]) -> list[str]:
    """Messages that were answered after a later one of the same person, though they had been taken in before it. One
    that nobody knew the end of for a while is none of these."""
    wrong: list[str] = []
    latest: dict[str, Life] = {}
    for life in sorted(lives, key=lambda each: -each.message.at):
        after = latest.get(life.message.sender)
        if life.answered is None or life.doubtful:
            continue
        if after and after.answered and life.taken_in < after.taken_in and life.answered > after.answered:
            wrong.append(life.key)
        if after is None or (after.answered or 0) > life.answered:
            latest[life.message.sender] = life
    return wrong
