"""The tables, as deploy/RELIABILITY.md has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import quantiles

from tests.chaos.recovery import Recovery
from tests.chaos.run import Run


def raged(runs: Sequence[Run]) -> str:
    """A column for each seed."""
    rows: dict[str, list[object]] = {
        "seed": [run.seed for run in runs],
        "minutes": [f"{run.seconds / 60:.0f}" for run in runs],
        "messages acknowledged": [run.verdict.messages for run in runs],
        "kills": [run.nemesis.kills.total() for run in runs],
        "of them": [_list(run.nemesis.kills) for run in runs],
        "harm, all kinds": [_list(run.nemesis.harm) for run in runs],
        "answers of Redis swallowed": [run.nemesis.proxy.swallowed for run in runs],
        "**lost**": [_named(run.verdict.lost) for run in runs],
        "**late**": [_named(run.verdict.late) for run in runs],
        "**doubled**": [_named(run.verdict.doubled) for run in runs],
        "answered out of order": [_named(run.verdict.disordered) for run in runs],
        "not come to rest": [_named(run.verdict.unsettled) for run in runs],
        "given up after three crashes, for a person": [_named(run.verdict.given_up) for run in runs],
        "unconfirmed for a while, sent again": [run.verdict.resent for run in runs],
        "of them arrived twice": [run.verdict.risked for run in runs],
        "ended as": [_list(run.verdict.states) for run in runs],
    }
    return _table([[name, *values] for name, values in rows.items()])


def recovered(seed: int, found: Recovery, seconds: float) -> str:
    """p50, p99 and the longest."""
    head = ["", "trials", "p50", "p99", "longest"]
    rows = [
        [what, len(took), *_times(took)]
        for what, took in (
            ("a worker's kill -9", found.after_worker),
            ("Redis's return", found.after_redis),
        )
    ]
    notes = (
        f"Seed {seed}, {seconds / 60:.0f} minutes, {found.held_up} replies owed in all, {found.lost} lost."
        f" Not in the table: {len(found.doubtful)} that were unconfirmed, and were sent once more when two minutes had"
        " told nothing of them."
    )
    return "\n".join([_table([head, *rows]), "", notes])


def _table(rows: Sequence[Sequence[object]]) -> str:
    head, *body = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def _list(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counted.items()))


def _named(found: Sequence[str]) -> str:
    return str(len(found)) if not found else f"**{len(found)}**: {', '.join(found[:5])}"


def _times(seconds: Sequence[float]) -> Iterable[str]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return [f"{value:.1f} s" for value in (cuts[49], cuts[98], max(seconds))]
