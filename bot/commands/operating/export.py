"""`autoreply export`: the records, for whatever reads JSON lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from bot.commands.operating.as_json import story_json
from bot.commands.operating.asking import ask
from bot.commands.rules.printing import print_json
from bot.commands.span import Span
from worker.ledger import Operating


@click.command(short_help="Print the records as JSON lines.")
@click.option("--since", metavar="TIME", type=Span(), help="Only messages of this time until now, such as 7d.")
@click.option("--json", "as_json", is_flag=True, help="Changes nothing: it is JSON anyway.")
def export(*, since: timedelta | None, as_json: bool) -> None:
    """Print the records of messages to the standard output, one JSON object a line, in no order.

    Each has the message, the decision, every state it came into and every attempt: it holds people's texts and numbers,
    so mind where you keep it. All that there were at the start are printed, once each; a damaged one with its key
    alone.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply export --since 7d > week.jsonl
    """
    ask(lambda ledger: _export(ledger, datetime.now(UTC) - since if since else None))


async def _export(ledger: Operating, since: datetime | None) -> None:
    async for story in ledger.records(since):
        print_json(story_json(story))
