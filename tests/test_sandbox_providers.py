"""The seam: a provider as unlike Prelude as they come, in the same world with the same faults."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.inbound.providers import open_inbound
from bot.sandbox.bodies import BadBodyError
from bot.sandbox.conversations import Conversations
from bot.sandbox.courier import Patience, trust
from bot.sandbox.faults import Fault
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Posted, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.providers import PROVIDERS
from bot.sandbox.rehearsal import Plan, rehearse
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import Pace, World
from tests.stand_in import CUSTOMER, NOWHERE, until
from worker.account_file import read_accounts
from worker.outbound.providers import read_reply

QUICK = Pace(timedelta(milliseconds=5), timedelta(milliseconds=5))
HASTY = Patience(first=timedelta(milliseconds=5))


class Pigeon(Provider):
    """Forms in and out, its key in the path, numbers without +, no quotes; a late reply is found out afterwards, a
    repeated one is known again, and steps are told in one event at the end."""

    window = timedelta(hours=1)
    unreadable = "E1"
    rate_limited = "E2"

    def __init__(self) -> None:
        self._known: dict[str, str] = {}  # keys of requests, and the ids of their replies

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        return cls()

    def sections(self, base_url: str) -> Sections:
        return Sections(None, {"provider": "pigeon", "url": base_url}, {})

    def new_ids(self, at: int) -> tuple[str, str]:
        return f"letter-{at}", f"letter-{at}"

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        words = {"From": message.sender[1:], "Body": message.text, "Media": message.media or ""}
        return WebhookRequest(f"{webhook_url}?{urlencode(words)}", b"", {}, "GET")

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        if step not in {"delivered", "failed"}:
            return ()
        return [WebhookRequest(webhook_url, f"submitted {step} {sent.reason}".strip().encode(), {})]

    def endpoints(self) -> Sequence[Endpoint]:
        return [Endpoint("/{key}/letters", self._accept)]

    def authorize(self, request: HTTPConnection) -> None:
        if request.path_params["key"] != "secret":
            raise RefusedError("E3", status=403)

    def read(self, raw: bytes) -> dict[str, str]:
        try:
            return dict(parse_qsl(raw.decode(), strict_parsing=True))
        except ValueError:
            raise BadBodyError("No form.") from None

    def _accept(self, posted: Posted, conversations: Conversations) -> tuple[Reply, Response]:
        key = posted.headers.get("idempotency-key", str(posted.at))
        known = {reply.id: reply for reply in conversations.replies}.get(self._known.get(key, ""))
        to = f"+{posted.body['To']}"
        late = posted.at >= conversations.window_expires_at(to, posted.business_number)
        reply = known or Reply(
            id=f"answer-{posted.at}",
            to=to,
            at=posted.at,
            expires_at=posted.at,
            request=posted.body,
            text=posted.body["Body"],
            failing="too_late" if late else "",
        )
        self._known[key] = reply.id
        return reply, PlainTextResponse(reply.id, 202)

    def refusal(self, refused: RefusedError) -> Response:
        return PlainTextResponse(refused.code, refused.status or 400)

    def routes(self, conversations: Conversations) -> Sequence[BaseRoute]:
        return [Route("/count", lambda _: PlainTextResponse(str(len(conversations.replies))))]


class Loft:
    """A world with a pigeon, a receiver of its webhooks, and a client that sends."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client
        self.heard: list[str] = []
        self.moods: list[int] = []

    async def take(self, request: Request) -> Response:
        """The webhook: its method, and what is said in its query or its body."""
        said = request.url.query or (await request.body()).decode()
        self.heard.append(f"{request.method} {said}")
        return Response(status_code=self.moods.pop(0) if self.moods else 204)

    async def post(self, key: str = "secret", **headers: str) -> httpx.Response:
        return await self.client.post(f"/{key}/letters", data={"To": CUSTOMER[1:], "Body": "Yes."}, headers=headers)


@asynccontextmanager
async def loft(*faults: Fault) -> AsyncIterator[Loft]:
    world = World(Pigeon(), webhook_url=NOWHERE, pace=QUICK, patience=HASTY)
    world.faults.add(*faults)
    async with serve_sandbox(world) as url, httpx.AsyncClient(base_url=url, verify=trust()) as client:
        held = Loft(world, client)
        async with serve_app(Starlette(routes=[Route("/hook", held.take, methods=["GET", "POST"])])) as receiver:
            world.webhook_url = f"{receiver}/hook"
            yield held


