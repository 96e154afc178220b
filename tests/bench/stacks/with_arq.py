"""The same on arq. `python with_arq.py serve PORT | work`."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import httpx
import plain
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.worker import run_worker

SETTINGS = RedisSettings.from_dsn(plain.REDIS)


async def job(context: dict[str, Any], payload: dict[str, Any]) -> None:
    await plain.post_async(context["client"], context["book"], payload)


async def _start(context: dict[str, Any]) -> None:
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
    context["client"], context["book"] = httpx.AsyncClient(limits=limits), plain.rules()


class Worker:
    functions: ClassVar[list[Any]] = [job]
    redis_settings = SETTINGS
    on_startup = _start
    max_jobs = 500
    poll_delay = 0.02  # its default of half a second would be all that is measured
    keep_result = 0


def serve(port: int) -> None:
    pool: list[ArqRedis] = []

    async def hand_on(payload: dict[str, Any]) -> None:
        if not pool:
            pool.append(await create_pool(SETTINGS))
        await pool[0].enqueue_job("job", payload)

    plain.serve(port, hand_on)


if __name__ == "__main__":
    serve(int(sys.argv[2])) if sys.argv[1] == "serve" else run_worker(Worker)  # type: ignore[arg-type]
