"""The adapters as tests want them: without a file of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.inbound import Address, Webhook
from bot.inbound.prelude import PreludeInbound, PreludeOptions
from tests.events import signing_key
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


def came(body: bytes, headers: Mapping[str, str] | None = None, url: str = "https://bot.example/webhooks/x") -> Webhook:
    """A webhook."""
    return Webhook(url, headers or {}, body)
