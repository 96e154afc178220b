"""What `autoreply check` says of the ways out: whether the providers would take our replies, and in how many parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from rules import Book
from worker.account_file import AccountSettings
from worker.doctor import Finding
from worker.outbound import Answer, Examinable
from worker.outbound.providers import PROVIDERS, open_senders
from worker.parts import split
from worker.settings import Settings

ALLOWED: Final = timedelta(seconds=10)  # for a provider to answer


def in_parts(book: Book, account: AccountSettings) -> list[Finding]:
    """The replies that are too long for the account's provider; what their placeholders add is not known."""
    adapter = PROVIDERS.get(account.reply.provider)
    if adapter is None:  # a receiver's machine looks at no `reply`
        return []
    text = "account {}: rule {}: reply of {} characters goes out in {} parts through {}"
    return [
        Finding("warning", text.format(account.name, rule, len(reply), len(parts), account.reply.provider))
        for rule, reply in _replies(book)
        if len(parts := split(reply, adapter.LONGEST)) > 1
    ]


def _replies(book: Book) -> Iterator[tuple[str, str]]:
    for rule in book.rules:
        for reply in (*rule.replies, *rule.late_replies):
            yield rule.name, "".join(part for part in reply.parts if isinstance(part, str))


async def examined(settings: Settings) -> list[Finding]:
    """What the providers say that can be asked without sending anything."""
    findings = []
    for name, sender in open_senders(settings.accounts, connections=1).items():
        if isinstance(sender, Examinable):
            outcome = await sender.examine(ALLOWED)
            findings.append(_finding(name, outcome.answer, outcome.code))
        await sender.aclose()
    return findings


def _finding(account: str, answer: Answer, code: str) -> Finding:
    if answer is Answer.ACCEPTED:
        return Finding("good", f"account {account}: its provider takes our credentials")
    if answer is Answer.CONFIG:
        return Finding("fault", f"account {account}: its provider refuses us ({code}); correct its `reply`")
    return Finding("warning", f"account {account}: no answer of its provider could be had ({code}); try again")
