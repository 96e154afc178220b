"""The command as a person meets it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bot import __version__
from bot.commands import COMMANDS, main
from bot.demo.embedded import FolderInUse, embedded_server, free_port
from bot.demo.processes import ProcessDied, listens, running
from rules import Decision
from tests.conftest import a_message
from tests.service import BOOK
from tests.test_settings import PEM
from worker.ledger import Ledger, State
from worker.secret import Secret

OURS = {name: "" for name in os.environ if name.startswith("AUTOREPLY_")}


def run(*arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(main, arguments, env=OURS | settings)


@pytest.fixture
def settings(tmp_path: Path, redis_url: Secret) -> dict[str, str]:
    (tmp_path / "book.yaml").write_text(BOOK)
    return {
        "AUTOREPLY_REDIS_URL": redis_url.reveal(),
        "AUTOREPLY_BOOK": str(tmp_path / "book.yaml"),
        "AUTOREPLY_PRELUDE_API_TOKEN": "token",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS": PEM,
    }


def test_the_version_is_told() -> None:
    assert run("--version").output == f"autoreply, version {__version__}\n"


def test_python_m_bot_is_the_same_command() -> None:
    told = subprocess.run([sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.endswith(f"version {__version__}\n")


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_text_teaches(name: str) -> None:
    shown = run(*name.split(), "--help")
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 8


@pytest.mark.parametrize("name", ["serve", "work"])
def test_a_process_without_settings_says_what_to_write(name: str) -> None:
    refused = run(name)
    assert refused.exit_code == 1
    assert "the settings are not complete:\n  AUTOREPLY_" in refused.output


def test_a_worker_refuses_a_book_with_faults(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(BOOK.replace("pattern", "patern"))
    refused = run("work", **settings)
    assert refused.exit_code == 1
    assert "unknown key `patern`; did you mean `pattern`?" in refused.output


# check


def test_check_says_what_it_looked_at(settings: dict[str, str]) -> None:
    checked = run("check", **settings)
    assert checked.exit_code == 0, checked.output
    for words in ("settings complete", "rule book", "1 rules, version", "Valkey 9", "appendonly no", "none yet"):
        assert words in checked.output


def test_check_fails_where_the_service_would(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text("version: 2")
    checked = run("check", **settings | {"AUTOREPLY_REDIS_URL": "redis://127.0.0.1:1"})
    assert checked.exit_code == 1
    assert "book.yaml:1:" in checked.output
    assert "Redis does not answer" in checked.output


def test_check_tells_every_setting_that_is_missing() -> None:
    checked = run("check")
    assert checked.exit_code == 1
    assert {line.split()[1] for line in checked.output.splitlines()} == {
        "AUTOREPLY_BOOK:",
        "AUTOREPLY_PRELUDE_API_TOKEN:",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS:",
    }


def test_check_of_a_receivers_machine_asks_for_no_token(settings: dict[str, str]) -> None:
    del settings["AUTOREPLY_PRELUDE_API_TOKEN"]
    assert run("check", "--role", "receiver", **settings).exit_code == 0


async def test_check_shows_what_waits_for_a_person(settings: dict[str, str], ledger: Ledger) -> None:
    for state in (State.UNCONFIRMED, State.PAUSED):
        message = a_message()
        await ledger.take_in(message)
        claim = await ledger.claim("a", ("prelude",))
        assert claim is not None
        attempt = await ledger.begin(claim, Decision(rule="r", reply="Hi"), "v")
        assert attempt is not None
        await ledger.settle(attempt, state, {})
    checked = await asyncio.to_thread(run, "check", **settings)
    assert "1 unconfirmed: each may or may not have reached its customer" in checked.output
    assert "1 paused: the provider refuses this account" in checked.output


# demo


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "demo", "--once", "--folder", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | OURS)


def test_the_demo_plays_its_conversation_and_every_reply_comes(tmp_path: Path) -> None:
    played = demo(tmp_path / "demo")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "All 10 came out as expected." in played.stdout
    assert (tmp_path / "demo" / "redis" / "appendonlydir").is_dir()
    again = demo(tmp_path / "demo")  # the data of the first are still there, and do not matter
    assert again.returncode == 0, again.stdout + again.stderr


def test_the_demo_plays_the_examples_of_ones_own_book(tmp_path: Path) -> None:
    book = tmp_path / "mine.yaml"
    book.write_text(BOOK + "    examples: {matches: [hello]}\n")
    played = demo(tmp_path, "--book", str(book))
    assert played.returncode == 0, played.stdout + played.stderr
    assert "You wrote hello." in " ".join(played.stdout.split())
    book.write_text(BOOK + "    oops: 1\n")
    refused = demo(tmp_path, "--book", str(book))
    assert refused.returncode == 1
    assert "unknown key `oops`" in refused.stderr


async def test_the_demo_stays_up_shows_what_is_written_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", str(port), "--folder", str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | OURS,
    )  # fmt: skip
    assert process.stdout is not None
    shown = (await asyncio.wait_for(process.stdout.readuntil(b"Now you:"), 60)).decode()
    assert re.search(r"order-number, \d+ ms", shown)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as phone:
        await phone.post("/sandbox/messages", json={"from": "+15550001111", "text": "Where is order 12345?"})
        await asyncio.wait_for(process.stdout.readuntil(b"(order-number)"), 20)
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 40) == 0


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with embedded_server(tmp_path / "redis", port=free_port()):
        with pytest.raises(FolderInUse), embedded_server(tmp_path / "redis"):
            raise AssertionError("unreachable")
        refused = demo(tmp_path)
    assert refused.returncode == 1
    assert "another folder" in refused.stderr


async def test_a_process_that_dies_tells_its_last_words(tmp_path: Path) -> None:
    async with running(tmp_path, {}, "work") as worker:
        with pytest.raises(ProcessDied, match="AUTOREPLY_PRELUDE_API_TOKEN: missing"):
            await asyncio.wait_for(listens(free_port(), worker), 20)


# What a process carries


@pytest.mark.parametrize(
    ("process", "without"),
    [
        ("bot.commands", {"rich", "pydantic", "redis", "rules", "worker"}),
        ("bot.commands.serve, bot.app", {"aiohttp", "httpx", "jinja2", "uvloop", "worker.answering"}),
        ("bot.commands.work", {"starlette", "uvicorn", "jinja2", "bot.app", "worker.bookwork"}),
        ("bot.commands.rules.check, bot.commands.rules.try_", {"aiohttp", "httpx", "redis", "rq"}),
    ],
    ids=["the command", "a receiver", "a worker", "an author's tools"],
)
def test_a_process_loads_nothing_that_only_others_need(process: str, without: set[str]) -> None:
    code = f"import sys, {process}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not without & set(loaded)
