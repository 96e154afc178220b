"""`autoreply dashboard`: what operators look at and steer by, in a browser."""

from __future__ import annotations

from typing import Final

import click
import uvicorn

from bot.commands.settings import settings_for
from bot.door import Door
from worker import log
from worker.settings import Role

CONCURRENCY: Final = 500  # connections a process; each open page holds one
DRAIN: Final = 3  # seconds for requests under way at a stop; live pages come back by themselves


class FrontDoor(Door):
    """Of a request that is too large all is read and thrown away: a browser that is still sending hears no answer."""

    most = 64 * 1024 * 1024


@click.command(short_help="Show conversations and the queue in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8020, show_default=True, help="The port to listen on.")
def dashboard(host: str, port: int) -> None:
    """Show conversations, the queue, and what waits for a person in a browser, and steer.

    It is closed without a password, and stands on an address of its own: keep it away from the one that the provider
    calls. Put TLS in front; a proxy at AUTOREPLY_DASHBOARD_PROXIES, by default one on this host, is believed what it
    says of the browser's scheme and address.

    \b
    Needs:   AUTOREPLY_REDIS_URL, AUTOREPLY_DASHBOARD_PASSWORD
    Can use: AUTOREPLY_DASHBOARD_VIEWER_PASSWORD, AUTOREPLY_DASHBOARD_PROXIES, and AUTOREPLY_BOOK_EDITABLE with
             AUTOREPLY_BOOK or AUTOREPLY_ACCOUNTS
    Probe:   /livez
    """
    settings = settings_for(Role.DASHBOARD)  # here the faults are for a person; the app reads them again
    log.configure()
    uvicorn.run(
        "bot.dashboard.app:from_environment",
        factory=True,
        http=FrontDoor,
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # addresses of pages name people
        server_header=False,
        forwarded_allow_ips=list(settings.dashboard_proxies or ()),
        limit_concurrency=CONCURRENCY,
        timeout_graceful_shutdown=DRAIN,
    )
