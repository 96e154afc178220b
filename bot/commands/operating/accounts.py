"""`autoreply pause` and `resume`: whether anything is sent for an account, and whether a person is answered."""

from __future__ import annotations

import click

from bot.commands.operating.asking import as_json_option, ask, report
from worker.ledger import is_number

UNKNOWN = "there is no account {}; `autoreply status` names them"


@click.command(short_help="Send nothing for an account until it is resumed.")
@click.argument("account")
@as_json_option
def pause(*, account: str, as_json: bool) -> None:
    """Send nothing for ACCOUNT until `autoreply resume ACCOUNT`.

    Messages are taken in all the while and wait in order; those whose windows close end as they do after an outage.
    What is being sent at this moment ends.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply pause prelude
    """
    result = ask(lambda ledger: ledger.pause(account))
    done = f"{account} is paused; `autoreply resume {account}` opens it again"
    report(result, done, UNKNOWN.format(account), as_json=as_json)


@click.command(short_help="Send for an account again, or answer a person again.")
@click.argument("target", metavar="ACCOUNT|NUMBER")
@as_json_option
def resume(*, target: str, as_json: bool) -> None:
    """Send for ACCOUNT again, whether you paused it or the provider's refusals did; or let the book answer NUMBER
    again, whom a person has answered since a hand-off.

    What begins with + or a digit is a number. Somebody who has opted out stays so: only they can opt in.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Examples:
      $ autoreply resume prelude
      $ autoreply resume +33612345678
    """
    if is_number(target):
        result = ask(lambda ledger: ledger.take_back(target))
        unknown = "there is no conversation with this number"
        report(result, f"the book answers {target} again", unknown, as_json=as_json)
    else:
        result = ask(lambda ledger: ledger.resume(target))
        report(result, f"{target} is open", UNKNOWN.format(target), as_json=as_json)
