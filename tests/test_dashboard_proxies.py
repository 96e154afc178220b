"""A proxy with TLS in front of the dashboard: believed where a setting names it, as a process, by real sockets."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import yaml

from bot.demo.embedded import free_port
from bot.demo.processes import Running, listens, running
from tests.dashboards import OWN
from worker.ledger.doorkeeping import TRIES
from worker.secret import Secret
from worker.settings import Role, Settings

PASSWORD: Final = "a password of some length"
TRUSTED, STRANGER = "127.0.0.60", "127.0.0.61"  # any address of 127/8 is this machine's
COMPOSE: Final = Path(__file__).parents[1] / "deploy" / "compose.yaml"


@pytest.fixture
async def process(redis_url: Secret, tmp_path: Path) -> AsyncIterator[tuple[Running, str]]:
    """A dashboard that believes one address, and where it listens."""
    settings = {
        "AUTOREPLY_REDIS_URL": redis_url.reveal(),
        "AUTOREPLY_DASHBOARD_PASSWORD": PASSWORD,
        "AUTOREPLY_DASHBOARD_PROXIES": TRUSTED,
    }
    port = free_port()
    async with running(tmp_path, settings, "dashboard", "--port", str(port)) as dashboard:
        await listens(port, dashboard)
        yield dashboard, f"http://127.0.0.1:{port}"


async def log_in(address: str, proxy: str, browser: str, password: str = PASSWORD) -> httpx.Response:
    """As a proxy with TLS passes it on."""
    told = {"x-forwarded-proto": "https", "x-forwarded-for": browser}
    transport = httpx.AsyncHTTPTransport(local_address=proxy)
    async with httpx.AsyncClient(transport=transport, base_url=address, headers=OWN | told) as client:
        return await client.post("/login", data={"password": password})


async def test_behind_a_proxy_that_is_named_a_session_keeps_to_tls_and_each_browser_has_its_own_tries(
    process: tuple[Running, str],
) -> None:
    dashboard, address = process
    for _ in range(TRIES):
        assert (await log_in(address, TRUSTED, "203.0.113.1", "a guess")).status_code == 403
    assert (await log_in(address, TRUSTED, "203.0.113.1")).status_code == 429
    other = await log_in(address, TRUSTED, "203.0.113.2")
    assert (other.status_code, "Secure" in other.headers["set-cookie"]) == (303, True)
    assert "dashboard_proxy_not_believed" not in dashboard.log.read_text()


async def test_what_anybody_else_says_of_a_browser_is_not_believed_and_told_in_the_log(
    process: tuple[Running, str],
) -> None:
    dashboard, address = process
    answer = await log_in(address, STRANGER, "203.0.113.1")
    assert (answer.status_code, "Secure" in answer.headers["set-cookie"]) == (303, False)
    (line,) = [line for line in dashboard.log.read_text().splitlines() if "dashboard_proxy_not_believed" in line]
    assert STRANGER in line
    assert "AUTOREPLY_DASHBOARD_PROXIES" in line
    for number in range(TRIES):
        await log_in(address, STRANGER, f"203.0.113.{number}", "a guess")
    assert (await log_in(address, STRANGER, "203.0.113.99")).status_code == 429


def test_in_compose_the_machines_own_address_in_the_network_is_believed_and_nobody_elses() -> None:
    compose = yaml.safe_load(COMPOSE.read_text())
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    dashboard = compose["services"]["dashboard"]
    given = os.environ | dashboard["environment"] | {"AUTOREPLY_DASHBOARD_PASSWORD": PASSWORD}
    believed = Settings.from_environment(given, Role.DASHBOARD).dashboard_proxies
    assert believed == (network["gateway"],)
    assert all(port.startswith("127.0.0.1:") for port in dashboard["ports"])
