"""Connections to Redis. The client's defaults hang for a minute when the server freezes; ours give up in a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.ledger import Ledger, Operating, Times
from worker.secret import Secret

TIMEOUT: Final = timedelta(seconds=1)
# A connection that idled through a restart of the server fails once and is made anew: that is what the one retry is
# for. Every script is safe to run twice.
RETRIES: Final = 1


def connect(url: Secret, *, decode: bool, connections: int, patience: timedelta = TIMEOUT) -> redis.asyncio.Redis:
    """For programs on an event loop. `patience` is how long one answer may take; a pool that is used up waits too."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url.reveal(),
        max_connections=connections,
        timeout=int(TIMEOUT.total_seconds()),
        decode_responses=decode,
        socket_timeout=patience.total_seconds(),
        socket_connect_timeout=TIMEOUT.total_seconds(),
        retry=AsyncRetry(NoBackoff(), RETRIES),
    )
    return redis.asyncio.Redis.from_pool(pool)


def connect_blocking(url: Secret) -> redis.Redis:
    """For RQ, which knows no event loop."""
    return redis.Redis.from_url(
        url.reveal(),
        socket_timeout=2 * TIMEOUT.total_seconds(),
        socket_connect_timeout=TIMEOUT.total_seconds(),
        retry=Retry(NoBackoff(), RETRIES),
    )


def open_ledger(url: Secret, retention: timedelta, *, connections: int, confirm: timedelta | None = None) -> Ledger:
    """The ledger on a connection pool of its own. Connects when it is first asked."""
    times = Times(retention=retention)
    if confirm is not None:
        times = replace(times, confirm=confirm)
    return Ledger(connect(url, decode=True, connections=connections), times)


def open_operating(
    url: Secret, retention: timedelta, *, who: str, accounts: Sequence[str], connections: int = 2
) -> Operating:
    """What operators look at and change, on a connection pool of its own. Connects when it is first asked."""
    redis = connect(url, decode=True, connections=connections)
    return Operating(redis, Times(retention=retention), who=who, accounts=accounts)
