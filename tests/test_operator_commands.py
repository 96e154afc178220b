"""The commands for operators, as a person and a script meet them."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import pty
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from click.testing import CliRunner, Result

from bot.commands import main
from bot.commands.operating import OPERATING
from bot.commands.operating.wording import quoted, span
from rules.as_json import iso
from tests.conftest import a_message
from tests.ledgers import SILENCE, claimed, key_of, state_of
from tests.operators import NUMBER, a_life, ended, traces
from tests.service import service
from tests.stand_in import until
from worker import keys
from worker.ledger import DeliveryEvent, Health, Ledger, State
from worker.secret import Secret

OURS = {name: "" for name in os.environ if name.startswith("AUTOREPLY_")}
Run = Callable[..., Awaitable[Result]]


def invoked(url: Secret, *arguments: str, answer: str | None = None) -> Awaitable[Result]:
    """In a thread, since a command has an event loop of its own."""
    env = OURS | {"AUTOREPLY_REDIS_URL": url.reveal(), "COLUMNS": "200"}
    return asyncio.to_thread(CliRunner().invoke, main, arguments, env=env, input=answer)


@pytest.fixture
def run(redis_url: Secret) -> Run:
    return lambda *arguments, **more: invoked(redis_url, *arguments, **more)


async def document(run: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    result = await run(*arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


# Status


async def test_status_prints_once_in_a_pipe_what_goes_on(ledger: Ledger, run: Run) -> None:
    await ended(ledger, State.UNCONFIRMED)
    await ledger.take_in(a_message(sender="+4915"))
    result = await run("status")
    assert result.exit_code == 0
    for line in ("1  queued", "1  unconfirmed", "account   prelude open, 1 ready, the oldest for 0s", "2  taken in"):
        assert line in result.output
    assert "workers   none runs now; start one with `autoreply work`" in result.output


async def test_status_of_an_empty_redis_is_told_too(run: Run) -> None:
    result = await run("status", "--once")
    assert "messages  none yet" in result.output
    assert "account   prelude open, 0 ready" in result.output


async def test_status_as_json_has_all_of_it(ledger: Ledger, run: Run) -> None:
    await ended(ledger, State.SENT)
    await ledger.take_in(message := a_message(sender="+4915"))
    await ledger.sweep()
    found = await document(run, "status")
    assert {state: number for state, number in found["messages"].items() if number} == {"queued": 1, "sent": 1}
    (account,) = found["accounts"]
    record = await ledger.record(key_of(message))
    assert record is not None
    assert (account["state"], account["ready"]) == ("open", 1)
    assert account["oldest_ready"] == iso(record.received_at)
    assert account["window_closes"] == iso(record.message.window_expires_at)
    assert found["counts"]["taken_in"] == 2
    assert found["redis"]["memory"] > 0
    assert found["redis"]["since"] is not None
    assert found["workers"] == []


async def test_status_says_why_an_account_is_shut(ledger: Ledger, run: Run) -> None:
    _, attempt = await ended(ledger, State.SENT)
    await ledger.settle(attempt, State.PAUSED, {}, health=Health("config", "insufficient_balance"))
    assert "prelude paused (insufficient_balance) since 2" in (await run("status")).output
    await run("pause", "prelude")
    assert "prelude held by an operator since 2" in (await run("status")).output


async def test_status_goes_on_in_a_terminal_until_it_is_interrupted(ledger: Ledger, redis_url: Secret) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"AUTOREPLY_REDIS_URL": redis_url.reveal(), "TERM": "xterm"}
    # Where a shell runs the tests in its background, they ignore Ctrl-C, and so would whoever they start.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = (sys.executable, "-m", "bot", "status")
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=heeding
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    told = b""

    def has(text: bytes) -> bool:
        nonlocal told
        try:
            told += os.read(ours, 65536)
        except (BlockingIOError, OSError):
            return text in told
        return text in told

    await until(lambda: has(b"none yet"), 60)
    await ledger.take_in(a_message())
    await until(lambda: has(b"taken in"), 60)
    process.send_signal(signal.SIGINT)
    await until(lambda: has(b"") and process.returncode is not None, 60)  # who reads no more holds up who writes
    assert process.returncode == 0, told
    os.close(ours)


# List and show


async def test_list_shows_what_is_asked_for(ledger: Ledger, run: Run) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    await ledger.take_in(other := a_message("somebody\x1b[31m else", sender="+4915"))
    for options in (["--state", "rejected"], ["--sender", NUMBER], ["--rule", "greeting"], ["--error", "because"]):
        result = await run("list", *options)
        assert key_of(message) in result.output
        assert key_of(other) not in result.output
    everything = (await run("list")).output
    assert everything.index(key_of(other)) < everything.index(key_of(message))
    assert "\x1b" not in everything
    assert (await run("list", "--older", "5m")).output == "no message is so\n"
    assert "--limit 2 shows as many" in (await run("list", "--limit", "1")).output


async def test_list_as_json_has_the_records(ledger: Ledger, run: Run) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    found = await document(run, "list", "--newer", "1h")
    (record,) = found["messages"]
    assert (record["key"], record["state"], record["reason"]) == (key_of(message), "rejected", "because")
    assert (record["sender"], record["text"], record["reply"], found["more"]) == (NUMBER, "hello", "Hi!", False)


async def test_a_state_that_there_is_not_is_wrong_use(run: Run) -> None:
    result = await run("list", "--state", "lost")
    assert result.exit_code == 2
    assert "'window_closed'" in result.output


async def test_show_tells_the_whole_story(ledger: Ledger, run: Run) -> None:
    message, attempt = await ended(ledger, State.UNCONFIRMED)
    entry = json.dumps({"answer": "ambiguous", "code": "timeout", "status": None, "ms": 10000})
    await ledger.settle(attempt, State.UNCONFIRMED, {"attempt:1": entry})
    for name in (key_of(message), message.id, attempt.correlation_id):
        output = (await run("show", name)).output
        assert f"{key_of(message)}  unconfirmed" in output
        for step in ("queued", "claimed", "sending", "unconfirmed"):
            assert f"  {step} " in output
        assert 'text      "hello"' in output
        assert 'reply     "Hi!"' in output
        assert "1 messages kept; 1 replies" in output
        assert "`autoreply resend` or `discard`" in output
    await ledger.deliver(DeliveryEvent(key_of(message), 1, "delivered"))
    story = await document(run, "show", key_of(message))
    assert [step["state"] for step in story["path"]][-2:] == ["unconfirmed", "delivered"]
    assert story["attempts"][0]["evidence"] == "delivered"
    assert story["conversation"]["replies"] == 1


async def test_show_and_list_tell_what_a_message_is_besides_text(ledger: Ledger, run: Run) -> None:
    message = a_message("", media="image")
    await ledger.take_in(message)
    assert "media     image" in (await run("show", key_of(message))).output
    (listed,) = (await document(run, "list"))["messages"]
    assert (listed["text"], listed["media"]) == ("", "image")


async def test_show_tells_what_a_conversation_remembers(ledger: Ledger, run: Run, store: redis.asyncio.Redis) -> None:
    await ledger.take_in(message := a_message())
    await ledger.opt_out("prelude", NUMBER)
    await store.hset(f"{keys.CONVERSATION}prelude:{NUMBER}", "tag:vip", "1")
    await run("hand-off", NUMBER)
    output = (await run("show", message.id)).output
    assert "opted out; handed off until 2" in output
    assert "tags vip" in output


async def test_show_of_a_damaged_record_shows_what_is_there(
    ledger: Ledger, run: Run, store: redis.asyncio.Redis
) -> None:
    await ledger.take_in(message := a_message())
    await store.hset(keys.RECORD + key_of(message), "window", "soon")
    result = await run("show", key_of(message))
    assert result.exit_code == 0
    assert "its record is damaged" in result.output
    assert "unreadable" in (await run("list")).output


@pytest.mark.parametrize("command", ["show", "resend", "discard"])
async def test_a_message_that_there_is_not_is_not_found(run: Run, command: str) -> None:
    result = await run(command, "im_of_nobody")
    assert result.exit_code == 1
    assert "there is no message im_of_nobody" in result.output


# Changes


async def test_resend_and_discard_say_what_they_did_or_why_not(ledger: Ledger, run: Run) -> None:
    message, _ = await ended(ledger, State.REJECTED)
    assert (await document(run, "resend", message.id))["before"] == "rejected"
    assert await state_of(ledger, message) is State.QUEUED
    refused = await document(run, "resend", message.id, code=1)
    assert refused["refused"] == "state"
    assert "only unconfirmed, failed, rejected and given_up" in refused["why"]
    assert "is discarded (it was queued)" in (await run("discard", message.id)).output
    await ledger.stay_silent(await claimed(ledger, busy := a_message()), SILENCE, "v1")
    assert (await run("discard", busy.id)).exit_code == 1


async def test_what_a_worker_has_is_refused_for_the_moment(ledger: Ledger, run: Run) -> None:
    claim = await claimed(ledger, a_message())
    result = await run("discard", claim.record.key)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a worker has it at this moment" in result.stderr


async def test_an_account_is_paused_and_resumed(run: Run) -> None:
    assert (await run("pause", "prelude")).exit_code == 0
    assert "it is paused already" in (await run("pause", "prelude")).output
    assert (await run("resume", "prelude")).output == "prelude is open\n"
    assert (await run("resume", "prelude")).exit_code == 1
    assert "there is no account prelued" in (await run("pause", "prelued")).output


async def test_a_person_is_handed_off_and_given_back(ledger: Ledger, run: Run) -> None:
    await ledger.take_in(a_message())
    result = await run("hand-off", "33 612-345678", "--for", "2h")
    assert result.output == f"the book is silent towards {NUMBER} for 2h; `autoreply resume {NUMBER}` ends it\n"
    assert (await run("resume", NUMBER)).exit_code == 0
    assert "nothing to resume" in (await run("resume", NUMBER)).output
    assert (await run("hand-off", "+4915")).exit_code == 1
    assert (await run("hand-off", NUMBER, "--for", "60d")).exit_code == 2
    assert (await run("hand-off", NUMBER, "--for", "soon")).exit_code == 2


async def test_forget_asks_first_and_then_says_how_much_went(
    ledger: Ledger, run: Run, store: redis.asyncio.Redis
) -> None:
    await a_life(ledger)
    stopped = await run("forget", NUMBER, answer="n\n")
    assert stopped.exit_code == 1
    assert f"7 messages of {NUMBER} and all else will be erased" in stopped.stderr
    assert await traces(store, NUMBER)
    done = await run("forget", NUMBER, answer="y\n")
    assert done.stdout == f"{NUMBER} is forgotten: 7 records, 1 conversation, 4 notices\n"
    assert await traces(store, NUMBER, NUMBER[1:], "secret text") == []
    assert (await document(run, "forget", NUMBER, "--yes", code=1))["refused"] == "unknown"


async def test_a_number_with_braces_is_a_number_like_another(run: Run) -> None:
    assert (await run("forget", "{records}", "--yes")).exit_code == 1


async def test_export_prints_a_line_for_each_record(ledger: Ledger, run: Run, store: redis.asyncio.Redis) -> None:
    await a_life(ledger)
    await ledger.take_in(old := a_message())
    await store.hset(keys.RECORD + key_of(old), "received_at", "1")
    lines = [json.loads(line) for line in (await run("export", "--since", "7d")).stdout.splitlines()]
    assert len({line["key"] for line in lines}) == len(lines) == 7
    assert {line["text"] for line in lines} == {"the secret text"}
    assert len((await run("export")).stdout.splitlines()) == 8


async def test_the_audit_trail_names_who_did_what_and_no_person(ledger: Ledger, run: Run) -> None:
    assert (await run("audit")).output == "no operator has changed anything\n"
    await ledger.take_in(message := a_message())
    await run("discard", message.id)
    await run("hand-off", NUMBER)
    output = (await run("audit")).output
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    assert f"{who}  discard   {key_of(message)}  done" in output
    assert NUMBER[1:] not in output
    found = await document(run, "audit", "--limit", "1")
    (entry,) = found["entries"]
    assert (entry["what"], entry["result"]) == ("hand-off", "done")
    assert entry["on"].startswith("person:")


# All of them


@pytest.mark.parametrize("command", OPERATING)
async def test_a_redis_that_is_away_is_told_of(command: str) -> None:
    more = {"show": ["x"], "resend": ["x"], "discard": ["x"], "pause": ["x"], "resume": ["x"]}
    numbers = {"hand-off": ["+1"], "forget": ["+1", "--yes"]}
    result = await invoked(Secret("redis://127.0.0.1:1/0"), command, *(more | numbers).get(command, []))
    assert result.exit_code == 1
    assert "Redis does not answer" in result.output


@pytest.mark.parametrize("command", OPERATING)
def test_each_help_text_says_what_it_needs_and_gives_an_example(command: str) -> None:
    output = CliRunner().invoke(main, [command, "--help"]).output
    assert "AUTOREPLY_REDIS_URL" in output
    assert f"$ autoreply {command}" in output
    assert "--json" in output


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0s"), (-5, "0s"), (65, "1m 5s"), (3600, "1h"), (90061, "1d 1h"), (86400 + 5, "1d")]
)
def test_a_span_is_told_in_its_two_largest_units(seconds: int, told: str) -> None:
    assert span(timedelta(seconds=seconds)) == told


def test_a_long_text_is_cut() -> None:
    assert quoted("a" * 100, 10) == '"aaaaaaaaa…"'


async def test_an_operator_holds_a_running_service_and_lets_it_go_on(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        await asyncio.gather(running.serve(), running.work())
        url = Secret(running.settings["AUTOREPLY_REDIS_URL"])
        assert (await invoked(url, "pause", "prelude")).exit_code == 0
        held, away = running.world.receive(NUMBER, "hello"), running.world.receive("+4915112345678", "bye")
        while (await running.ledger.states())[State.QUEUED] != 2:
            await asyncio.sleep(0.05)
        assert (await invoked(url, "discard", away.id)).exit_code == 0
        status: dict[str, Any] = {"workers": []}
        while not status["workers"]:  # it tells of itself once it has started
            status = json.loads((await invoked(url, "status", "--json")).stdout)
        assert [worker["rules"] for worker in status["workers"]] == [1]
        assert (status["accounts"][0]["state"], status["accounts"][0]["ready"]) == ("held", 1)
        assert not running.replies(held)
        assert (await invoked(url, "resume", "prelude")).exit_code == 0
        await until(lambda: running.replies(held), 30)
        assert not running.replies(away)
