"""What all of them share: the rules, the reply, the endpoint that hands a message on."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0")
PROVIDER = os.environ.get("BENCH_PROVIDER", "http://127.0.0.1:1")
PATH = "/v2/notify/reply"


def rules() -> list[list[str]]:
    return list(json.loads(Path(os.environ["BENCH_RULES"]).read_text()))


def answer(book: list[list[str]], text: str) -> str | None:
    """The reply of the first rule with a phrase that is part of the text."""
    text = text.lower()
    for number, phrases in enumerate(book):
        if any(phrase in text for phrase in phrases):
            return f"reply {number}"
    return None


def reply(book: list[list[str]], payload: dict[str, Any]) -> dict[str, str] | None:
    """The request to the provider, or None where no rule matches."""
    text = answer(book, payload["content"]["text"])
    if text is None:
        return None
    return {"to": payload["from"], "text": text, "reply_to": payload["message_id"]}


def post(client: httpx.Client, book: list[list[str]], payload: dict[str, Any]) -> None:
    body = reply(book, payload)
    if body is not None:
        client.post(PROVIDER + PATH, json=body, timeout=30).raise_for_status()


async def post_async(client: httpx.AsyncClient, book: list[list[str]], payload: dict[str, Any]) -> None:
    body = reply(book, payload)
    if body is not None:
        (await client.post(PROVIDER + PATH, json=body, timeout=30)).raise_for_status()


def serve(port: int, hand_on: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """The receiver: reads the event, hands its payload on, says yes."""

    async def receive(request: Request) -> JSONResponse:
        event = await request.json()
        await hand_on(event["payload"])
        return JSONResponse({"ok": True})

    app = Starlette(routes=[Route("/webhooks/prelude", receive, methods=["POST"])])
    # Kept open while the customers wait for slow workers.
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=300)