async def test_what_a_customer_writes_is_announced_in_the_providers_way_until_it_is_taken() -> None:
    async with loft() as held:
        held.moods = [500, 302, 202]
        message = held.world.receive(CUSTOMER, "Well?", media="audio")
        await until(lambda: held.world.conversations.messages[0].state == "delivered")
        assert held.heard == ["GET From=14155550123&Body=Well%3F&Media=audio"] * 3
        assert message.window_expires_at - message.at == 3600 * 10**9


async def test_a_reply_in_the_providers_words_is_kept_in_ours() -> None:
    async with loft() as held:
        held.world.receive(CUSTOMER, "Well?")
        answer = await held.post()
        await until(lambda: "POST submitted delivered" in held.heard)
        (reply,) = (await held.client.get("/sandbox/replies")).json()["replies"]
        assert (answer.status_code, answer.text) == (202, reply["id"])
        assert (reply["to"], reply["text"], reply.get("reply_to")) == (CUSTOMER, "Yes.", None)
        assert reply["request"] == {"To": CUSTOMER[1:], "Body": "Yes."}
        assert (await held.client.get("/count")).text == "1"


async def test_a_late_reply_may_be_taken_and_fail_afterwards() -> None:
    async with loft() as held:
        assert (await held.post()).status_code == 202
        assert "too_late" not in (await held.client.get("/sandbox/replies")).text
        await until(lambda: "POST submitted failed too_late" in held.heard)
        assert held.world.conversations.replies[0].reason == "too_late"


async def test_a_reply_that_the_provider_knows_again_is_not_sent_again() -> None:
    async with loft() as held:
        held.world.receive(CUSTOMER, "Well?")
        first, again = [await held.post(**{"Idempotency-Key": "1"}) for _ in range(2)]
        await until(lambda: "POST submitted delivered" in held.heard)
        assert (first.text, again.status_code) == (again.text, 202)
        assert len(held.world.conversations.replies) == 1
        assert held.heard.count("POST submitted delivered") == 1


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (Fault(kind="error", code="131047", status=409), 409, "131047"),
        (Fault(kind="rate_limit", seconds=2), 429, "E2"),
        (Fault(kind="garbage"), 202, "answer-"),
    ],
)
async def test_faults_look_as_the_provider_has_them(fault: Fault, status: int, text: str) -> None:
    async with loft(fault) as held:
        answer = await held.post()
        whole = (await held.post()).text
    assert (answer.status_code, answer.text.startswith(text)) == (status, True)
    assert len(answer.text) < len(whole)
    assert answer.headers.get("retry-after") == ("2" if status == 429 else None)


async def test_what_is_refused_looks_as_the_provider_has_it() -> None:
    async with loft() as held:
        stranger = await held.post("guessed")
        nonsense = await held.client.post("/secret/letters", content="?")
    assert [(answer.status_code, answer.text) for answer in (stranger, nonsense)] == [(403, "E3"), (400, "E1")]


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_of_the_table_says_what_an_accounts_file_has_to_say(name: str, tmp_path: Path) -> None:
    sections = PROVIDERS[name].create("a-token", tmp_path / "key.pem").sections("http://127.0.0.1:1")
    entry = {"name": "shop", "number": "+14155550100", "book": "book.yaml", "reply": dict(sections.reply)}
    inbound = sections.inbound or {"provider": "prelude", "unsigned": "true"}
    (tmp_path / "accounts.yaml").write_text(yaml.safe_dump({"accounts": [entry | {"inbound": dict(inbound)}]}))
    accounts = read_accounts(tmp_path / "accounts.yaml", sections.secrets, None)
    assert list(open_inbound(accounts, "https://bot.example.com")) == ["shop"]
    assert list(read_reply(accounts)) == ["shop"]
    others = PROVIDERS[name].create("another-token", tmp_path / "key.pem").sections("http://127.0.0.1:1").secrets
    assert sections.secrets != others


@pytest.mark.parametrize("name", sorted(PROVIDERS.keys() - {"prelude"}))
async def test_what_the_command_prints_is_an_accounts_file_and_its_variables(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    plan = Plan(name, "127.0.0.1", 0, "http://127.0.0.1:1/", "a-token", tmp_path / "key.pem")
    rehearsing = asyncio.create_task(rehearse(plan, told.append))
    await until(lambda: told)
    rehearsing.cancel()
    secrets = dict(re.findall(r"export (\w+)=(\S+)", told[0]))
    entry = textwrap.dedent(told[0][told[0].index("  accounts:") : told[0].index("\nCtrl-C")])
    entry = re.sub("# inbound: .*", "inbound: {provider: prelude, unsigned: true}", entry)
    (tmp_path / "accounts.yaml").write_text(entry)
    accounts = read_accounts(tmp_path / "accounts.yaml", secrets, None)
    assert list(open_inbound(accounts, "https://bot.example.com")) == list(read_reply(accounts)) == [name]
