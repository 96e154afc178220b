"""How often each rule decided, and when it did last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from worker import keys
from worker.ledger.fields import milliseconds, moment
from worker.ledger.looking import Looking
from worker.ledger.scripts import ask_redis

_DAY: Final = 86_400_000  # ms
MOST_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class RuleHits:
    """Of one rule."""

    hits: int  # on the days that were asked for
    last: datetime | None  # however long ago, within the retention time
    days: Mapping[date, int]  # in UTC; without those on which it decided nothing


class RuleCounting(Looking):
    """Raises LedgerUnavailable from every method."""

    async def rule_hits(self, since: datetime) -> dict[str, RuleHits]:
        """By the rule's name, from that day on, whichever book it stood in."""
        latest = milliseconds(await self.now()) // _DAY
        numbers = range(max(milliseconds(since) // _DAY, latest - MOST_DAYS), latest + 1)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrange(keys.LAST_HIT, 0, -1, withscores=True)
        for each in numbers:
            pipeline.hgetall(f"{keys.HITS}{each}")
        last, *answers = await ask_redis(pipeline.execute(raise_on_error=False))
        days: dict[str, dict[date, int]] = defaultdict(dict)
        for number, fields in zip(numbers, answers, strict=True):
            for rule, hits in _counts(fields).items():
                days[rule][(moment(0) + timedelta(days=number)).date()] = hits
        at = {rule: moment(int(ms)) for rule, ms in (last if isinstance(last, list) else [])}
        return {rule: RuleHits(sum(days[rule].values()), at.get(rule), days[rule]) for rule in sorted(at.keys() | days)}


def _counts(answer: object) -> dict[str, int]:
    """What is damaged is left out."""
    fields = answer if isinstance(answer, dict) else {}
    return {rule: int(hits) for rule, hits in fields.items() if hits.isdecimal() and len(hits) < 16}
