"""What was measured, as values, and the tables that it makes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final

from tests.bench.limits import TAKEN_IN, TOGETHER, Piece
from tests.bench.profiling import Cost
from tests.bench.rules import ms, table

GOAL: Final = 2_500  # replies a second
ROLES: Final = ("customers", "provider", "redis", "receiver", "worker")
PROFILED: Final = ("receiver", "worker")
COSTS: Final = 10  # of each profile, the largest


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to."""

    per_second: float  # the median of its repetitions
    waits: Sequence[float] = ()  # seconds
    cpu: Mapping[str, float] = field(default_factory=dict)  # microseconds a message, by role
    memory: Mapping[str, float] = field(default_factory=dict)  # MB, by role
    costs: Mapping[str, Sequence[Cost]] = field(default_factory=dict)  # by role, where it was profiled

    def percentile(self, percent: int) -> float:
        """Seconds."""
        return quantiles(self.waits, n=100, method="inclusive")[percent - 1]


def rate(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 20 else f"{per_second:.1f}"


def acknowledgements(door: Mapping[str, Run]) -> str:
    """By whose door it is; the first is the bare one."""
    rows, bare = [], next(iter(door.values())).per_second
    for name, found in door.items():
        each = (rate(found.per_second), f"{found.per_second / bare:.0%}", f"{found.cpu['receiver']:,.0f} µs")
        rows.append([name, *each, ms(found.percentile(50)), ms(found.percentile(99))])
    return table(["32 connections", "a second", "of the bare one", "its processor time", "p50", "p99"], rows)


def processes_table(found: Mapping[int, Run]) -> str:
    rows = [
        [f"{number}", rate(run.per_second), *(f"{run.cpu[role]:,.0f} µs" for role in ROLES), f"{_sum(run):,.0f} µs"]
        for number, run in found.items()
    ]
    return table(["worker processes", "replies a second", *ROLES, "processor time a message"], rows)


def books_table(sizes: Sequence[int], turns: Sequence[Sequence[Run]], decisions: Sequence[Piece]) -> str:
    """`turns`: each some seconds with the shortest and some with the longest book. `decisions`: by each."""
    rows = [
        [*(rate(run.per_second) for run in turn), *(f"{_sum(run):,.0f} µs" for run in turn), f"{_more(turn):+.1%}"]
        for turn in turns
    ]
    rules = [f"{size:,} rules" for size in sizes]
    alone = [f"{piece.here:,.0f} µs" for piece in decisions]
    rates = median(turn[-1].per_second / turn[0].per_second for turn in turns)
    sums = (
        f"The workers take up one book and the other as they run, in turns. By the median of the turns the longest book"
        f" makes {rates:.1%} of the shortest one's rate, and a message takes {median(map(_more, turns)):+.1%} of the"
        f" processors with it. All that differs is the decision, which alone takes {', then '.join(alone)}."
    )
    return f"{table([*rules, *(f'a message, {each}' for each in rules), 'more'], rows)}\n\n{sums}"


def _more(turn: Sequence[Run]) -> float:
    """What part of a message's processor time the longest book adds."""
    return _sum(turn[-1]) / _sum(turn[0]) - 1


def _sum(run: Run) -> float:
    return sum(run.cpu.values())


def limits_table(pieces: Sequence[Piece], bare: Run, own: Run) -> str:
    """Why there are not more replies a second, nor more acknowledgements."""
    endpoint = Piece("a Starlette endpoint that reads the body", bare.cpu["receiver"])
    world = Piece("customers and provider, who share the cores", own.cpu["customers"] + own.cpu["provider"])
    every = [endpoint, *pieces, world]
    rows = [[one.name, *(f"{time:,.0f} µs" if time else "" for time in (one.here, one.server))] for one in every]
    here, server = (sum(of) for of in zip(*((one.here, one.server) for one in every), strict=True))
    rows.append(["all of these", f"{here:,.0f} µs", f"{server:,.0f} µs"])
    least, cores = here + server, os.cpu_count() or 1
    signature, taken_in = pieces[0], next(piece for piece in pieces if piece.name == TAKEN_IN)
    door = endpoint.here + signature.here + taken_in.here
    sums = (
        f"{GOAL:,} replies a second on {cores} cores leave {cores * 1e6 / GOAL:,.0f} µs a message for everybody. These"
        f" pieces, each measured alone, warm, and {TOGETHER} together, take {least:,.0f}: {cores * 1e6 / least:,.0f} a"
        f" second at the very most. In the service a message takes {_sum(own):,.0f}: processes push each other out of"
        f" the processor's caches, and fewer messages share a trip.\n\n"
        f"Half of the bare endpoint's rate leaves {2 * endpoint.here:,.0f} µs of the receiver a webhook. The endpoint,"
        f" the signature and the ledger's call alone take {door:,.0f}: {endpoint.here / door:.0%} of its rate at most."
    )
    return f"{table(['piece', 'processor time', 'and of the server'], rows)}\n\n{sums}"


def backlog_table(runs: Sequence[Run], number: int, alone: Run) -> str:
    empty, *tenths = runs
    rows = [
        [f"{number * tenth // 10:,}", rate(run.per_second), *(f"{run.memory[role]:.0f} MB" for role in run.memory)]
        for tenth, run in enumerate(tenths, 1)
    ]
    each = (tenths[-1].memory["redis"] - empty.memory["redis"]) * 100_000 / number
    sums = (
        f"100,000 answered messages, each of another person, take {each:.0f} MB of Redis. Under load the receiver takes"
        f" {alone.memory['receiver']:.0f} MB and one worker {alone.memory['worker']:.0f} MB."
    )
    return f"{table(['answered', 'replies a second', 'worker', 'redis'], rows)}\n\n{sums}"


def costs_table(run: Run) -> str:
    rows = [[role, cost.function, f"{cost.share:.1%}"] for role in PROFILED for cost in run.costs[role][:COSTS]]
    return table(["process", "function, without what it calls", "of its time"], rows)
