"""Starlette, `Queue.enqueue` in a thread, and RQ's own workers. `python stock_rq.py serve PORT | work simple|fork`."""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from typing import Any

import httpx
import plain
from redis import Redis
from rq import Queue, SimpleWorker, Worker


@cache
def book() -> list[list[str]]:
    return plain.rules()


def job(payload: dict[str, Any]) -> None:
    with httpx.Client() as client:
        plain.post(client, book(), payload)


def serve(port: int) -> None:
    queue = Queue("bench", connection=Redis.from_url(plain.REDIS))

    async def hand_on(payload: dict[str, Any]) -> None:
        await asyncio.to_thread(queue.enqueue, "stock_rq.job", payload)

    plain.serve(port, hand_on)


def work(kind: str) -> None:
    redis = Redis.from_url(plain.REDIS)
    worker = (SimpleWorker if kind == "simple" else Worker)([Queue("bench", connection=redis)], connection=redis)
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    serve(int(sys.argv[2])) if sys.argv[1] == "serve" else work(sys.argv[2])
