"""`autoreply resend` and `discard`: what a person decides about one message."""

from __future__ import annotations

import click

from bot.commands.operating.asking import as_json_option, ask, not_found, report
from worker.ledger import Operating, Result


@click.command(short_help="Send a message's reply again.")
@click.argument("name", metavar="ID")
@as_json_option
def resend(*, name: str, as_json: bool) -> None:
    """Send a message round again: one that is unconfirmed, failed, rejected or given_up, and whose window is open.

    It goes with the reply that was decided for it, whatever the book says by now, and counts as one reply. Its turn in
    the conversation is kept. Should a delivery event tell meanwhile that the first reply did arrive, it is not sent.

    ID is the message's key, or the provider's id of it. Look first: `autoreply show ID` says what is known.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply resend prelude_im_01k8aq2zggeyssvt53zgvpx63a
    """
    result = ask(lambda ledger: _change(ledger, "resend", name))
    done = f"{result.on} goes round again (it was {{before}}); `autoreply show {result.on}` follows it"
    report(result, done, not_found(name), as_json=as_json)


@click.command(short_help="End a message that shall not be answered.")
@click.argument("name", metavar="ID")
@as_json_option
def discard(*, name: str, as_json: bool) -> None:
    """End a message that shall not be answered: one that is queued, retrying, paused or unconfirmed. Or put one away
    that failed, was rejected or given_up: it waits for nobody any more.

    Its record stays for the retention time, in the state `discarded`. One that a worker has at this moment is refused:
    it may be on its way to the provider.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply discard prelude_im_01k8aq2zggeyssvt53zgvpx63a
    """
    result = ask(lambda ledger: _change(ledger, "discard", name))
    report(result, f"{result.on} is discarded (it was {{before}})", not_found(name), as_json=as_json)


async def _change(ledger: Operating, what: str, name: str) -> Result:
    key = await ledger.key_of(name) or name
    return await (ledger.resend(key) if what == "resend" else ledger.discard(key))
