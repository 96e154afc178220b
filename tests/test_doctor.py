"""What the doctor says of a server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import redis.asyncio

from worker import doctor
from worker.secret import Secret


async def levels(url: Secret) -> list[str]:
    return [f"{finding.level}: {finding.text.split(':')[0]}" for finding in await doctor.examine(url)]


async def test_a_server_without_an_append_only_file_is_warned_of(redis_url: Secret) -> None:
    findings = await doctor.examine(redis_url)
    assert [finding.level for finding in findings] == ["good", "good", "warning", "good", "good"]
    assert "appendonly no" in findings[2].text
    assert findings[0].text.startswith("Valkey 9")


async def test_a_server_that_forgets_is_a_fault(redis_url: Secret, store: redis.asyncio.Redis) -> None:
    await store.config_set("maxmemory-policy", "allkeys-lru")
    try:
        findings = await doctor.examine(redis_url)
        assert findings[1].level == "fault"
        assert "set it to noeviction" in findings[1].text
    finally:
        await store.config_set("maxmemory-policy", "noeviction")


async def test_a_server_that_keeps_an_append_only_file_is_good(redis_url: Secret, store: redis.asyncio.Redis) -> None:
    await store.config_set("appendonly", "yes")
    await store.config_set("appendfsync", "always")
    try:
        assert "good: appendonly yes, appendfsync always" in await levels(redis_url)
        await store.config_set("appendfsync", "everysec")
        assert "warning: appendfsync everysec" in await levels(redis_url)
    finally:
        await store.config_set("appendonly", "no")


async def test_a_server_that_is_nearly_full_is_warned_of(redis_url: Secret, store: redis.asyncio.Redis) -> None:
    used = int((await store.info("memory"))["used_memory"])
    await store.config_set("maxmemory", int(used * 1.1))
    try:
        (room,) = [
            finding for finding in await doctor.examine(redis_url) if "memory" in finding.text and "of" in finding.text
        ]
        assert room.level == "warning"
    finally:
        await store.config_set("maxmemory", 0)


async def test_a_server_that_is_away_is_the_only_fault() -> None:
    (finding,) = await doctor.examine(Secret("redis://127.0.0.1:1"))
    assert finding.level == "fault"
    assert "check that it runs and AUTOREPLY_REDIS_URL" in finding.text


@pytest.mark.parametrize(
    ("info", "level"),
    [
        ({"redis_version": "6.2.14"}, "fault"),
        ({"redis_version": "7.0.15"}, "good"),
        ({"redis_version": "8.2.1"}, "good"),
        ({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "7.1.0"}, "fault"),
        ({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "8.1.0"}, "good"),
    ],
)
def test_old_servers_are_refused(info: Mapping[str, Any], level: str) -> None:
    assert doctor._version(info).level == level


@pytest.mark.parametrize(("seconds", "level"), [(0, "good"), (1.9, "good"), (5, "warning")])
def test_clocks_that_differ_are_warned_of(seconds: float, level: str) -> None:
    assert doctor._clock(timedelta(seconds=seconds)).level == level
