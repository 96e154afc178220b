"""The adapters as tests want them: without a file of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.inbound import Address, Webhook
from bot.inbound.prelude import PreludeInbound, PreludeOptions
from bot.sandbox.providers.mojeeb import AGENT
from tests.events import signing_key
from worker.outbound.mojeeb import MojeebOptions, MojeebSender
from worker.outbound.prelude import PreludeOptions as PreludeReplyOptions
from worker.outbound.prelude import PreludeSender
from worker.secret import Secret


def prelude_inbound(*names: str, account: str = "prelude") -> PreludeInbound:
    """One that believes the keys of these names."""
    keys = tuple(signing_key(name).public_key() for name in names or ("provider",))
    return PreludeInbound(Address(account, None, None), PreludeOptions(webhook_keys=keys))


def prelude_sender(url: str, token: str = "a_token", *, connections: int = 8) -> PreludeSender:  # noqa: S107
    options = PreludeReplyOptions(api_token=Secret(token), base_url=url)
    return PreludeSender.connect(options, number=None, connections=connections)


def mojeeb_sender(url: str, key: str = "a_key", *, number: str = "+14155550100", connections: int = 8) -> MojeebSender:
    options = MojeebOptions(api_key=Secret(key), agent_id=AGENT, base_url=url)
    return MojeebSender.connect(options, number=number, connections=connections)


def came(body: bytes, headers: Mapping[str, str] | None = None, url: str = "https://bot.example/webhooks/x") -> Webhook:
    """A webhook."""
    return Webhook(url, headers or {}, body)
