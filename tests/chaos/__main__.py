"""`python -m tests.chaos --kills 2000 --seed 1`: prints the table of deploy/RELIABILITY.md."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from tests.chaos.nemesis import Nemesis
from tests.chaos.run import run
from tests.chaos.verdict import Verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100, help="of receiver, workers and Redis together")
    parser.add_argument("--per-second", type=float, default=20, help="messages")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two harms at most")
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        verdict, nemesis = asyncio.run(
            run(
                Path(folder),
                arguments.seed,
                lambda nemesis: nemesis.kills.total() >= arguments.kills,
                per_second=arguments.per_second,
                pause=(0.05, arguments.pause),
            )
        )
    print(report(arguments.seed, verdict, nemesis, time.monotonic() - began))  # noqa: T201
    if not verdict.good:
        raise SystemExit(1)


def report(seed: int, verdict: Verdict, nemesis: Nemesis, seconds: float) -> str:
    """As a table."""
    rows = [
        ("seed", seed),
        ("minutes", f"{seconds / 60:.0f}"),
        ("messages acknowledged", verdict.messages),
        ("kills", f"{nemesis.kills.total()} ({_list(nemesis.kills)})"),
        ("harm of other kinds", _list(nemesis.harm)),
        ("answers of Redis swallowed", nemesis.proxy.swallowed),
        ("ended as", _list(verdict.states)),
        ("lost", _named(verdict.lost)),
        ("late", _named(verdict.late)),
        ("doubled", _named(verdict.doubled)),
        ("doubled where it was decided to risk it", verdict.risked),
        ("answered out of order", _named(verdict.disordered)),
        ("not come to rest", _named(verdict.unsettled)),
        ("recovery after a worker's death, p50 / p99", _times(verdict.recoveries)),
        ("recovery after Redis's return, p50 / p99", _times(verdict.redis_recoveries)),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _list(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counted.items()))


def _named(found: list[str]) -> str:
    return str(len(found)) if not found else f"**{len(found)}**: {', '.join(found[:5])}"


def _times(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "-"
    cuts = quantiles(seconds, n=100)
    return f"{cuts[49]:.1f} s / {cuts[98]:.1f} s"


if __name__ == "__main__":
    main()
