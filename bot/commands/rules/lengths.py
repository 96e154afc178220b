"""Which replies of a book are longer than an account's provider takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import click

from bot.commands.replying import replies_of
from bot.commands.settings import settings_for
from rules import Book, Fault
from rules.keys import closest, listed
from worker.account_file import AccountSettings
from worker.outbound.providers import open_senders, read_reply
from worker.settings import Role


@dataclass(frozen=True, slots=True)
class Longest:
    """What one text of an account may be."""

    provider: str
    characters: int


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


def too_long(path: Path, book: Book, longest: Longest) -> tuple[Fault, ...]:
    """A fault for each reply that would go out in parts. What placeholders add is not known."""
    advice = "make it shorter; it would go out in parts"
    problem = "reply of {} characters is longer than the {} that {} takes"
    return tuple(
        Fault(str(path), rule.line, 1, rule.name, problem.format(len(reply), *_said(longest)), advice)
        for rule, reply in replies_of(book)
        if len(reply) > longest.characters
    )


def _said(longest: Longest) -> tuple[int, str]:
    return longest.characters, longest.provider
