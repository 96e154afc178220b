"""`autoreply hand-off` and `forget`: what a person asks for, or an operator does for them."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.commands.operating.asking import as_json_option, ask, report
from bot.commands.rules.printing import shown
from bot.commands.rules.reading import counted
from bot.commands.settings import settings_for
from bot.commands.span import Span
from rules.durations import write_duration
from worker.ledger import spellings
from worker.settings import READER


@click.command("hand-off", short_help="Answer a person yourself for a while.")
@click.argument("number")
@click.option("--for", "span", metavar="TIME", type=Span(), default="4h", show_default=True, help="Such as 30m or 2d.")
@as_json_option
def hand_off(*, number: str, span: timedelta, as_json: bool) -> None:
    """Keep the book silent in the conversations with NUMBER, since a person answers.

    Messages that come meanwhile end `silent`, with the reason `handed_off`. It ends by itself, or by
    `autoreply resume NUMBER`. A second hand-off sets the time anew.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply hand-off +33612345678 --for 2h
    """
    longest = settings_for(READER).retention
    if span > longest:
        raise click.BadParameter(
            f"a conversation is remembered for {write_duration(longest)} (AUTOREPLY_RETENTION); write no more",
            param_hint="--for",
        )
    result = ask(lambda ledger: ledger.hand_off(number, span))
    known = spellings(number)[0]
    done = f"the book is silent towards {known} for {write_duration(span)}; `autoreply resume {known}` ends it"
    report(result, done, "there is no conversation with this number: it has not written yet", as_json=as_json)


@click.command(short_help="Erase a person.")
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask whether you mean it.")
@as_json_option
def forget(*, number: str, yes: bool, as_json: bool) -> None:
    """Erase all that is kept of NUMBER, at once and in all accounts: records with their texts and replies, the
    conversation (opt-out and hand-off included), notices that are not delivered yet, and RQ's jobs.

    A worker that is sending to them at this moment finishes, and writes nothing. What was logged never had text or
    number. What stays until it expires are the provider's ids of messages and events, so that a webhook which is
    delivered again brings nothing back; and in the audit trail a keyed hash of the number.

    An opt-out is forgotten, too: when the person writes again, the book answers as it answers a stranger.

    The ledger looks at every key once, besides the conversation's own list, for what older versions wrote; in a large
    Redis that takes a while and holds up nobody. Should it be broken off, run it again.

    \b
    Needs:   AUTOREPLY_REDIS_URL
    Example:
      $ autoreply forget +33612345678
    """
    if not yes:
        messages = ask(lambda ledger: ledger.messages_of(number))
        question = f"{counted(messages, 'message')} of {shown(number)} and all else will be erased for good. Go on?"
        click.confirm(question, abort=True, err=True)
    result = ask(lambda ledger: ledger.forget(number))
    numbers = (counted(result.facts[each], each[:-1]) for each in ("records", "conversations", "notices"))
    done = f"{number} is forgotten: {', '.join(numbers)}"
    report(result, done, f"nothing was kept of {number}", as_json=as_json)
