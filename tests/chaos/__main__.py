"""The tables of deploy/RELIABILITY.md.

python -m tests.chaos rage --seeds 1 2 3 4 --kills 500
python -m tests.chaos recover --seed 1 --trials 100
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.recovery import recover
from tests.chaos.report import raged, recovered
from tests.chaos.run import Run, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rage = commands.add_parser("rage", help="all kinds of harm at once")
    rage.add_argument("--seeds", type=int, nargs="+", default=[1])
    rage.add_argument("--kills", type=int, default=100, help="of receiver, workers and Redis together, with each seed")
    rage.add_argument("--per-second", type=float, default=10, help="messages")
    rage.add_argument("--pause", type=float, default=2.5, help="seconds between two harms at most")
    recovery = commands.add_parser("recover", help="one kill at a time, and how long it is felt")
    recovery.add_argument("--seed", type=int, default=1)
    recovery.add_argument("--trials", type=int, default=100, help="with a worker, and as many with Redis")
    recovery.add_argument("--per-second", type=float, default=10, help="messages")
    arguments = parser.parse_args()
    good = _rage(arguments) if arguments.command == "rage" else _recover(arguments)
    sys.exit(0 if good else 1)


def _rage(arguments: argparse.Namespace) -> bool:
    runs: list[Run] = []
    for seed in arguments.seeds:
        folder = Path(tempfile.mkdtemp())
        runs.append(
            asyncio.run(
                run(
                    folder,
                    seed,
                    lambda nemesis: nemesis.kills.total() >= arguments.kills,
                    per_second=arguments.per_second,
                    pause=(0.05, arguments.pause),
                )
            )
        )
        print(raged(runs), flush=True)  # noqa: T201
        if runs[-1].verdict.good:
            shutil.rmtree(folder)
        else:
            print(f"what was logged and written is in {folder}", file=sys.stderr)  # noqa: T201
    return all(each.verdict.good for each in runs)


def _recover(arguments: argparse.Namespace) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(recover(Path(folder), arguments.seed, arguments.trials, per_second=arguments.per_second))
    print(recovered(arguments.seed, found, time.monotonic() - began))  # noqa: T201
    return found.lost == 0


if __name__ == "__main__":
    main()
