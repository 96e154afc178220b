"""Through which providers replies can go: a line for each adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from worker.account_file import AccountSettings
from worker.options import adapters
from worker.outbound import Sender
from worker.outbound.channel import ChannelSender
from worker.outbound.kaleyra import KaleyraSender
from worker.outbound.meta import MetaSender
from worker.outbound.mojeeb import MojeebSender
from worker.outbound.prelude import PreludeSender
from worker.outbound.twilio import TwilioSender

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
    return adapters(PROVIDERS, {account.name: account.reply for account in accounts})


def open_senders(accounts: Sequence[AccountSettings], *, connections: int) -> dict[str, Sender]:
    """Each account's, by name; each may use so many connections. Raises SettingsError with every fault of all."""
    found = read_reply(accounts)
    return {
        account.name: adapter.connect(options, number=account.number, connections=connections)
        for account in accounts
        for adapter, options in [found[account.name]]
    }
