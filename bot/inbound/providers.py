"""Which providers' webhooks can be taken: a line for each adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.inbound import Address, Addressed, Inbound, Neighbourly
from bot.inbound.channel import ChannelInbound
from bot.inbound.kaleyra import KaleyraInbound
from bot.inbound.meta import MetaInbound
from bot.inbound.prelude import PreludeInbound
from bot.inbound.twilio import TwilioInbound
from worker.account_file import AccountSettings, webhook_url
from worker.options import SettingsError, adapters

PROVIDERS: Final[Mapping[str, type[Inbound]]] = {
    "kaleyra": KaleyraInbound,
    "meta": MetaInbound,
    "prelude": PreludeInbound,
    "twilio": TwilioInbound,
    "webhook": ChannelInbound,
}

ADDRESS: Final = (
    "AUTOREPLY_PUBLIC_URL: missing; the provider of account {} signs the address that it calls:"
    " write how the world reaches this service, such as https://bot.example.com"
)


def read_inbound(accounts: Sequence[AccountSettings], public_url: str | None) -> dict[str, tuple[type[Inbound], Any]]:
    """The adapter of each account and what it is told, by name. Raises SettingsError with every fault of all."""
    found = adapters(PROVIDERS, {account.name: account.inbound for account in accounts})
    lost = [name for name, (adapter, _) in found.items() if public_url is None and _signs_url(adapter)]
    if lost:
        raise SettingsError([ADDRESS.format(name) for name in lost])
    return found


def _signs_url(adapter: object) -> bool:
    return isinstance(adapter, Addressed)


def open_inbound(accounts: Sequence[AccountSettings], public_url: str | None) -> dict[str, Inbound]:
    """The adapter of each account, by name, ready for its webhooks. Raises SettingsError with every fault of all."""
    found = read_inbound(accounts, public_url)
    opened = {
        account.name: adapter(Address(account.name, account.number, webhook_url(public_url, account.name)), options)
        for account in accounts
        for adapter, options in [found[account.name]]
    }
    for inbound in opened.values():
        if isinstance(inbound, Neighbourly):
            inbound.meet(opened.values())
    return opened
