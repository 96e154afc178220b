"""`autoreply check`: whether this machine is ready, in words a person can act on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.markup import escape

from bot.commands.replying import ways_out
from bot.commands.settings import Look, complete_settings
from bot.inbound.providers import read_inbound
from rules import Book, BookError, load
from worker.bookshelf import Report, differing, open_reports
from worker.connection import open_ledger
from worker.doctor import Finding, examine
from worker.ledger import LedgerUnavailable, State
from worker.notices import endpoints_named
from worker.options import SettingsError
from worker.outbound.providers import read_reply
from worker.settings import Role, Settings

ROLES: Final = {"receiver": Role.RECEIVER, "worker": Role.WORKER, "both": Role.BOTH}
LOOKS: Final[Mapping[Role, Look]] = {
    Role.RECEIVER: lambda settings: read_inbound(settings.accounts, settings.public_url),
    Role.WORKER: lambda settings: read_reply(settings.accounts),
}
MARKS: Final = {"good": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "fault": "[red]fault[/]  "}


@click.command(short_help="Say what to mend before it runs for real.")
@click.option(
    "--role", type=click.Choice(list(ROLES)), default="both", show_default=True, help="What this machine shall do."
)
def check(role: str) -> None:
    """Look at the settings, the rule book and the Redis server, and say what to mend.

    Exits 1 where something would keep the service from its promises. Changes nothing.
    """
    console = Console(soft_wrap=True, highlight=False)
    try:
        settings = complete_settings(ROLES[role], *(look for needs, look in LOOKS.items() if ROLES[role] & needs))
    except SettingsError as error:
        findings = [Finding("fault", fault) for fault in error.faults]
    else:
        of_books, books = _books(settings)
        of_others = asyncio.run(_others(settings, ROLES[role], books))
        findings = [Finding("good", "settings complete"), *of_books, *of_others]
    for finding in findings:
        console.print(MARKS[finding.level], escape(finding.text))
    if any(finding.level == "fault" for finding in findings):
        raise SystemExit(1)


def _books(settings: Settings) -> tuple[list[Finding], dict[Path, Book]]:
    """What is to be said of them, and those that can be used."""
    findings: list[Finding] = []
    books: dict[Path, Book] = {}
    for file in dict.fromkeys(account.book for account in settings.accounts if account.book is not None):
        try:
            book = books[file] = load(file)
        except BookError as error:
            findings += [Finding("fault", str(fault)) for fault in error.faults]
            continue
        good = Finding("good", f"rule book {file}: {len(book.rules)} rules, version {book.version}")
        findings += [good, *_notified(book, settings)]
    return findings, books


def _notified(book: Book, settings: Settings) -> list[Finding]:
    """The endpoints that rules name and the settings do not have. What they are to be told waits, and is then lost."""
    text = "rule book: no setting has the endpoint of `notify: {0}`; add {0}=https://... to AUTOREPLY_NOTIFY"
    strangers = sorted(endpoints_named(book) - settings.endpoints.keys())
    return [Finding("fault", text.format(name)) for name in strangers]


async def _others(settings: Settings, role: Role, books: Mapping[Path, Book]) -> list[Finding]:
    """What the providers say, and Redis."""
    return [*(await ways_out(settings, books) if role & Role.WORKER else []), *await _redis(settings)]


async def _redis(settings: Settings) -> list[Finding]:
    findings = await examine(settings.redis_url)
    ledger = open_ledger(settings.redis_url, settings.retention, connections=1)
    try:
        async with open_reports(settings.redis_url) as reports:
            return [*findings, *_messages(await ledger.states()), *_workers(await reports.read())]
    except LedgerUnavailable:
        return findings
    finally:
        await ledger.aclose()


def _messages(states: dict[State, int]) -> list[Finding]:
    """What the records of the retention time say; those that wait for a person are warned of."""
    present = ", ".join(f"{number} {state}" for state, number in states.items() if number)
    findings = [Finding("good", f"messages: {present or 'none yet'}")]
    if unconfirmed := states[State.UNCONFIRMED]:
        text = f"{unconfirmed} unconfirmed: each may or may not have reached its customer; look before you write again"
        findings.append(Finding("warning", text))
    if paused := states[State.PAUSED]:
        text = f"{paused} paused: the provider refuses this account; see the log for its code, and mend it there"
        findings.append(Finding("warning", text))
    return findings


def _workers(reports: list[Report]) -> list[Finding]:
    """Which book each worker runs; a file that one refuses is warned of, and workers that disagree."""
    findings = [Finding("good", f"worker {report}: book {report.book}") for report in reports]
    for report in reports:
        if report.refusal:
            text = f"worker {report} refuses what {report.file} holds now: {'; '.join(report.refusal.faults)}"
            findings.append(Finding("warning", text))
    if differing(reports):
        text = "the workers run different books; give all hosts the same file, then run `autoreply reload`"
        findings.append(Finding("warning", text))
    return findings or [Finding("good", "workers: none runs now")]
