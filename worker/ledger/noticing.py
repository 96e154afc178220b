"""The notices that wait in the ledger: taken under a lease, told by somebody else, settled here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, cast

from worker.ledger.scripts import Scripts

NoticeSettled = Literal["sent", "failed", "given_up", "overtaken"]  # another has it, or had it, meanwhile


@dataclass(frozen=True, slots=True)
class DueNotice:
    """The right to tell an endpoint of something, until the lease ends."""

    number: str  # the same at each try
    endpoint: str
    body: str = field(repr=False)  # JSON, with what a customer wrote
    tries: int  # this one included


@dataclass(frozen=True, slots=True)
class TakenNotices:
    """What one look has found."""

    due: tuple[DueNotice, ...]
    gone: tuple[str, ...]  # the numbers of those that lived as long as they may, and were not told


class Noticing:
    """Raises LedgerUnavailable from every method."""

    _scripts: Scripts

    async def take_notices(self, each: int, under_way: Mapping[str, int]) -> TakenNotices:
        """Notices that are due. `each`: how many of one endpoint the caller tells at a time; `under_way`: how many it
        does now, by endpoint. The lease is as long as one may take to tell, and to write down what came of it."""
        answer = await self._scripts.run("take_notices", each=each, under_way=dict(under_way))
        due = tuple(DueNotice(number, name, body, tries) for number, name, body, tries in answer["taken"])
        return TakenNotices(due, tuple(answer["gone"]))

    async def settle_notice(
        self, notice: DueNotice, what: Literal["sent", "failed", "refused"], why: str, wait: timedelta = timedelta(0)
    ) -> NoticeSettled:
        """Writes what came of it. One that failed is due again after `wait`, unless its life ends before; one that was
        refused is not. One that was sent is so, whoever has taken it since."""
        answer = await self._scripts.run(
            "settle_notice",
            number=notice.number,
            endpoint=notice.endpoint,
            tries=notice.tries,
            what=what,
            why=why,
            wait=int(wait / timedelta(milliseconds=1)),
        )
        return cast(NoticeSettled, answer["what"])
