"""Looks at a Redis server before it is trusted with messages, and says what it finds in words a person can act on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from worker.connection import connect
from worker.secret import Secret

OLDEST_REDIS: Final = (7, 0)
OLDEST_VALKEY: Final = (7, 2)
LARGEST_SKEW: Final = timedelta(seconds=2)
FULL: Final = 0.8  # of maxmemory


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Literal["good", "warning", "fault"]
    text: str  # what is so; and, where it is not good, what to do


async def examine(url: Secret) -> list[Finding]:
    """What is to be said of the server behind `url`. Raises nothing."""
    redis = connect(url, decode=True, connections=1)
    try:
        info = await redis.info()
        seconds, microseconds = await redis.time()
        flushes = await _flushes(redis)
    except (RedisError, OSError) as error:
        return [
            Finding("fault", f"Redis does not answer ({_plain(error)}); check that it runs and AUTOREPLY_REDIS_URL")
        ]
    finally:
        await redis.aclose()
    skew = timedelta(seconds=abs(time.time() - (seconds + microseconds / 1e6)))
    return [_version(info), _eviction(info), _persistence(info, flushes), _room(info), _clock(skew)]


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _version(info: Mapping[str, Any]) -> Finding:
    valkey = info.get("server_name") == "valkey"
    name, oldest = ("Valkey", OLDEST_VALKEY) if valkey else ("Redis", OLDEST_REDIS)
    version = str(info["valkey_version" if valkey else "redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) >= oldest:
        return Finding("good", f"{name} {version}")
    return Finding("fault", f"{name} {version} is too old; use {name} {'.'.join(map(str, oldest))} or later")


def _eviction(info: Mapping[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy")
    if policy == "noeviction":
        return Finding("good", "maxmemory-policy noeviction: a full server refuses, it does not forget")
    return Finding(
        "fault", f"maxmemory-policy {policy} throws messages away when memory is short; set it to noeviction"
    )


async def _flushes(redis: Redis) -> str:
    """When the server flushes its file; "unknown" where it does not say, as rented ones do."""
    try:
        return str((await redis.config_get("appendfsync")).get("appendfsync", "unknown"))
    except ResponseError:
        return "unknown"


def _persistence(info: Mapping[str, Any], flushes: str) -> Finding:
    if info.get("aof_enabled") != 1:
        return Finding("warning", "appendonly no: a crash loses what came since the last snapshot; set appendonly yes")
    if flushes == "always":
        return Finding("good", "appendonly yes, appendfsync always: what was acknowledged survives a crash")
    # With everysec the server goes on answering while its file waits for a slow disk, for up to two seconds.
    text = f"appendfsync {flushes}: a crash while the disk is slow loses up to two seconds; set appendfsync always"
    return Finding("warning", text)


def _room(info: Mapping[str, Any]) -> Finding:
    used, limit = int(info["used_memory"]), int(info.get("maxmemory", 0))
    if not limit:
        return Finding("good", f"memory {used >> 20} MB, no maxmemory set")
    text = f"memory {used >> 20} of {limit >> 20} MB"
    if used < FULL * limit:
        return Finding("good", text)
    return Finding("warning", f"{text}: nearly full; raise maxmemory or shorten AUTOREPLY_RETENTION")


def _clock(skew: timedelta) -> Finding:
    text = f"clock {skew.total_seconds():.1f} s apart from the server's"
    if skew <= LARGEST_SKEW:
        return Finding("good", text)
    return Finding("warning", f"{text}; run NTP on both machines")
