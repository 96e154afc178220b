"""`autoreply reload`: every worker looks at its rule book now, and says what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from bot.commands.settings import settings_for
from rules.as_json import iso
from worker.bookshelf import Answers, Report, differing, open_reports
from worker.ledger import LedgerUnavailable
from worker.secret import Secret
from worker.settings import READER


@click.command(short_help="Make the workers look at their rule book now.")
@click.option(
    "--wait", default=10, show_default=True, type=click.IntRange(0), help="Seconds; a long book takes its time to load."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def reload(*, wait: int, as_json: bool) -> None:
    """Make all workers, on all hosts, look at their rule book now, and print what each of them runs.

    It is not needed: a worker sees a changed book by itself within seconds. But it waits until the change is in force,
    or says who refuses it and why. A book with a fault is refused, and the one before it stays in force.

    Exits 0 if all workers run the same book and none refuses its file; 1 if not, if one does not answer in time, or if
    there is none.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply reload
      5f1c09ab on shop-1, process 4711: book 0b6f2a91c3d4, 14 rules, since 2026-03-02 12:00:00 UTC
    """
    try:
        answers = asyncio.run(_ask(settings_for(READER).redis_url, timedelta(seconds=wait)))
    except LedgerUnavailable as error:
        raise click.ClickException(f"Redis does not answer ({error}); check AUTOREPLY_REDIS_URL") from error
    if as_json:
        click.echo(json.dumps(_json(answers)))
    else:
        for line in _lines(answers, wait):
            click.echo(line)
    if not answers.agree:
        raise SystemExit(1)


async def _ask(redis_url: Secret, patience: timedelta) -> Answers:
    async with open_reports(redis_url) as reports:
        return await reports.have_all_look(patience)


def _lines(answers: Answers, waited: int) -> Iterator[str]:
    for report in answers.answered:
        yield f"{report}: {_runs(report)}"
        if report.refusal:
            yield f"  it refuses what {report.file} holds now:"
            yield from (f"    {fault}" for fault in report.refusal.faults)
    for report in answers.silent:
        yield f"{report}: no answer within {waited} seconds; before, {_runs(report)}"
    if not answers.answered and not answers.silent:
        yield "no worker runs; start one with `autoreply work`"
    elif differing(answers.answered):
        yield "the workers run different books; give all hosts the same file"


def _runs(report: Report) -> str:
    return f"book {report.book}, {report.rules} rules, since {report.since:%Y-%m-%d %H:%M:%S} UTC"


def _json(answers: Answers) -> dict[str, Any]:
    return {
        "agree": answers.agree,
        "workers": [_report_json(report, answered=True) for report in answers.answered]
        + [_report_json(report, answered=False) for report in answers.silent],
    }


def _report_json(report: Report, *, answered: bool) -> dict[str, Any]:
    return asdict(report) | {"since": iso(report.since), "answered": answered}
