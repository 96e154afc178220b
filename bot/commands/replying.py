"""What `autoreply check` says of the ways out: whether the providers would take our replies, and in how many parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.commands.rules.lengths import replies_of
from rules import Book
from worker.account_file import AccountSettings
from worker.doctor import Finding
from worker.outbound import Answer, Examinable, Polled
from worker.outbound.providers import open_senders
from worker.parts import split
from worker.settings import Settings

ALLOWED: Final = timedelta(seconds=10)  # for a provider to answer
UNHEARD: Final = (
    "account {0}: what becomes of its replies is not heard, as its webhooks are not of {1}: a reply that {1} takes"
    " counts as sent, even where its window was over"
)


async def ways_out(settings: Settings, books: Mapping[Path, Book]) -> list[Finding]:
    """Of each account: what its provider says, where it can be asked without sending anything, whether it will be heard
    what became of replies, and which of them are longer than the provider takes."""
    senders = open_senders(settings.accounts, connections=1)
    findings = []
    for account in settings.accounts:
        sender = senders[account.name]
        if isinstance(sender, Examinable):
            outcome = await sender.examine(ALLOWED)
            findings.append(_finding(account.name, outcome.answer, outcome.code))
        if not account.hears_of_replies and not isinstance(sender, Polled):
            findings.append(Finding("warning", UNHEARD.format(account.name, account.reply.provider)))
        if (book := books.get(account.book or Path())) is not None:
            findings += _in_parts(book, account, sender.LONGEST)
        await sender.aclose()
    return findings


def _in_parts(book: Book, account: AccountSettings, longest: int) -> Iterator[Finding]:
    """What placeholders add is not known."""
    text = "account {}: rule {}: reply of {} characters goes out in {} parts through {}"
    for rule, reply in replies_of(book):
        if len(parts := split(reply, longest)) > 1:
            said = text.format(account.name, rule.name, len(reply), len(parts), account.reply.provider)
            yield Finding("warning", said)


def _finding(account: str, answer: Answer, code: str) -> Finding:
    if answer is Answer.ACCEPTED:
        return Finding("good", f"account {account}: its provider takes our credentials")
    if answer is Answer.CONFIG:
        return Finding("fault", f"account {account}: its provider refuses us ({code}); correct its `reply`")
    return Finding("warning", f"account {account}: no answer of its provider could be had ({code}); try again")
