"""`autoreply status`: what goes on now, and what waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bot.commands.operating.as_json import status_json
from bot.commands.operating.asking import as_json_option, operating, unavailable
from bot.commands.operating.listing import STYLES
from bot.commands.operating.wording import moment, span
from bot.commands.rules.printing import output, print_json, shown
from bot.commands.settings import settings_for
from rules.as_json import iso
from worker.bookshelf import Report, Reports, differing, open_reports
from worker.ledger import AccountStatus, LedgerUnavailable, Operating, Status
from worker.settings import READER, Settings

EVERY: Final = timedelta(seconds=1)
# What is counted, in the order of a message's life; others follow by name.
COUNTS: Final = {
    "taken_in": "taken in",
    "duplicate": "duplicates",
    "conflict": "conflicting events",
    "silent": "silent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "resent": "resent",
    "doubled": "doubled",
    "unconfirmed": "unconfirmed",
    "retrying": "retries",
    "failed": "failed",
    "rejected": "rejected",
    "given_up": "given up",
    "window_closed": "window closed",
    "templated": "templated",
    "discarded": "discarded",
    "account_paused": "pauses by the provider",
    "fenced_off": "came too late to count",
    "idle_ring": "idle rings",
}


@click.command(short_help="Show what goes on now.")
@click.option("--once", is_flag=True, help="Print it once; in a pipe it is printed once anyway.")
@as_json_option
def status(*, once: bool, as_json: bool) -> None:
    """Show messages by state, what is ready for workers, accounts, workers with their books, counts, and Redis.

    In a terminal it goes on until Ctrl-C, looking each second. What waits for a person stands in yellow or red:
    `autoreply list --state STATE` names those messages, `autoreply show ID` tells one's story.

    Messages are those of the retention time; counts are since this Redis first held any.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply status --once
    """
    settings, console = settings_for(READER), output()
    try:
        if as_json or once or not console.is_terminal:
            asyncio.run(_once(settings, console, as_json=as_json))
        else:
            asyncio.run(_watch(settings, console))
    except LedgerUnavailable as error:
        raise unavailable(error) from error
    except KeyboardInterrupt:
        return


async def _once(settings: Settings, console: Console, *, as_json: bool) -> None:
    async with operating(settings) as ledger, open_reports(settings.redis_url) as reports:
        found, workers = await _look(ledger, reports)
    if as_json:
        print_json({**status_json(found), "workers": [_worker_json(report) for report in workers]})
        return
    for line in _lines(found, workers):
        console.print(line)


async def _watch(settings: Settings, console: Console) -> None:
    """A Redis that is away is told of, and waited for."""
    task = asyncio.current_task()
    async with operating(settings) as ledger, open_reports(settings.redis_url) as reports:
        with Live(console=console, auto_refresh=False) as live:
            while task and not task.cancelling():  # redis-py may swallow the one Ctrl-C while it connects
                try:
                    view = Group(*_lines(*await _look(ledger, reports)))
                except LedgerUnavailable as error:
                    view = Group(Text(f"Redis does not answer ({error})", "bold red"))
                live.update(view, refresh=True)
                await asyncio.sleep(EVERY.total_seconds())


async def _look(ledger: Operating, reports: Reports) -> tuple[Status, list[Report]]:
    return await ledger.status(), await reports.read()


def _worker_json(report: Report) -> dict[str, Any]:
    return asdict(report) | {"since": iso(report.since)}


def _lines(status: Status, workers: Sequence[Report]) -> Iterator[Text]:
    yield _labelled("now", f"{moment(status.now)} UTC")
    yield from _messages(status)
    for account in status.accounts:
        yield _account(status, account)
    yield from _workers(workers)
    yield _labelled("counts", "" if status.counts else "nothing yet")
    yield from _counts(status)
    yield _redis(status)


def _messages(status: Status) -> Iterator[Text]:
    present = [(state, number) for state, number in status.states.items() if number]
    yield _labelled("messages", "" if present else "none yet")
    for state, number in present:
        yield Text.assemble(f"{number:>13,}  ", (state, STYLES.get(state, "")))


def _account(status: Status, account: AccountStatus) -> Text:
    state = {
        "open": ("open", "green"),
        "held": (_held(account), "bold red"),
        "paused": (_paused(account), "bold yellow"),
    }
    waits = f", {account.ready:,} ready"
    if account.oldest:
        waits += f", the oldest for {span(status.now - account.oldest)}"
    if account.closes:
        waits += f", the first window closes in {span(account.closes - status.now)}"
    return Text.assemble(("account   ", "dim"), (shown(account.name), "bold"), " ", state[account.state], waits)


def _held(account: AccountStatus) -> str:
    return f"held by an operator since {moment(account.held)}" if account.held else ""


def _paused(account: AccountStatus) -> str:
    since = f" since {moment(account.since)}" if account.since else ""
    until = f", probed from {moment(account.until)}" if account.until else ""
    return f"paused ({shown(account.why or '?')}){since}{until}"


def _workers(workers: Sequence[Report]) -> Iterator[Text]:
    if not workers:
        yield _labelled("workers", "none runs now; start one with `autoreply work`", "bold red")
    for report in workers:
        yield _labelled("worker", shown(f"{report}: book {report.book}, {report.rules} rules"))
        if report.refusal:
            yield _labelled("", "it refuses what its file holds now; `autoreply reload` says why", "bold yellow")
    if differing(workers):
        yield _labelled("", "the workers run different books; `autoreply reload` says more", "bold yellow")


def _counts(status: Status) -> Iterator[Text]:
    others = sorted(status.counts.keys() - COUNTS.keys())
    for name in [*(name for name in COUNTS if name in status.counts), *others]:
        label = COUNTS.get(name, name.replace("_", " "))
        yield Text.assemble(f"{status.counts[name]:>13,}  ", (shown(label), "bold red" if name == "doubled" else ""))


def _redis(status: Status) -> Text:
    limit = f" of {status.memory_limit >> 20:,}" if status.memory_limit else ""
    since = f", holds our data since {moment(status.epoch)}" if status.epoch else ""
    rest = f", {status.rings:,} rings, {status.notices:,} notices to deliver"
    return _labelled("redis", f"{status.memory >> 20:,}{limit} MB{since}{rest}")


def _labelled(label: str, text: str, style: str = "") -> Text:
    return Text.assemble((f"{label:10}", "dim"), (text, style))
