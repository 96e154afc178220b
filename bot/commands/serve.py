"""`autoreply serve`: the receiver."""

from __future__ import annotations

from typing import Final

import click
import uvicorn

from bot.commands.settings import settings_for
from bot.door import Door
from bot.inbound.providers import read_inbound
from worker import log
from worker.settings import Role

CONCURRENCY: Final = 500  # connections a process; more are answered 503, which the provider repeats
KEEP_ALIVE: Final = 30  # seconds
DRAIN: Final = 10  # seconds for requests under way at a stop


@click.command(short_help="Receive the provider's webhooks.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="How many share the port.")
def serve(host: str, port: int, processes: int) -> None:
    """Receive the provider's webhooks and put their messages into Redis.

    A webhook is answered 200 only when its message is safe; while Redis cannot take it, 503, and the provider sends it
    again. Give the provider the address https://YOUR-HOST/webhooks/prelude or, with an accounts file, .../webhooks/ and
    the account's name. Put TLS in front.

    \b
    Needs:   AUTOREPLY_REDIS_URL and AUTOREPLY_ACCOUNTS or AUTOREPLY_PRELUDE_WEBHOOK_KEYS
    Probes:  /livez   the process runs
             /readyz  a message could be taken in now
    """
    # Here the faults are for a person; each process reads them again.
    settings_for(Role.RECEIVER, lambda settings: read_inbound(settings.accounts, settings.public_url))
    log.configure()
    uvicorn.run(
        "bot.app:from_environment",
        factory=True,
        http=Door,
        ws="none",
        host=host,
        port=port,
        workers=processes,
        log_config=None,
        access_log=False,  # each webhook logs itself, without addresses
        server_header=False,
        proxy_headers=False,  # the address that a provider calls is a setting
        limit_concurrency=CONCURRENCY,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=DRAIN,
    )
