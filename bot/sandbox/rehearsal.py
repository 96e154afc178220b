"""A sandbox that runs until it is told to stop: what `autoreply sandbox` does."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.serve import serve_sandbox
from bot.sandbox.signing import read_or_create_key
from bot.sandbox.world import World

_ANNOUNCEMENT = """\
The phone: {url}/
Messages are posted to {webhook_url}.

Set this where autoreply runs:
  export AUTOREPLY_PRELUDE_BASE_URL={url}
  export AUTOREPLY_PRELUDE_API_TOKEN={token}
  export AUTOREPLY_PRELUDE_WEBHOOK_KEYS_FILE={public_file}

Ctrl-C ends the sandbox; it remembers nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run it."""

    host: str
    port: int  # 0 takes a free one
    webhook_url: str
    token: str | None  # None makes one
    key_file: Path  # the public key is written beside it


async def rehearse(plan: Plan, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError or ValueError if the key or the address cannot be used."""
    key = read_or_create_key(plan.key_file)
    world = World(webhook_url=plan.webhook_url, api_token=plan.token or _new_token(), key=key)
    public_file = plan.key_file.with_name(f"{plan.key_file.stem}.public.pem").absolute()
    public_file.write_text(world.public_pem, encoding="ascii")
    async with serve_sandbox(world, host=plan.host, port=plan.port) as url:
        say(
            _ANNOUNCEMENT.format(
                url=url,
                webhook_url=plan.webhook_url,
                token=shlex.quote(world.api_token),
                public_file=shlex.quote(str(public_file)),
            )
        )
        await _signal()


def _new_token() -> str:
    return f"sandbox_{secrets.token_urlsafe(24)}"


async def _signal() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
