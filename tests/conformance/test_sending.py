"""Requests: what is sent, and what the answers mean."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.serve import serve_app
from tests.conformance.subject import CUSTOMER, Refusal, Request, Subject
from tests.conformance.subjects import SUBJECTS
from worker.outbound import Answer, Outcome, Reply, Sender, TemplateMessage
from worker.outbound.providers import PROVIDERS

ALLOWED: Final = timedelta(seconds=5)
CALLBACK: Final = "https://bot.example.com/webhooks/shop"
REPLY: Final = Reply(CUSTOMER, "Thanks for your order!", "wamid.1", "shop_im_1_1", CALLBACK)
TEMPLATE: Final = TemplateMessage(CUSTOMER, "template_1", {"1": "Sam", "2": "42"}, "shop_im_1_2", CALLBACK)

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.provider for subject in SUBJECTS])


class Scripted:
    """A provider that answers all requests alike, and remembers them."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.answer = Response(body, status, headers, media_type="application/json")
        self.requests: list[Request] = []

    async def take(self, request: HttpRequest) -> Response:
        path = request.scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        self.requests.append(Request(path, _body(await request.body(), request.headers), dict(request.headers)))
        return self.answer


def _body(raw: bytes, headers: Any) -> Any:
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))
    return json.loads(raw)


@asynccontextmanager
async def sending(subject: Subject, scripted: Scripted) -> AsyncIterator[Sender]:
    app = Starlette(routes=[Route("/{rest:path}", scripted.take, methods=["POST", "GET"])])
    async with serve_app(app) as url:
        sender = subject.sender(url)
        yield sender
        await sender.aclose()


def test_every_adapter_has_a_subject() -> None:
    assert {subject.provider for subject in SUBJECTS} == PROVIDERS.keys()


@every_subject
@pytest.mark.parametrize("what", ["reply", "reply without a callback", "template"])
async def test_the_request_is_the_one_in_the_documents(subject: Subject, what: str) -> None:
    status, body, _ = subject.accepted()
    scripted = Scripted(status, body)
    async with sending(subject, scripted) as sender:
        match what:
            case "template":
                await sender.send_template(TEMPLATE, ALLOWED)
                wanted = subject.template_request(TEMPLATE)
            case "reply":
                await sender.send(REPLY, ALLOWED)
                wanted = subject.request(REPLY)
            case _:
                plain = Reply(REPLY.to, REPLY.text, REPLY.quotes, REPLY.correlation_id)
                await sender.send(plain, ALLOWED)
                wanted = subject.request(plain)
    (sent,) = scripted.requests
    assert (sent.path, sent.body) == (wanted.path, wanted.body)
    assert wanted.headers.items() <= sent.headers.items()


@every_subject
async def test_the_documents_own_success_is_one(subject: Subject) -> None:
    status, body, provider_id = subject.accepted()
    async with sending(subject, Scripted(status, body)) as sender:
        outcome = await sender.send(REPLY, ALLOWED)
    assert outcome == Outcome(Answer.ACCEPTED, "accepted", status, provider_id=provider_id)


@pytest.mark.parametrize(
    ("subject", "refusal"),
    [
        pytest.param(subject, refusal, id=f"{subject.provider}: {refusal.status} {refusal.code}")
        for subject in SUBJECTS
        for refusal in subject.refusals()
    ],
)
async def test_each_code_of_the_documents_has_its_meaning(subject: Subject, refusal: Refusal) -> None:
    async with sending(subject, Scripted(refusal.status, refusal.body)) as sender:
        outcome = await sender.send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.code, outcome.status) == (refusal.answer, refusal.code, refusal.status)


@every_subject
@pytest.mark.parametrize("body", [b"", b"<html>ok</html>", b"{}", b"[]", b"null", b"\xff\x00"])
async def test_a_success_that_cannot_be_read_is_ambiguous(subject: Subject, body: bytes) -> None:
    async with sending(subject, Scripted(subject.accepted()[0], body)) as sender:
        outcome = await sender.send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.code) == (Answer.AMBIGUOUS, "unreadable_answer")


@every_subject
async def test_the_time_that_the_provider_asks_for_is_told(subject: Subject) -> None:
    async with sending(subject, Scripted(429, b"", {"retry-after": "7"})) as sender:
        outcome = await sender.send(REPLY, ALLOWED)
    assert (outcome.answer, outcome.retry_after) == (Answer.RETRY, timedelta(seconds=7))


@every_subject
async def test_a_provider_that_does_not_listen_has_got_nothing(subject: Subject) -> None:
    sender = subject.sender("http://127.0.0.1:1")
    assert (await sender.send(REPLY, ALLOWED)).answer is Answer.RETRY
    assert (await sender.send_template(TEMPLATE, ALLOWED)).answer is Answer.RETRY
    await sender.aclose()
