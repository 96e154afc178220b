"""What a rule notifies: told once where all is well, again where it is not, signed, and never to whom it must not."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from click.testing import CliRunner
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.commands import main
from bot.sandbox.serve import serve_app
from rules import Decision
from rules.model import Action
from tests.conftest import a_message
from tests.ledgers import claimed
from tests.service import service
from tests.stand_in import NOWHERE, until
from tests.test_settings import faults
from worker import keys
from worker.connection import connect
from worker.jitter import full_jitter
from worker.ledger import DueNotice, Ledger, Notice, Times
from worker.notices import notices
from worker.notify_values import ENDPOINTS, SECRETS
from worker.notifying import EACH, FIRST_PAUSE, LONGEST_PAUSE, Notifying
from worker.outbound import Endpoint
from worker.outbound.public import is_public
from worker.outbound.webhook import Webhooks
from worker.secret import Secret
from worker.settings import Role, Settings

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another-that-will-replace-it-soon").decode()
SOON = timedelta(milliseconds=20)
DESK = "https://desk.example.com/hooks/autoreply"

BOOK = """
version: 1
rules:
  - name: human
    when: {any: [human]}
    reply: A colleague will answer you here.
    then: {notify: helpdesk}
"""


@dataclass
class Desk:
    """An endpoint: what it was told, and how it answers: first as `moods` say, then with 200. A mood is a status, the
    seconds that it hangs for, or headers of a 503."""

    url: str = ""
    told: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    moods: list[int | float | dict[str, str]] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        return [number for number, _, _ in self.told]

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.told.append((request.headers["webhook-id"], body, dict(request.headers)))
        match self.moods.pop(0) if self.moods else 200:
            case float() as seconds:
                await asyncio.sleep(seconds)
                return Response()
            case int() as status:
                return Response(status_code=status, headers={"location": self.url} if status == 302 else None)
            case headers:
                return Response(status_code=503, headers=headers)


@asynccontextmanager
async def a_desk(*moods: int | float | dict[str, str]) -> AsyncIterator[Desk]:
    desk = Desk(moods=list(moods))
    async with serve_app(Starlette(routes=[Route("/hook", desk.take, methods=["POST", "GET"])])) as url:
        desk.url = f"{url}/hook"
        yield desk


def endpoint(url: str, *secrets: str) -> Endpoint:
    return Endpoint(url, tuple(map(Secret, secrets or (SECRET,))))


@asynccontextmanager
async def telling(ledger: Ledger, *, private: bool = True, **endpoints: Endpoint) -> AsyncIterator[asyncio.Event]:
    """One worker process's, while the block runs. What is yielded stops it."""
    webhooks, stop = Webhooks.connect(private=private), asyncio.Event()
    task = asyncio.create_task(Notifying(ledger, endpoints, webhooks, first_pause=SOON).keep_telling(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task
        await webhooks.aclose()


async def noticed(ledger: Ledger, *names: str, text: str = "I need a human") -> str:
    """Writes the notices of a message that a rule won; its key."""
    claim = await claimed(ledger, a_message(text))
    decision = Decision(rule="human", actions=tuple(Action("notify", value=name) for name in names))
    assert await ledger.stay_silent(claim, decision, "v1", notices=notices(claim, decision))
    return claim.record.key


async def counted(ledger: Ledger, what: str, number: int = 1, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while (await ledger.counts()).get(what, 0) < number:
            await asyncio.sleep(0.01)
    assert (await ledger.counts())[what] == number


async def nothing_waits(store: redis.asyncio.Redis) -> bool:
    return not [key async for key in store.scan_iter(keys.NOTICE + "*")] and not await store.exists(
        keys.NOTICES + "helpdesk"
    )


async def taken(ledger: Ledger) -> tuple[DueNotice, ...]:
    return (await ledger.take_notices(EACH, {})).due


# What is told


async def test_an_endpoint_is_told_what_was_written_and_which_rule_won(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    async with a_desk() as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        message = await noticed(ledger, "helpdesk")
        await counted(ledger, "notice_sent")
        ((number, body, headers),) = desk.told
        event = Webhook(SECRET).verify(body, dict(headers))
        assert (event["type"], event["data"]["message"]) == ("autoreply.rule.notify", message)
        assert (event["data"]["rule"], event["data"]["text"]) == ("human", "I need a human")
        assert datetime.fromisoformat(event["timestamp"]) <= datetime.now(UTC)
        assert (headers["content-type"], number.startswith(message)) == ("application/json", True)
        # Whoever reads a dot in the id signs something else: the signed content is id.timestamp.body.
        assert "." not in number
        assert await nothing_waits(store)


async def test_words_of_any_script_are_signed_as_they_are_sent(ledger: Ledger) -> None:
    async with a_desk() as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        await noticed(ledger, "helpdesk", text="أحتاج إلى شخص 🙏\n")
        await until(lambda: desk.told)
        event = Webhook(SECRET).verify(desk.told[0][1], dict(desk.told[0][2]))
        assert event["data"]["text"] == "أحتاج إلى شخص 🙏\n"


async def test_while_a_secret_is_replaced_both_sign(ledger: Ledger) -> None:
    async with a_desk() as desk, telling(ledger, helpdesk=endpoint(desk.url, SECRET, OTHER)):
        await noticed(ledger, "helpdesk")
        await until(lambda: desk.told)
        _, body, headers = desk.told[0]
        for secret in (SECRET, OTHER):
            assert Webhook(secret).verify(body, dict(headers))
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(body, dict(headers))


async def test_a_rule_that_names_two_endpoints_has_each_told(ledger: Ledger) -> None:
    async with a_desk() as desk, a_desk() as crm:
        async with telling(ledger, helpdesk=endpoint(desk.url), crm=endpoint(crm.url)):
            await noticed(ledger, "helpdesk", "crm")
            await counted(ledger, "notice_sent", 2)
        assert (len(desk.told), len(crm.told)) == (1, 1)


# Again


@pytest.mark.parametrize("mood", [500, 302, 404, {"retry-after": "0"}, {"retry-after": "soon"}], ids=str)
async def test_a_notice_that_is_not_taken_is_told_again_under_the_same_number(
    ledger: Ledger, mood: int | dict[str, str]
) -> None:
    async with a_desk(mood, mood) as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        await noticed(ledger, "helpdesk")
        await counted(ledger, "notice_sent")
        assert len(desk.told) == 3
        assert len(set(desk.numbers)) == 1
        assert (await ledger.counts())["notice_failed"] == 2
        assert {headers["content-length"] for _, _, headers in desk.told} == {str(len(desk.told[0][1]))}


async def test_an_endpoint_that_hangs_is_told_again(redis_url: Secret, times: Times) -> None:
    hasty = Ledger(connect(redis_url, decode=True, connections=4), replace(times, send_timeout=timedelta(seconds=0.3)))
    async with a_desk(3.0) as desk, telling(hasty, helpdesk=endpoint(desk.url)):
        await noticed(hasty, "helpdesk")
        await counted(hasty, "notice_sent")
        assert (len(desk.told), len(set(desk.numbers))) == (2, 1)
        assert (await hasty.counts())["notice_failed"] == 1
    await hasty.aclose()


async def test_an_endpoint_that_hangs_holds_up_no_other(ledger: Ledger) -> None:
    async with (
        a_desk(*[1.5] * 2 * EACH) as slow,
        a_desk() as desk,
        telling(ledger, slow=endpoint(slow.url), helpdesk=endpoint(desk.url)),
    ):
        for _ in range(2 * EACH):
            await noticed(ledger, "slow")
        await until(lambda: len(slow.told) == EACH)
        begun = time.monotonic()
        await noticed(ledger, "helpdesk")
        await until(lambda: desk.told)
        assert time.monotonic() - begun < 1
        assert len(slow.told) == EACH


async def test_an_endpoint_is_asked_again_no_sooner_than_it_says(ledger: Ledger) -> None:
    async with a_desk({"retry-after": "1"}) as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        await noticed(ledger, "helpdesk")
        await until(lambda: desk.told)
        begun = time.monotonic()
        await until(lambda: len(desk.told) == 2)
        assert 0.9 < time.monotonic() - begun < 2


async def test_a_date_to_come_back_at_is_understood(ledger: Ledger) -> None:
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    async with a_desk({"retry-after": tomorrow}) as desk:
        with capture_logs() as lines:
            async with telling(ledger, helpdesk=endpoint(desk.url)):
                await noticed(ledger, "helpdesk")
                await counted(ledger, "notice_failed")
        (failed,) = [line for line in lines if line["event"] == "notice_failed"]
        assert 86_000 < failed["again_in_s"] < 86_500


async def test_pauses_grow_from_seconds_to_an_hour_and_are_never_the_same() -> None:
    pauses = {
        tries: [full_jitter(tries, FIRST_PAUSE, LONGEST_PAUSE) for _ in range(200)] for tries in (1, 2, 5, 12, 10_000)
    }
    assert all(timedelta(0) <= pause <= LONGEST_PAUSE for some in pauses.values() for pause in some)
    assert max(pauses[1]) <= timedelta(seconds=2)
    assert max(pauses[10_000]) > LONGEST_PAUSE / 2
    assert len(set(pauses[5])) > 190


# Not forever


async def test_a_notice_whose_life_would_end_before_its_next_try_is_given_up_and_counted(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    asks = {"retry-after": str(10**6)}
    async with a_desk(asks) as desk:
        with capture_logs() as lines:
            async with telling(ledger, helpdesk=endpoint(desk.url)):
                await noticed(ledger, "helpdesk")
                await counted(ledger, "notice_given_up")
        assert [line["log_level"] for line in lines if line["event"] == "notice_given_up"] == ["error"]
        assert await nothing_waits(store)


async def test_an_endpoint_that_is_gone_for_good_is_told_no_more(ledger: Ledger, store: redis.asyncio.Redis) -> None:
    async with a_desk(410) as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        await noticed(ledger, "helpdesk")
        await counted(ledger, "notice_given_up")
        assert (len(desk.told), await nothing_waits(store)) == (1, True)


async def test_a_notice_that_outlived_every_worker_is_counted_and_logged(redis_url: Secret, times: Times) -> None:
    brief = Ledger(
        connect(redis_url, decode=True, connections=4), replace(times, notice_kept=timedelta(milliseconds=50))
    )
    await noticed(brief, "helpdesk")
    await asyncio.sleep(0.1)
    with capture_logs() as lines:
        async with a_desk() as desk, telling(brief, helpdesk=endpoint(desk.url)):
            await counted(brief, "notice_given_up")
            assert desk.told == []
    assert [line["code"] for line in lines if line["event"] == "notice_given_up"] == ["expired"]
    await brief.aclose()


# Several workers, and those that die


async def test_of_many_workers_one_tells(redis_url: Secret, times: Times) -> None:
    hosts = [Ledger(connect(redis_url, decode=True, connections=2), times) for _ in range(3)]
    async with a_desk() as desk:
        for _ in range(40):
            await noticed(hosts[0], "helpdesk")
        to = endpoint(desk.url)
        async with telling(hosts[0], helpdesk=to), telling(hosts[1], helpdesk=to), telling(hosts[2], helpdesk=to):
            await counted(hosts[0], "notice_sent", 40)
        assert len(desk.told) == len(set(desk.numbers)) == 40
    for host in hosts:
        await host.aclose()


async def test_while_one_has_a_notice_no_other_gets_it_until_the_lease_ends(redis_url: Secret, times: Times) -> None:
    brief = replace(times, send_timeout=timedelta(milliseconds=100), grace=timedelta(milliseconds=100))
    ledger = Ledger(connect(redis_url, decode=True, connections=2), brief)
    await noticed(ledger, "helpdesk")
    (first,) = await taken(ledger)
    assert await taken(ledger) == ()
    await asyncio.sleep(0.25)
    (again,) = await taken(ledger)
    assert (again.number, again.tries) == (first.number, 2)
    # What the slow one says now: that it failed is old news, that it was told is news.
    assert await ledger.settle_notice(first, "failed", "timeout", timedelta(hours=1)) == "overtaken"
    assert await ledger.settle_notice(first, "sent", "http_200") == "sent"
    assert await ledger.settle_notice(again, "failed", "timeout") == "overtaken"
    assert (await ledger.counts())["notice_sent"] == 1
    await ledger.aclose()


async def test_an_answer_that_got_lost_may_be_asked_for_again(ledger: Ledger) -> None:
    await noticed(ledger, "helpdesk")
    (notice,) = await taken(ledger)
    for _ in range(2):
        assert await ledger.settle_notice(notice, "failed", "http_500", timedelta(0)) == "failed"
    assert (await ledger.counts())["notice_failed"] == 1


async def test_a_worker_killed_while_it_tells_has_it_told_again_by_another(tmp_path: Path) -> None:
    """With real processes. The endpoint sees the same number twice, and so that it is one notice."""
    async with a_desk(60.0) as desk, service(tmp_path, book=BOOK) as running:
        running.settings |= {
            "AUTOREPLY_NOTIFY": f"helpdesk={desk.url}",
            "AUTOREPLY_NOTIFY_SECRETS": f"helpdesk={SECRET}",
            "AUTOREPLY_NOTIFY_PRIVATE": "1",
        }
        worker, _ = await asyncio.gather(running.work(), running.serve())
        running.world.receive("+15550000001", "a human please")
        await until(lambda: desk.told, 20)
        worker.kill()
        await worker.wait()
        await asyncio.gather(running.work(), running.work())
        await counted(running.ledger, "notice_sent", seconds=30)
        assert (len(desk.told), len(set(desk.numbers))) == (2, 1)
        for secret in (SECRET, "+15550000001", "human please", desk.url):
            assert secret not in running.log


async def test_a_worker_that_is_stopped_ends_what_is_under_way_and_begins_nothing(
    ledger: Ledger, store: redis.asyncio.Redis
) -> None:
    before = asyncio.all_tasks()
    async with a_desk(0.5) as desk:
        async with telling(ledger, helpdesk=endpoint(desk.url)) as stop:
            await noticed(ledger, "helpdesk")
            await until(lambda: desk.told)
            stop.set()
            later = await noticed(ledger, "helpdesk")
        assert (await ledger.counts())["notice_sent"] == 1
        assert len(desk.told) == 1
        (waiting,) = await taken(ledger)
        assert waiting.number.startswith(later)
    assert not {task for task in asyncio.all_tasks() - before if "keep_telling" in repr(task) or "_tell" in repr(task)}


async def test_one_that_is_cancelled_writes_down_what_came_of_it(ledger: Ledger) -> None:
    async with a_desk(0.3) as desk:
        webhooks = Webhooks.connect(private=True)
        notifying = Notifying(ledger, {"helpdesk": endpoint(desk.url)}, webhooks)
        task = asyncio.create_task(notifying.keep_telling(asyncio.Event()))
        await noticed(ledger, "helpdesk")
        await until(lambda: desk.told)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await ledger.counts())["notice_sent"] == 1
        await webhooks.aclose()


async def test_a_redis_that_is_away_is_waited_for_with_what_was_told(tmp_path: Path) -> None:
    async with a_desk(1.0) as desk, service(tmp_path) as running:
        with capture_logs() as lines:
            async with telling(running.ledger, helpdesk=endpoint(desk.url)):
                await noticed(running.ledger, "helpdesk")
                await until(lambda: desk.told)
                await running.kill_redis(timedelta(seconds=1.5))
                await counted(running.ledger, "notice_sent", seconds=10)
        assert len(desk.told) == 1
        assert "ledger_unavailable" in {line["event"] for line in lines}


# To whom not


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_an_address_that_is_not_public_is_not_connected_to(ledger: Ledger, host: str) -> None:
    async with a_desk() as desk:
        port = desk.url.split(":")[2]
        with capture_logs() as lines:
            async with telling(ledger, private=False, helpdesk=endpoint(f"http://{host}:{port}")):
                await noticed(ledger, "helpdesk")
                async with asyncio.timeout(5):
                    while not (await ledger.counts()).get("notice_failed"):
                        await asyncio.sleep(0.01)
        assert desk.told == []
        (code,) = {line["code"] for line in lines if line["event"] == "notice_failed"}
        # A number that is an address in disguise is none to newer releases of aiohttp.
        assert code == "private_address" or (host.isdecimal() and code == "InvalidUrlClientError")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "192.0.0.8", "192.0.0.171", "192.88.99.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255",
     "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
     "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:0:0:0:0:f5ff:fffe", "fe80::1",
     "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "4000::1"],
)  # fmt: skip
def test_no_way_to_write_an_address_that_is_not_public_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


async def test_a_redirect_is_not_followed(ledger: Ledger) -> None:
    async with a_desk() as inside, a_desk(302) as desk:
        desk_url, desk.url = desk.url, inside.url
        async with telling(ledger, helpdesk=endpoint(desk_url)):
            await noticed(ledger, "helpdesk")
            await counted(ledger, "notice_sent")
        assert (len(desk.told), inside.told) == (2, [])


async def test_what_an_endpoint_answers_is_not_read(ledger: Ledger) -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            ended.set()
        finally:
            writer.close()

    ended = asyncio.Event()
    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, telling(ledger, helpdesk=endpoint(f"http://127.0.0.1:{port}")):
        await noticed(ledger, "helpdesk")
        await counted(ledger, "notice_sent")
        await asyncio.wait_for(ended.wait(), 10)
        await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize("url", [NOWHERE, "https://no-such-host.invalid/", "http://127.0.0.1:9999999/"])
async def test_an_endpoint_that_cannot_be_reached_is_tried_again_and_named_without_its_address(
    ledger: Ledger, url: str
) -> None:
    with capture_logs() as lines:
        async with telling(ledger, helpdesk=endpoint(url + "secret-path")):
            await noticed(ledger, "helpdesk")
            async with asyncio.timeout(8):
                while (await ledger.counts()).get("notice_failed", 0) < 2:
                    await asyncio.sleep(0.01)
    assert {line["endpoint"] for line in lines if line["event"] == "notice_failed"} == {"helpdesk"}
    assert "secret-path" not in repr(lines)


# Endpoints that no setting has


async def test_a_notice_to_a_name_that_no_setting_has_is_counted_once_and_waits(ledger: Ledger) -> None:
    with capture_logs() as lines:
        async with telling(ledger):
            await noticed(ledger, "helpdesk")
            async with asyncio.timeout(5):
                while (await ledger.counts()).get("notice_failed", 0) < 2:
                    await asyncio.sleep(0.01)
    assert (await ledger.counts())["notice_unknown"] == 1
    first = next(line for line in lines if line["event"] == "notice_failed")
    assert (first["endpoint"], first["code"]) == ("helpdesk", "unknown_endpoint")
    assert "AUTOREPLY_NOTIFY" in first["advice"]
    async with a_desk() as desk, telling(ledger, helpdesk=endpoint(desk.url)):
        await until(lambda: desk.told)  # the operator has added it


def check(tmp_path: Path, redis_url: Secret, **more: str) -> Any:
    (tmp_path / "book.yaml").write_text(BOOK)
    settings = {
        "AUTOREPLY_REDIS_URL": redis_url.reveal(),
        "AUTOREPLY_BOOK": str(tmp_path / "book.yaml"),
        "AUTOREPLY_PRELUDE_API_TOKEN": "token",
        **more,
    }
    return CliRunner().invoke(main, ["check", "--role", "worker"], env=settings)


def test_check_tells_of_a_book_whose_endpoint_no_setting_has(tmp_path: Path, redis_url: Secret) -> None:
    checked = check(tmp_path, redis_url)
    assert checked.exit_code == 1
    assert "no setting has the endpoint of `notify: helpdesk`; add helpdesk=https://..." in checked.output
    there = {"AUTOREPLY_NOTIFY": f"helpdesk={DESK}", "AUTOREPLY_NOTIFY_SECRETS": f"helpdesk={SECRET}"}
    checked = check(tmp_path, redis_url, **there)
    assert (checked.exit_code, "notify" in checked.output) == (0, False), checked.output


# The settings


@pytest.fixture
def complete(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "book.yaml").write_text("version: 1")
    return {
        "AUTOREPLY_BOOK": str(tmp_path / "book.yaml"),
        "AUTOREPLY_PRELUDE_API_TOKEN": "token",
        "AUTOREPLY_NOTIFY": f"helpdesk={DESK}\ncrm=https://crm.example.com/?key=a=b",
        "AUTOREPLY_NOTIFY_SECRETS": f"helpdesk={SECRET} crm={SECRET}  crm={OTHER}",
    }


def test_endpoints_are_read_with_their_secrets_and_show_neither(complete: dict[str, str]) -> None:
    settings = Settings.from_environment(complete, Role.WORKER)
    assert {name: each.url for name, each in settings.endpoints.items()} == {
        "helpdesk": DESK,
        "crm": "https://crm.example.com/?key=a=b",
    }
    assert [secret.reveal() for secret in settings.endpoints["crm"].secrets] == [SECRET, OTHER]
    assert "example.com" not in repr(settings.endpoints)
    assert "whsec" not in repr(settings)
    assert settings.notify_private is False


def test_without_endpoints_there_are_none(complete: dict[str, str]) -> None:
    few = {name: value for name, value in complete.items() if "NOTIFY" not in name}
    assert Settings.from_environment(few, Role.WORKER).endpoints == {}
    assert Settings.from_environment({"AUTOREPLY_INSECURE_UNSIGNED": "1"}, Role.RECEIVER).endpoints == {}


def test_their_secrets_are_also_read_from_a_file(complete: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text(complete.pop("AUTOREPLY_NOTIFY_SECRETS").replace(" ", "\n"))
    complete["AUTOREPLY_NOTIFY_SECRETS_FILE"] = str(tmp_path / "secrets")
    assert len(Settings.from_environment(complete, Role.WORKER).endpoints["crm"].secrets) == 2


@pytest.mark.parametrize(
    "written",
    [DESK, "helpdesk", "helpdesk=", f"help desk={DESK}", "helpdesk=desk.example.com", "helpdesk=ftp://example.com",
     "helpdesk=https://", "helpdesk=https://u:p@example.com", "helpdesk=https://example.com/#a", f"={DESK}",
     "helpdesk=https://example.com:99999", f"-x={DESK}", f"a.b={DESK}"],
)  # fmt: skip
def test_endpoints_that_could_not_work_are_faults_that_say_what_to_write(
    complete: dict[str, str], written: str
) -> None:
    complete |= {"AUTOREPLY_NOTIFY": written}
    assert faults(complete, Role.WORKER) == ["AUTOREPLY_NOTIFY: " + ENDPOINTS]


@pytest.mark.parametrize("secret", ["hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "*" * 40, SECRET[6:]])
def test_a_secret_that_no_receiver_could_use_is_a_fault_that_does_not_show_it(
    complete: dict[str, str], secret: str
) -> None:
    (fault,) = faults(complete | {"AUTOREPLY_NOTIFY_SECRETS": f"helpdesk={secret}"}, Role.WORKER)
    assert fault == f"AUTOREPLY_NOTIFY_SECRETS: that of helpdesk cannot be used; {SECRETS}"
    assert secret == "whsec_" or secret not in fault


def test_what_does_not_go_together_is_a_fault(complete: dict[str, str]) -> None:
    complete |= {"AUTOREPLY_NOTIFY": f"helpdesk=http://10.0.0.1/ desk={DESK}"}
    plain, missing, strange = faults(complete, Role.WORKER)
    assert plain.startswith("AUTOREPLY_NOTIFY: helpdesk: write https://")
    assert missing == f"AUTOREPLY_NOTIFY_SECRETS: none for desk; {SECRETS}"
    assert strange.startswith("AUTOREPLY_NOTIFY_SECRETS: AUTOREPLY_NOTIFY has no endpoint crm; add it there")
    twice = {"AUTOREPLY_NOTIFY": f"helpdesk={DESK} helpdesk={DESK}"}
    assert "helpdesk stands there twice" in faults(complete | twice, Role.WORKER)[0]
    private = {"AUTOREPLY_NOTIFY": "helpdesk=http://10.0.0.1/ crm=http://crm/", "AUTOREPLY_NOTIFY_PRIVATE": "1"}
    assert Settings.from_environment(complete | private, Role.WORKER).notify_private


# The readme's example


async def test_the_readme_shows_a_notice_as_it_is(ledger: Ledger) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    shown = json.loads(readme.split("```json")[1].split("```")[0])
    claim = await claimed(ledger, a_message())
    (notice,) = notices(claim, Decision(rule="human", reply="Hi!", actions=(Action("notify", value="helpdesk"),)))
    assert isinstance(notice, Notice)
    sent = json.loads(notice.body)
    assert (sent.keys(), sent["data"].keys(), sent["type"]) == (shown.keys(), shown["data"].keys(), shown["type"])


async def test_a_notice_says_what_the_message_was_besides_text(ledger: Ledger) -> None:
    claim = await claimed(ledger, a_message("", media="document"))
    (notice,) = notices(claim, Decision(rule="bill", actions=(Action("notify", value="helpdesk"),)))
    assert json.loads(notice.body)["data"]["media"] == "document"
