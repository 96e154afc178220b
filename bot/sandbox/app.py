"""The sandbox as one ASGI app: the provider's endpoints, the control API and the phone page."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.control import control_routes
from bot.sandbox.replying import endpoint
from bot.sandbox.world import World

_PHONE = Path(__file__).parent / "phone"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_sandbox(world: World) -> Starlette:
    """The app. It has no lifespan: what runs in the background belongs to the world, which its maker closes."""
    provider = world.provider
    return Starlette(
        routes=[
            *(Route(each.path, endpoint(world, each.accept), methods=["POST"]) for each in provider.endpoints()),
            *provider.routes(world.conversations),
            Mount("/sandbox", routes=control_routes(world)),
            Mount("/", StaticFiles(directory=_PHONE, html=True)),
        ],
        middleware=[Middleware(_Headers)],
    )


class _Headers:
    """Tells browsers on each response to load nothing from elsewhere and to run no inline script."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
