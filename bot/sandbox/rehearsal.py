"""A sandbox that runs until it is told to stop: what `autoreply sandbox` does."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.sandbox.provider import Provider
from bot.sandbox.providers import PROVIDERS
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import BUSINESS_NUMBER, World

_ANNOUNCEMENT = """\
The phone: {url}/
Messages are posted to {webhook_url}.

Set this where autoreply runs:
{settings}

Ctrl-C ends the sandbox; it remembers nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run it."""

    provider: str  # one of PROVIDERS
    host: str
    port: int  # 0 takes a free one
    webhook_url: str
    token: str | None  # None makes one
    key_file: Path  # the public key is written beside it


async def rehearse(plan: Plan, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises ValueError if there is no such provider, OSError or ValueError if the key or the address cannot be used.
    """
    if plan.provider not in PROVIDERS:
        raise ValueError(f"{plan.provider!r} is no provider that the sandbox plays: {', '.join(PROVIDERS)}")
    provider = PROVIDERS[plan.provider].create(plan.token or _new_token(), plan.key_file)
    async with serve_sandbox(World(provider, webhook_url=plan.webhook_url), host=plan.host, port=plan.port) as url:
        say(_ANNOUNCEMENT.format(url=url, webhook_url=plan.webhook_url, settings=_settings(provider, url, plan)))
        await _signal()


def _settings(provider: Provider, url: str, plan: Plan) -> str:
    """The variables; or, where these are not enough, those of the secrets and an entry of the accounts file."""
    if settings := provider.settings(url):
        return "\n".join(_exports(settings, plan.key_file))
    sections = provider.sections(url)
    entry = {"name": plan.provider, "number": BUSINESS_NUMBER, "inbound": sections.inbound, "reply": sections.reply}
    text = yaml.safe_dump({"accounts": [{key: value for key, value in entry.items() if value}]}, sort_keys=False)
    if sections.inbound is None:
        text += "  # inbound: that of another provider; this one sends no webhooks\n"
    where = "And this stands in the file that AUTOREPLY_ACCOUNTS names, with `book:` and the path of a rule book:"
    return "\n".join([*_exports(sections.secrets, plan.key_file), "", where, textwrap.indent(text, "  ").rstrip()])


def _exports(settings: Mapping[str, str], key_file: Path) -> Iterator[str]:
    """Lines for a shell. A key has several lines and goes to a file, which the variable with _FILE behind it names."""
    for name, value in settings.items():
        if "\n" not in value:
            yield f"  export {name}={shlex.quote(value)}"
            continue
        public_file = key_file.with_name(f"{key_file.stem}.public.pem").absolute()
        public_file.write_text(value, encoding="ascii")
        yield f"  export {name}_FILE={shlex.quote(str(public_file))}"


def _new_token() -> str:
    return f"sandbox_{secrets.token_urlsafe(24)}"


async def _signal() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
