"""`autoreply sandbox`: a provider to rehearse with, and a phone to write from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.commands.extra import extra


@click.command(short_help="Play the provider on this machine, with a phone to write from.")
@click.option("--provider", default="prelude", show_default=True, help="Whom to play.")
@click.option("--port", default=8010, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Who reaches it may write as any customer.")
@click.option(
    "--webhook-url",
    show_default="http://127.0.0.1:8000/webhooks/PROVIDER",
    help="Where customers' messages are posted.",
)
@click.option("--token", help="The API token that replies must carry.  [default: a random one]")
@click.option(
    "--key",
    "key_file",
    default="sandbox-key.pem",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The private key that signs webhooks, made if it is missing. The public one is written beside it.",
)
def sandbox(provider: str, port: int, host: str, webhook_url: str | None, token: str | None, key_file: Path) -> None:
    """Play a WhatsApp provider on this machine.

    You write on a phone in the browser. The sandbox signs your message, posts it to autoreply and takes the reply
    as the provider would, with its checks, its errors and its 24-hour window. Nothing leaves this machine, and nothing
    costs money.

    \b
    1. Start the sandbox and leave it running.
    2. Set what it prints in the shell that starts autoreply.
    3. Open the phone and write.

    A message that autoreply does not take is posted again, so it may be started later. "Rehearse trouble" beside
    the phone makes replies fail, or take their time.
    """
    with extra("demo"):
        from bot.sandbox.rehearsal import Plan, rehearse
    webhook_url = webhook_url or f"http://127.0.0.1:8000/webhooks/{provider}"
    try:
        asyncio.run(rehearse(Plan(provider, host, port, webhook_url, token, key_file), click.echo))
    except (OSError, ValueError) as fault:
        raise click.ClickException(str(fault)) from fault
