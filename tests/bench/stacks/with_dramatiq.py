"""The same on dramatiq. `python with_dramatiq.py serve PORT`; its workers: `dramatiq with_dramatiq`."""

from __future__ import annotations

import asyncio
import sys
import threading
from functools import cache
from typing import Any

import dramatiq
import httpx
import plain
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=plain.REDIS))
_local = threading.local()


@cache
def book() -> list[list[str]]:
    return plain.rules()


@dramatiq.actor
def job(payload: dict[str, Any]) -> None:
    client = getattr(_local, "client", None)
    if client is None:
        client = _local.client = httpx.Client()
    plain.post(client, book(), payload)


def serve(port: int) -> None:
    async def hand_on(payload: dict[str, Any]) -> None:
        await asyncio.to_thread(job.send, payload)

    plain.serve(port, hand_on)


if __name__ == "__main__":
    serve(int(sys.argv[2]))
