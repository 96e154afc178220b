"""The receiver as a value: `create_app` puts it together from its parts, `from_environment` finds the parts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.inbound import Inbound
from bot.inbound.providers import open_inbound
from bot.pressure import Pressure
from bot.webhooks import BODY_LIMIT, Receiver, unavailable
from worker import collector, log
from worker.account_file import WEBHOOKS, webhook_url
from worker.connection import open_ledger
from worker.ledger import Ledger, LedgerUnavailable
from worker.settings import Role, Settings

CONNECTIONS: Final = 4  # to Redis, for one process: messages share one, probes and counts use the others


def create_app(
    inbound: Mapping[str, Inbound],
    ledger: Ledger,
    *,
    shed_after: timedelta | None = None,
    public_url: str | None = None,
) -> Starlette:
    """The receiver: `inbound` by account, each at /webhooks/ACCOUNT. It closes the ledger when it ends."""

    pressure = Pressure(ledger, shed_after)

    async def livez(_: Request) -> Response:
        """The process runs. Touches nothing, so that a Redis that is away gets nobody restarted."""
        return JSONResponse({"alive": True})

    async def readyz(_: Request) -> Response:
        """A message could be taken in now."""
        try:
            await ledger.check_writable()
        except LedgerUnavailable:
            return unavailable()
        return unavailable() if pressure.why else JSONResponse({"ready": True})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(pressure.watch())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await ledger.aclose()

    webhooks = [
        route
        for account, provider in inbound.items()
        for route in Receiver(provider, ledger, pressure, webhook_url(public_url, account)).routes(WEBHOOKS + account)
    ]
    return Starlette(
        routes=[*webhooks, Route("/livez", livez), Route("/readyz", readyz)],
        lifespan=lifespan,
        max_body_size=BODY_LIMIT,
    )


def from_environment() -> Starlette:
    """The composition root of a receiver process. Raises SettingsError; Redis may be away."""
    log.configure()
    collector.calm()
    settings = Settings.from_environment(os.environ, Role.RECEIVER)
    ledger = open_ledger(settings.redis_url, settings.retention, connections=CONNECTIONS)
    inbound = open_inbound(settings.accounts, settings.public_url)
    return create_app(inbound, ledger, shed_after=settings.shed_after, public_url=settings.public_url)
