"""What an account's provider takes, by the settings. Loads every provider, so it is loaded where it is asked."""

from __future__ import annotations

import asyncio

import click

from bot.commands.rules.lengths import Longest
from bot.commands.settings import settings_for
from rules.keys import closest, listed
from worker.account_file import AccountSettings
from worker.outbound.providers import open_senders, read_reply
from worker.settings import Role


def longest_of(name: str) -> Longest:
    """Of the account that the settings call so; ends the command where they are not complete, or know none."""
    settings = settings_for(Role.WORKER, lambda settings: read_reply(settings.accounts))
    accounts = {account.name: account for account in settings.accounts}
    if name not in accounts:
        guess = closest(name, accounts)
        advice = f"did you mean `{guess}`?" if guess else f"write one of {listed(accounts)}"
        raise click.ClickException(f"the settings have no account `{name}`; {advice}")
    return asyncio.run(_longest(accounts[name]))


async def _longest(account: AccountSettings) -> Longest:
    sender = open_senders([account], connections=1)[account.name]
    try:
        return Longest(account.reply.provider, sender.LONGEST)
    finally:
        await sender.aclose()
