"""`autoreply audit`: who changed what."""

from __future__ import annotations

from datetime import datetime

import click

from bot.commands.operating.asking import as_json_option, ask
from bot.commands.operating.wording import moment
from bot.commands.rules.printing import print_json, shown


@click.command(short_help="Show what operators did.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="The latest so many.")
@as_json_option
def audit(*, limit: int, as_json: bool) -> None:
    """Show what operators did, the latest first: when, who, what, on what, and what came of it.

    It is written in the same step as the change itself. The latest 10,000 entries are kept, for a year at most. A
    person stands in it as a keyed hash, the same one for the same number, and never by number.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply audit --limit 3
    """
    entries = ask(lambda ledger: ledger.audit(limit))
    if as_json:
        print_json({"entries": entries})
        return
    for each in entries:
        at, what = moment(datetime.fromisoformat(each["at"])), f"{each['what']:8}"
        click.echo(shown(f"{at}  {each['who']}  {what}  {each['on']}  {each['result']}"))
    if not entries:
        click.echo("no operator has changed anything")
