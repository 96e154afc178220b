"""The sandbox as a provider: webhooks in, replies out, the window, delivery events, the control API, the command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from bot.commands.sandbox import sandbox as sandbox_command
from bot.sandbox.addresses import is_loopback
from bot.sandbox.bodies import LIMIT
from bot.sandbox.courier import Patience, trust
from bot.sandbox.providers.prelude.contract import Contract
from bot.sandbox.providers.prelude.ids import new_id
from bot.sandbox.providers.prelude.signing import public_pem
from bot.sandbox.rfc3339 import timestamp
from bot.sandbox.serve import serve_sandbox
from bot.sandbox.stream import stream
from bot.sandbox.world import Pace
from tests.stand_in import CUSTOMER, NOWHERE, TOKEN, client_of, create_world, serve_receiver, signing_key, until

OTHER = "+14155550124"
QUICK = Pace(timedelta(milliseconds=5), timedelta(milliseconds=5))
HASTY = Patience(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=20), attempts=4)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_123_456_789

    def __call__(self) -> int:
        return self.now


def reply_to(message: str, **more: Any) -> dict[str, Any]:
    return {"to": CUSTOMER, "text": "Here you are.", "reply_to": message, **more}


async def post_reply(client: httpx.AsyncClient, body: object) -> httpx.Response:
    return await client.post("/v2/notify/reply", json=body)


async def test_a_message_reaches_the_receiver_as_the_documented_event() -> None:
    clock = Clock()
    async with serve_receiver() as receiver:
        world = create_world(receiver.url, clock=clock)
        message = world.receive(CUSTOMER, "Hi, I have a question")
        [delivery] = await receiver.took(1)
        await world.aclose()
    assert delivery.event == {
        "id": message.event_id,
        "type": "inbound.message.received",
        "payload": {
            "message_id": message.id,
            "channel": "whatsapp",
            "from": CUSTOMER,
            "to": "+14155550100",
            "content": {"text": "Hi, I have a question"},
            "conversation": {"window_expires_at": "2023-11-15T22:13:20.123456789Z"},
        },
        "created_at": "2023-11-14T22:13:20.123456789Z",
    }


def test_ids_are_26_crockford_digits_and_sort_by_time() -> None:
    ids = [new_id("im", at * 10**6) for at in (0, 1, 1_700_000_000_000, 2**48 - 1)]
    assert all(re.fullmatch(r"im_[0-7][0-9a-hjkmnp-tv-z]{25}", one) for one in ids)
    assert ids == sorted(ids)


def test_timestamps_keep_all_nine_digits() -> None:
    assert timestamp(1_000_000_007) == "1970-01-01T00:00:01.000000007Z"


async def test_an_event_is_posted_again_with_the_same_id_until_it_is_answered_200() -> None:
    async with serve_receiver() as receiver:
        receiver.moods = [503, 204]  # 204 is not 200
        world = create_world(receiver.url, patience=HASTY)
        message = world.receive(CUSTOMER, "hello")
        deliveries = await receiver.took(3)
        await until(lambda: world.conversations.messages[0].state == "delivered")
        await world.aclose()
    assert [delivery.status for delivery in deliveries] == [503, 204, 200]
    assert {delivery.event["id"] for delivery in deliveries} == {message.event_id}
    assert world.conversations.messages[0].attempts == 2


async def test_a_receiver_that_is_away_is_tried_for_a_while_and_then_no_more() -> None:
    world = create_world(NOWHERE, patience=HASTY)
    world.receive(CUSTOMER, "hello")
    await until(lambda: world.conversations.messages[0].state == "retrying")
    await until(lambda: world.conversations.messages[0].state == "lost")
    assert world.conversations.messages[0].attempts == HASTY.attempts
    await world.aclose()


def test_pauses_double_up_to_the_longest() -> None:
    pauses = list(Patience(attempts=9).pauses())
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_webhook_url_that_is_none_counts_as_a_receiver_that_is_away() -> None:
    world = create_world("http://[", patience=Patience(attempts=1))
    world.receive(CUSTOMER, "hello")
    await until(lambda: world.conversations.messages[0].state == "lost")
    assert world.conversations.messages[0].attempts == 1
    await world.aclose()


async def test_a_reply_is_answered_with_the_documented_fields() -> None:
    world = create_world()
    async with client_of(world) as client:
        message = world.receive(CUSTOMER, "hello").id
        plain = await post_reply(client, reply_to(message))
        full = await post_reply(client, reply_to(message, correlation_id="t-42", callback_url=NOWHERE))
    contract = Contract.load().validator("SendNotifyReplyResponse")
    assert (plain.status_code, full.status_code) == (200, 200)
    assert contract.is_valid(plain.json())
    assert contract.is_valid(full.json())
    assert plain.json().keys() == {"id", "to", "text", "reply_to", "created_at"}
    assert full.json() | {"id": "", "created_at": ""} == {
        **reply_to(message, correlation_id="t-42", callback_url=NOWHERE),
        "id": "",
        "created_at": "",
    }
    assert plain.json()["id"].startswith("tx_")


async def test_a_second_reply_to_the_same_message_is_kept_for_checkers_to_see() -> None:
    world = create_world()
    async with client_of(world) as client:
        body = reply_to(world.receive(CUSTOMER, "hello").id, correlation_id="t-1", unheard_of=[1])
        await post_reply(client, body)
        await post_reply(client, body)
        replies = (await client.get("/sandbox/replies")).json()["replies"]
    assert [reply["request"] for reply in replies] == [body, body]
    assert len({reply["id"] for reply in replies}) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": ""}, "missing_text"),
        ({"text": " \n"}, "missing_text"),
        ({"text": 5}, "invalid_request"),
        ({"to": "0415"}, "invalid_phone_number"),
        ({"to": OTHER}, "phone_number_mismatch"),
        ({"to": None}, "invalid_request"),
        ({"reply_to": "im_unknown"}, "invalid_reply_context"),
        ({"correlation_id": "x" * 81}, "invalid_correlation_id"),
        ({"callback_url": 7}, "invalid_callback_url"),
        ({"callback_url": "ftp://x/"}, "invalid_callback_url"),
        ({"callback_url": "http://["}, "invalid_callback_url"),
    ],
)
async def test_a_wrong_field_is_refused_with_the_code_of_the_documents(change: dict[str, Any], code: str) -> None:
    world = create_world()
    async with client_of(world) as client:
        response = await post_reply(client, reply_to(world.receive(CUSTOMER, "hello").id) | change)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert Contract.load().validator("Error").is_valid(response.json())
    assert response.json()["request_id"]
    assert world.conversations.replies == []


async def test_bodies_that_are_no_request_are_refused() -> None:
    async with client_of(create_world()) as client:
        answers = [
            await client.post("/v2/notify/reply", content=body)
            for body in (b"{", b"[]", b"\xff", b'{"to": "a", "text": "b"}', b"[" * 60_000, b'{"text": "\\ud800"}')
        ]
        nothing = await client.post("/v2/notify/reply", json={})
        long = await client.post("/v2/notify/reply", content=b" " * (LIMIT + 1))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "invalid_request")}
    assert nothing.json()["code"] == "missing_text"
    assert (long.status_code, long.json()["code"]) == (413, "invalid_request")


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "missing_api_token"), ("Bearer wrong", "invalid_api_token"), (f"Basic {TOKEN}", "invalid_api_token")],
)
async def test_without_the_token_nothing_is_accepted(header: str, code: str) -> None:
    async with client_of(create_world()) as client:
        response = await client.post("/v2/notify/reply", json={}, headers={"Authorization": header})
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.json()["type"] == "unauthorized"


async def test_the_window_closes_and_a_newer_message_opens_it_for_the_older_one_too() -> None:
    clock = Clock()
    world = create_world(clock=clock)
    async with client_of(world) as client:
        first = world.receive(CUSTOMER, "hello").id
        clock.now += 24 * 3600 * 10**9 - 1
        in_time = await post_reply(client, reply_to(first))
        clock.now += 1
        late = await post_reply(client, reply_to(first))
        world.receive(CUSTOMER, "anybody?")
        again = await post_reply(client, reply_to(first))
    assert in_time.status_code == 200
    assert (late.status_code, late.json()["code"]) == (400, "window_expired")
    assert again.status_code == 200


async def test_delivery_events_follow_a_reply_and_name_it_where_the_documents_say() -> None:
    async with serve_receiver() as receiver:
        world = create_world(pace=Pace(timedelta(milliseconds=60), timedelta(milliseconds=60)))
        async with client_of(world) as client:
            message = world.receive(CUSTOMER, "hello").id
            body = reply_to(message, callback_url=receiver.url, correlation_id="t-42")
            reply = (await post_reply(client, body)).json()
            events = [delivery.event for delivery in await receiver.took(3)]
    assert [event["type"].rpartition(".")[2] for event in events] == ["created", "submitted", "delivered"]
    assert [event["payload"]["correlation_id"] for event in events] == ["t-42"] * 3
    assert events[0]["payload"]["id"] == events[1]["payload"]["message_id"] == events[2]["payload"]["message_id"]
    assert events[0]["payload"]["id"] == reply["id"]
    assert events[2]["payload"]["status"] == world.conversations.replies[0].state == "delivered"


async def test_no_event_tells_that_a_reply_was_read() -> None:
    async with serve_receiver() as receiver:
        world = create_world(pace=Pace(timedelta(0), timedelta(0), read=timedelta(milliseconds=50)))
        async with client_of(world) as client:
            await post_reply(client, reply_to(world.receive(CUSTOMER, "hello").id, callback_url=receiver.url))
            await until(lambda: world.conversations.replies[0].state == "read")
            await asyncio.sleep(0.05)
    assert len(receiver.deliveries) == 3


async def test_a_reply_can_fail_after_it_was_accepted() -> None:
    async with serve_receiver() as receiver:
        world = create_world(pace=QUICK)
        async with client_of(world) as client:
            await client.post("/sandbox/faults", json={"next": [{"kind": "undelivered", "reason": "network"}]})
            await post_reply(client, reply_to(world.receive(CUSTOMER, "hello").id, callback_url=receiver.url))
            await receiver.took(3)
            entries = (await client.get(f"/sandbox/conversations/{CUSTOMER}")).json()["entries"]
    failed = next(d.event for d in receiver.deliveries if d.event["type"] == "transactional.message.failed")
    assert (failed["payload"]["status"], failed["payload"]["reason"]) == ("failed", "network")
    assert (entries[1]["state"], entries[1]["reason"]) == ("failed", "network")


@pytest.mark.parametrize(("allowed", "events"), [(False, 0), (True, 3)])
async def test_callbacks_of_other_hosts_are_fetched_only_in_a_world_that_allows_it(allowed: bool, events: int) -> None:
    async with serve_receiver() as receiver:
        # Linux connects 0.0.0.0 to this host, but it is no loopback address
        stranger = receiver.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - connected to, not bound
        world = create_world(pace=QUICK, allow_any_callback=allowed)
        async with client_of(world) as client:
            response = await post_reply(client, reply_to(world.receive(CUSTOMER, "hi").id, callback_url=stranger))
            await until(lambda: world.conversations.replies[0].state == "delivered")
            await asyncio.sleep(0.1)
        assert response.status_code == 200
        assert len(receiver.deliveries) == events


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://localhost:1/x", True),
        ("http://127.0.0.9/", True),
        ("http://[::1]:80/", True),
        ("http://localhost.example/", False),
        ("http://127.0.0.1@10.0.0.1/", False),
        ("http://169.254.169.254/", False),
    ],
)
def test_only_loopback_addresses_count_as_this_host(url: str, ours: bool) -> None:
    assert is_loopback(url) is ours


async def test_the_control_api_writes_as_a_customer_and_tells_the_conversation() -> None:
    async with serve_receiver() as receiver:
        world = create_world(receiver.url, pace=QUICK)
        async with client_of(world) as client:
            body = {"from": CUSTOMER, "text": "hello", "window_seconds": 60}
            message = (await client.post("/sandbox/messages", json=body)).json()
            await post_reply(client, reply_to(message["id"]))
            await until(lambda: world.conversations.replies[0].state == "delivered")
            await receiver.took(1)
            told = (await client.get(f"/sandbox/conversations/{CUSTOMER}")).json()
            silent = (await client.get(f"/sandbox/conversations/{OTHER}")).json()
    assert (message["event_id"], message["to"]) == (receiver.deliveries[0].event["id"], "+14155550100")
    assert told["window_expires_at"] == message["window_expires_at"]
    assert [(entry["kind"], entry["state"]) for entry in told["entries"]] == [
        ("message", "delivered"),
        ("reply", "delivered"),
    ]
    assert told["entries"][1]["reply_to"] == message["id"]
    assert (silent["entries"], silent["window_expires_at"]) == ([], None)


async def test_of_media_nobody_is_told_but_they_open_the_window() -> None:
    async with serve_receiver() as receiver:
        world = create_world(receiver.url)
        async with client_of(world) as client:
            body = {"from": CUSTOMER, "text": "", "media": "image"}
            photo = (await client.post("/sandbox/messages", json=body)).json()
            assert (await post_reply(client, reply_to(photo["id"]))).status_code == 200
            world.receive(CUSTOMER, "hello")
            await receiver.took(1)
    assert (photo["media"], photo["text"], photo["state"]) == ("image", "", "unannounced")
    assert [delivery.event["payload"]["content"]["text"] for delivery in receiver.deliveries] == ["hello"]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("messages", {"from": "me", "text": "hi"}, "'me' is not a phone number like +14155550123."),
        ("messages", {"from": CUSTOMER, "text": ""}, "text: String should have at least 1 character."),
        ("messages", {"from": CUSTOMER}, "text: Field required."),
        ("messages", {"from": CUSTOMER, "text": "hi", "window_seconds": 1e9}, "window_seconds: "),
        ("messages", [], "Input should be a valid dictionary"),
        ("faults", {"next": [{"kind": "hang"}]}, "next.0: Value error, a fault of kind hang needs seconds."),
        ("faults", {"next": [{"kind": "fire"}]}, "next.0.kind: "),
        ("faults", {"latency": -1}, "latency: "),
    ],
)
async def test_the_control_api_says_in_a_sentence_what_is_wrong(path: str, body: object, sentence: str) -> None:
    async with client_of(create_world()) as client:
        response = await client.post(f"/sandbox/{path}", json=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(sentence)


async def test_the_control_api_takes_only_json_and_not_too_much_of_it() -> None:
    async with client_of(create_world()) as client:
        plain = await client.post("/sandbox/messages", content='{"from": "+14155550123", "text": "x"}')
        headers = {"Content-Type": "application/json"}
        broken = await client.post("/sandbox/messages", content="{", headers=headers)
        long = await client.post("/sandbox/messages", content=" " * (LIMIT + 1), headers=headers)
    assert plain.json() == {"error": "The Content-Type must be application/json."}
    assert broken.json() == {"error": "The body is not JSON in UTF-8."}
    assert long.status_code == 413


async def test_faults_can_be_looked_at_and_taken_back() -> None:
    async with client_of(create_world()) as client:
        await client.post("/sandbox/faults", json={"next": [{"kind": "drop", "count": 2}], "latency": 0.5})
        queued = (await client.get("/sandbox/faults")).json()
        cleared = (await client.delete("/sandbox/faults")).json()
    assert queued == {"next": [{"kind": "drop", "count": 2}], "latency": 0.5}
    assert cleared == {"next": [], "latency": 0}


async def test_the_public_key_can_be_fetched() -> None:
    world = create_world()
    async with client_of(world) as client:
        assert (await client.get("/sandbox/public-key")).text == public_pem(signing_key())


async def test_the_event_stream_tells_one_customers_news_as_they_happen() -> None:
    world = create_world(patience=Patience(attempts=1), pace=Pace(timedelta(milliseconds=40), timedelta(0)))
    told: list[tuple[str, str]] = []
    async with client_of(world) as client, client.stream("GET", f"/sandbox/events?number={CUSTOMER}") as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "event: ready"
        world.receive(OTHER, "not for this ear")
        message = world.receive(CUSTOMER, "hello")
        await post_reply(client, reply_to(message.id))
        async for line in lines:
            if line.startswith("event: "):
                entry = json.loads((await anext(lines)).removeprefix("data: "))
                told.append((line.removeprefix("event: "), entry["state"]))
            if ("state", "delivered") in told:
                break
    assert [what for what in told if what[0] != "state"] == [("message", "sending"), ("reply", "sent")]
    assert ("state", "lost") in told


async def test_a_silent_stream_shows_that_it_is_alive_and_ends_with_the_world() -> None:
    world = create_world()
    lines = stream(world.conversations, CUSTOMER, ping=0.01)
    assert await anext(lines) == "event: ready\ndata: {}\n\n"
    assert await anext(lines) == ": still here\n\n"
    await world.aclose()
    assert [line async for line in lines if line != ": still here\n\n"] == []


async def test_what_a_hanging_request_begins_at_the_end_is_given_up_with_the_world() -> None:
    before = asyncio.all_tasks()
    world = create_world(NOWHERE)
    world.latency = 30
    async with serve_sandbox(world) as url:
        headers = {"authorization": f"Bearer {TOKEN}"}
        client = httpx.AsyncClient(base_url=url, headers=headers, verify=trust())
        message = world.receive(CUSTOMER, "hello").id
        posting = asyncio.create_task(post_reply(client, reply_to(message, callback_url=NOWHERE)))
        await asyncio.sleep(0.2)
    assert world.conversations.replies  # the request was dealt with when the world closed
    await posting
    await client.aclose()
    assert asyncio.all_tasks() == before


async def test_a_sandbox_stops_at_once_though_someone_listens_and_may_be_served_again() -> None:
    world = create_world()
    began = time.monotonic()
    async with client_of(world) as client, client.stream("GET", f"/sandbox/events?number={CUSTOMER}") as response:
        await anext(response.aiter_lines())
        message = world.receive(CUSTOMER, "hello").id
    async with client_of(world) as client:
        assert (await post_reply(client, reply_to(message))).status_code == 200
    assert time.monotonic() - began < 2.5


async def test_the_phone_page_comes_with_a_policy_that_forbids_strangers() -> None:
    async with client_of(create_world()) as client:
        page, script = await client.get("/"), await client.get("/phone.js")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "javascript" in script.headers["content-type"]
    assert "innerHTML" not in script.text


async def test_it_can_be_served_on_ipv6_too() -> None:
    async with serve_sandbox(create_world(), host="::1") as url, httpx.AsyncClient(verify=trust()) as client:
        assert url.startswith("http://[::1]:")
        assert (await client.get(f"{url}/sandbox/replies")).json() == {"replies": []}


START = "from bot.commands.sandbox import sandbox; sandbox()"


def test_the_command_prints_what_to_set_and_keeps_the_key_to_its_owner(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    command = [sys.executable, "-c", START, "--port", "0", "--key", str(key)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "Ctrl-C ends the sandbox; it remembers nothing.\n"))
        settings = dict(re.findall(r"export AUTOREPLY_PRELUDE_(\w+)=(\S+)", told))
        headers = {"Authorization": f"Bearer {settings['API_TOKEN']}"}
        answer = httpx.post(f"{settings['BASE_URL']}/v2/notify/reply", json={}, headers=headers)
        public = httpx.get(f"{settings['BASE_URL']}/sandbox/public-key").text
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert answer.json()["code"] == "missing_text"
    assert Path(settings["WEBHOOK_KEYS_FILE"]).read_text() == public
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_command_says_what_is_wrong_with_the_key_the_port_or_the_provider(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("no key")
    run = CliRunner()
    unreadable = run.invoke(sandbox_command, ["--key", str(key)])
    homeless = run.invoke(sandbox_command, ["--key", str(tmp_path / "k.pem"), "--host", "192.0.2.1"])
    unknown = run.invoke(sandbox_command, ["--provider", "pigeon"])
    assert unreadable.exit_code == homeless.exit_code == unknown.exit_code == 1
    assert "'pigeon' is no provider that the sandbox plays: kaleyra, " in unknown.output
    assert unreadable.output.startswith("Error: ")
    assert "192.0.2.1" in homeless.output


def test_the_command_without_jsonschema_says_how_to_install_it() -> None:
    code = f"import sys; sys.modules['jsonschema'] = None; {START}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs jsonschema" in done.stderr
    assert "pip install 'autoreply[demo]'" in done.stderr


def test_the_command_teaches_in_its_help() -> None:
    told = CliRunner().invoke(sandbox_command, ["--help"]).output
    assert "1. Start the sandbox and leave it running." in told
    assert "8010" in told
