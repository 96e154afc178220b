"""Stands in for autoreply at the other end of a sandbox: takes webhooks, keeps them, and answers if it is told how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.courier import trust
from bot.sandbox.providers.prelude import Prelude
from bot.sandbox.providers.prelude.signing import USUAL, Style, new_key
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import World

TOKEN = "a-token"
CUSTOMER = "+14155550123"
NOWHERE = "http://127.0.0.1:9/"  # the discard port: nobody listens


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """One key for all tests: making one takes a while."""
    return new_key()


def create_world(webhook_url: str = NOWHERE, *, style: Style = USUAL, **options: Any) -> World:
    """A world with Prelude in it, with the tests' key and token."""
    return World(Prelude(TOKEN, signing_key(), style), webhook_url=webhook_url, **options)


@asynccontextmanager
async def client_of(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a sandbox of its own, that may send."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        serve_sandbox(world) as url,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=5, verify=trust()) as client,
    ):
        yield client


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request, as it came."""

    body: bytes
    signature: str
    status: int  # what it was answered with

    @property
    def event(self) -> dict[str, Any]:
        """The body, decoded."""
        event: dict[str, Any] = json.loads(self.body)
        return event


@dataclass
class Receiver:
    """What came in, and how to answer: first the statuses in `moods`, then 200."""

    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    moods: list[int] = field(default_factory=list)

    async def took(self, count: int) -> list[Delivery]:
        """The deliveries, as soon as there are so many."""
        await until(lambda: len(self.deliveries) >= count)
        return self.deliveries

    async def take(self, request: Request) -> Response:
        """The webhook."""
        status = self.moods.pop(0) if self.moods else 200
        self.deliveries.append(Delivery(await request.body(), request.headers["x-webhook-signature"], status))
        return Response(status_code=status)


@asynccontextmanager
async def serve_receiver() -> AsyncIterator[Receiver]:
    """A receiver on a real socket."""
    receiver = Receiver()
    async with serve_app(Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])) as url:
        receiver.url = f"{url}/hook"
        yield receiver


@asynccontextmanager
async def serve_responder(base_url: str, answer: Callable[[str], str | None]) -> AsyncIterator[str]:
    """A receiver that replies through the sandbox at `base_url`; yields its webhook URL."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, verify=trust()) as client:

        async def take(request: Request) -> Response:
            payload = (await request.json())["payload"]
            text = answer(payload["content"]["text"])
            if text is not None:
                body = {"to": payload["from"], "text": text, "reply_to": payload["message_id"]}
                await client.post("/v2/notify/reply", json=body)
            return Response()

        async with serve_app(Starlette(routes=[Route("/hook", take, methods=["POST"])])) as url:
            yield f"{url}/hook"


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for a condition that somebody else brings about."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
