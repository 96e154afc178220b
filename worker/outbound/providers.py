"""Through which providers replies can go: a line for each adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from worker.account_file import AccountSettings
from worker.options import SettingsError, adapters
from worker.outbound import Bound, Sender
from worker.outbound.channel import ChannelSender
from worker.outbound.kaleyra import KaleyraSender
from worker.outbound.meta import MetaSender
from worker.outbound.mojeeb import MojeebSender
from worker.outbound.prelude import PreludeSender
from worker.outbound.twilio import TwilioSender
from worker.secret import masked

PROVIDERS: Final[Mapping[str, type[Sender]]] = {
    "kaleyra": KaleyraSender,
    "meta": MetaSender,
    "mojeeb": MojeebSender,
    "prelude": PreludeSender,
    "twilio": TwilioSender,
    "webhook": ChannelSender,
}


def read_reply(accounts: Sequence[AccountSettings]) -> dict[str, tuple[type[Sender], Any]]:
    """The adapter of each account and what it is told, by name. Raises SettingsError with every fault of all."""
    found = adapters(PROVIDERS, {account.name: account.reply for account in accounts})
    lost = [account for account in accounts if not _knows(found[account.name][0], account.inbound.provider)]
    if lost:
        raise SettingsError([_unknown(account) for account in lost])
    return found


def _knows(adapter: object, inbound: str) -> bool:
    """Whether a reply to what this provider brought can be sent at all."""
    return not isinstance(adapter, Bound) or inbound in adapter.BOUND_TO


def _unknown(account: AccountSettings) -> str:
    where, by, through = account.reply.where(("provider",)), account.reply.provider, account.inbound.provider
    return (
        f"{where}: `{by}` replies only to messages that it brought itself, and those of account {account.name} come in"
        f" through `{masked(through)}`; let both be of one provider, or let another reply"
    )


def open_senders(accounts: Sequence[AccountSettings], *, connections: int) -> dict[str, Sender]:
    """Each account's, by name; each may use so many connections. Raises SettingsError with every fault of all."""
    found = read_reply(accounts)
    return {
        account.name: adapter.connect(options, number=account.number, connections=connections)
        for account in accounts
        for adapter, options in [found[account.name]]
    }
