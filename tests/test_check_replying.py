"""What `autoreply check` says of the ways out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner, Result

from bot.commands import main
from bot.sandbox.providers.twilio import Twilio
from bot.sandbox.providers.twilio.sending import ACCOUNT_SID
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.world import World
from tests.conformance.channel import SECRET
from tests.stand_in import NOWHERE
from worker.secret import Secret

OWN: Final = {"provider": "twilio", "auth_tokens": "env:TWILIO_AUTH_TOKEN"}


@pytest.fixture
def settings(tmp_path: Path, redis_url: Secret) -> dict[str, str]:
    rules = [
        {"name": "long", "when": "anything", "reply": ["Hi!", "word " * 700]},
        {"name": "short", "when": {"exact": ["bye"]}, "reply": "w" * 1600},
    ]
    (tmp_path / "book.yaml").write_text(yaml.safe_dump({"version": 1, "rules": rules[::-1]}))
    return {
        "AUTOREPLY_ACCOUNTS": str(tmp_path / "accounts.yaml"),
        "AUTOREPLY_REDIS_URL": redis_url.reveal(),
        "AUTOREPLY_PUBLIC_URL": "https://bot.example.com",
        "TWILIO_AUTH_TOKEN": "a-token",
    }


def check(
    settings: dict[str, str],
    base_url: str,
    *options: str,
    provider: str = "twilio",
    inbound: Mapping[str, str] = OWN,
) -> Result:
    entry = {
        "name": "shop",
        "number": "+14155550100",
        "book": "book.yaml",
        "inbound": dict(inbound),
        "reply": {
            "provider": provider,
            "account_sid": ACCOUNT_SID,
            "auth_token": "env:TWILIO_AUTH_TOKEN",
            "base_url": base_url,
        },
    }
    Path(settings["AUTOREPLY_ACCOUNTS"]).write_text(yaml.safe_dump({"accounts": [entry]}))
    return CliRunner().invoke(main, ["check", *options], env=settings)


async def test_a_reply_that_is_too_long_for_its_provider_is_told(settings: dict[str, str]) -> None:
    async with serve_sandbox(World(Twilio("a-token"), webhook_url=NOWHERE)) as url:
        checked = await asyncio.to_thread(check, settings, url)
    assert checked.exit_code == 0, checked.output
    assert "account shop: rule long: reply of 3500 characters goes out in 3 parts through twilio" in checked.output
    assert "rule short" not in checked.output
    assert "account shop: its provider takes our credentials" in checked.output


def test_with_an_account_a_reply_that_is_too_long_for_its_provider_is_a_fault(settings: dict[str, str]) -> None:
    check(settings, "http://127.0.0.1:1")  # writes the accounts file
    book = str(Path(settings["AUTOREPLY_ACCOUNTS"]).parent / "book.yaml")
    asked = CliRunner().invoke(main, ["rules", "check", book, "--account", "shop"], env=settings)
    assert asked.exit_code == 1
    said = 'rule "long": reply of 3500 characters is longer than the 1600 that twilio takes; make it shorter'
    assert said in asked.output
    assert '"short"' not in asked.output
    unasked = CliRunner().invoke(main, ["rules", "check", book], env=settings)
    assert unasked.exit_code == 0, unasked.output
    stranger = CliRunner().invoke(main, ["rules", "check", book, "--account", "shap"], env=settings)
    assert "the settings have no account `shap`; did you mean `shop`?" in stranger.output


async def test_credentials_that_are_refused_are_a_fault(settings: dict[str, str]) -> None:
    async with serve_sandbox(World(Twilio("another"), webhook_url=NOWHERE)) as url:
        checked = await asyncio.to_thread(check, settings, url)
        receiver = await asyncio.to_thread(check, settings, url, "--role", "receiver", provider="unknown")
    assert checked.exit_code == 1
    assert "account shop: its provider refuses us (20003)" in checked.output
    assert (receiver.exit_code, "provider" in receiver.output) == (0, False)


def test_a_pair_of_providers_that_hears_nothing_of_its_replies_is_warned_of(settings: dict[str, str]) -> None:
    unheard = "account shop: what becomes of its replies is not heard, as its webhooks are not of twilio"
    assert unheard not in check(settings, "http://127.0.0.1:1").output
    inbound = {"provider": "webhook", "secrets": "env:SECRET"}
    checked = check(settings | {"SECRET": SECRET}, "http://127.0.0.1:1", inbound=inbound)
    assert checked.exit_code == 0, checked.output
    assert unheard in checked.output


def test_a_provider_that_does_not_answer_is_a_warning(settings: dict[str, str]) -> None:
    checked = check(settings, "http://127.0.0.1:1")
    assert checked.exit_code == 0, checked.output
    assert "account shop: no answer of its provider could be had" in checked.output
    del settings["AUTOREPLY_PUBLIC_URL"]
    assert "AUTOREPLY_PUBLIC_URL: missing; the provider of account shop signs" in check(settings, "http://x").output
