"""`autoreply rules replay`: what a book would change for messages that really came."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.commands.rules.printing import print_json
from bot.commands.rules.reading import BOOK, read_or_exit
from bot.commands.rules.replayed import print_report
from bot.commands.settings import settings_for
from bot.commands.span import Span
from rules import Book
from rules.as_json import iso, shadow_json
from worker.connection import open_ledger
from worker.ledger import LedgerUnavailable
from worker.replay import Change, Replay, Report, Said, ShadowChange, Standing
from worker.settings import READER, Settings


@click.command()
@click.argument("book", type=BOOK)
@click.option("--since", metavar="TIME", type=Span(), help="Only messages of this time until now, such as 14d.")
@click.option("--limit", default=3, show_default=True, type=click.IntRange(0), help="Messages shown of each change.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document with every change.")
@click.option("--fail-on-change", is_flag=True, help="Exit 1 where a message would be answered otherwise.")
def replay(book: Path, since: timedelta | None, limit: int, *, as_json: bool, fail_on_change: bool) -> None:
    """Ask BOOK about the messages that were recorded, and show where it says something else than was said then.

    Each is asked by itself, at the time and with what was remembered of its conversation when it was decided. Nothing
    is sent or changed, and the service may run meanwhile. Records are kept for the retention time; the book that
    decided them changes nothing.

    What rules in shadow would have answered is compared, too, and told apart: it fails nothing, since nobody hears it.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply rules replay support.yaml --since 7d
    """
    result = read_or_exit(book, as_json=as_json)
    gc.freeze()  # a long book is a million objects, none of them garbage: the collector need not look at them again
    settings = settings_for(READER)
    after = datetime.now(UTC) - since if since else None
    try:
        report = asyncio.run(_replay(result, settings, after))
    except LedgerUnavailable as error:
        raise click.ClickException(
            f"the messages cannot be read: Redis does not answer ({error}).\n"
            "Start it, or write its address into AUTOREPLY_REDIS_URL; `autoreply check` says more."
        ) from error
    if as_json:
        print_json(_report_json(result, after, report))
    else:
        print_report(result, after, report, limit)
    if fail_on_change and report.changes:
        raise SystemExit(1)


async def _replay(book: Book, settings: Settings, since: datetime | None) -> Report:
    ledger = open_ledger(settings.redis_url, settings.retention, connections=1)
    replay = Replay(book)
    try:
        async for record in ledger.decided(since):
            replay.take(record)
    finally:
        await ledger.aclose()
    return replay.report()


def _report_json(book: Book, since: datetime | None, report: Report) -> dict[str, Any]:
    return {
        "book": {"name": book.name, "version": book.version},
        "since": iso(since),
        "messages": report.messages,
        "changed": len(report.changes),
        "kinds": report.kinds,
        "guessed": {"messages": report.guessed, "changed": report.guessed_changes},
        "unreadable": report.unreadable,
        "rules": _rules_json(report.standings),
        "changes": [_change_json(change) for change in report.changes],
        "shadows": {
            "changed": len(report.shadows.changes),
            "kinds": report.shadows.kinds,
            "rules": _rules_json(report.shadows.standings),
            "changes": [_shadow_change_json(change) for change in report.shadows.changes],
        },
    }


def _rules_json(standings: Iterable[Standing]) -> list[dict[str, Any]]:
    return [
        {"rule": each.rule, "then": each.then, "now": each.now, "won": each.won, "lost": each.lost}
        for each in standings
    ]


def _change_json(change: Change) -> dict[str, Any]:
    return {
        **_asked_json(change),
        "guessed": change.question.guessed,
        "then": _said_json(change.then),
        "now": _said_json(change.now),
    }


def _shadow_change_json(change: ShadowChange) -> dict[str, Any]:
    """`then` and `now` have each rule in shadow that would have answered, in order."""
    return {
        **_asked_json(change),
        "then": [shadow_json(shadow) for shadow in change.then],
        "now": [shadow_json(shadow) for shadow in change.now],
    }


def _asked_json(change: Change | ShadowChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "message": change.key,
        "text": change.question.message.text,
        **({"media": change.question.message.media} if change.question.message.media else {}),
        "decided_at": iso(change.question.now),
    }


def _said_json(said: Said) -> dict[str, Any]:
    """`actions` is null where what was done is not recorded."""
    actions = None if said.actions is None else list(said.actions)
    return {"rule": said.rule, "reply": said.reply, "silence": said.silence, "actions": actions}
