"""`autoreply list`: messages by what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from rich.text import Text

from bot.commands.operating.as_json import record_json
from bot.commands.operating.asking import as_json_option, ask
from bot.commands.operating.wording import quoted, span
from bot.commands.rules.printing import output, print_json, shown
from bot.commands.span import Span
from worker.ledger import Record, State, Unreadable, Wanted

STYLES: Final = {
    State.UNCONFIRMED: "bold yellow",
    State.RETRYING: "yellow",
    State.PAUSED: "yellow",
    State.FAILED: "red",
    State.REJECTED: "red",
    State.GIVEN_UP: "bold red",
    State.WINDOW_CLOSED: "red",
    State.SENT: "green",
    State.DELIVERED: "green",
    State.READ: "green",
}


@click.command("list", short_help="List messages by state, sender, rule, error or age.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Where they are in their life.")
@click.option("--sender", metavar="NUMBER", help="Of this person.")
@click.option("--rule", metavar="NAME", help="Which decided.")
@click.option("--error", "reason", metavar="REASON", help="Why they ended so: a provider's code, no_rule, ...")
@click.option("--account", metavar="NAME", help="Of this account.")
@click.option("--older", metavar="TIME", type=Span(), help="Longer in their state than this, such as 5m.")
@click.option("--newer", metavar="TIME", type=Span(), help="Not so long in their state, such as 1h.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json_option
def list_(
    *,
    state: str | None,
    sender: str | None,
    rule: str | None,
    reason: str | None,
    account: str | None,
    older: timedelta | None,
    newer: timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List messages, those first whose state changed last: age in it, state, reason, rule, sender, text and key.

    All that you ask for must hold. The key is what `autoreply show`, `resend` and `discard` take. It reads the records
    page by page and holds up nobody.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Examples:
      $ autoreply list --state unconfirmed --older 5m
      $ autoreply list --error no_rule --newer 1d
    """
    wanted = Wanted(State(state) if state else None, account, sender, rule, reason, older, newer)
    found, more = ask(lambda ledger: ledger.find(wanted, limit))
    if as_json:
        print_json({"messages": [record_json(record) for record in found], "more": more})
        return
    console = output()
    for line in _lines(found, datetime.now(UTC)):
        console.print(line)
    if more:
        console.print(Text(f"and more; --limit {2 * limit} shows as many", "dim"))
    elif not found:
        console.print("no message is so")


def _lines(found: list[Record | Unreadable], now: datetime) -> Iterator[Text]:
    for record in found:
        if isinstance(record, Unreadable):
            yield Text(f"{'?':>7}  unreadable: damaged, or of a newer version  {shown(record.key)}", "red")
            continue
        yield Text.assemble(
            f"{span(now - record.changed_at):>7}  ",
            (f"{record.state:<13}", STYLES.get(record.state, "")),
            (f"  {shown(record.reason or '-'):<16}", "dim"),
            f"  {shown(record.rule or '-'):<16}  {shown(record.message.sender):<14}  ",
            quoted(record.message.text, 40),
            (f"  {shown(record.key)}", "bold"),
        )
