"""With the sandbox: a customer writes, a reply goes out, and its delivery is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.inbound import Event, SignatureError, Webhook
from bot.sandbox.faults import Fault
from bot.sandbox.serve import serve_app, serve_sandbox
from bot.sandbox.world import Pace, World
from rules.model import Message
from tests.conformance.subject import CUSTOMER, NUMBER, Subject
from tests.conformance.subjects import SUBJECTS
from tests.stand_in import until
from worker.ledger import DeliveryEvent
from worker.outbound import Answer, Outcome, Polled, Reply, Sender, TemplateMessage

ALLOWED: Final = timedelta(seconds=5)
PACE: Final = Pace(timedelta(milliseconds=10), timedelta(milliseconds=20))

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.provider for subject in SUBJECTS])
receiving = pytest.mark.parametrize(
    "subject",
    [subject for subject in SUBJECTS if subject.inbound() is not None],
    ids=[subject.provider for subject in SUBJECTS if subject.inbound() is not None],
)


@dataclass
class Line:
    """Both ends of an account."""

    world: World
    sender: Sender
    url: str  # of our webhook
    told: list[Event] = field(default_factory=list)
    disbelieved: int = 0

    def reply(self, message: Message, text: str = "Hello!", attempt: int = 1) -> Reply:
        return Reply(message.sender, text, message.id, f"shop_{_key(message.id)}_{attempt}", self.url)

    def deliveries(self) -> Iterator[DeliveryEvent]:
        return (event for event in self.told if isinstance(event, DeliveryEvent))


def _key(message_id: str) -> str:
    return "".join(character for character in message_id if character.isalnum())[-20:]


@asynccontextmanager
async def line(subject: Subject) -> AsyncIterator[Line]:
    inbound = subject.inbound()

    async def take(request: Request) -> Response:
        webhook = Webhook(str(request.url), request.headers, await request.body())
        assert inbound is not None
        try:
            inbound.verify(webhook)
        except SignatureError:
            here.disbelieved += 1
            return Response(status_code=401)
        here.told.extend(inbound.read(webhook))
        return Response()

    app = Starlette(routes=[Route("/webhooks/shop", take, methods=["POST"])])
    async with serve_app(app) as receiver:
        world = World(subject.sandbox(), webhook_url=f"{receiver}/webhooks/shop", business_number=NUMBER, pace=PACE)
        async with serve_sandbox(world) as url:
            sender = subject.sender(url)
            here = Line(world, sender, f"{receiver}/webhooks/shop")
            async with aclosing(sender):
                yield here


async def arrives(here: Line, text: str = "where is my order") -> Message:
    here.world.receive(CUSTOMER, text)
    await until(lambda: any(isinstance(event, Message) for event in here.told), 10)
    (message,) = [event for event in here.told if isinstance(event, Message)]
    return message


@receiving
async def test_what_a_customer_writes_is_read_and_answered_and_its_delivery_is_told(subject: Subject) -> None:
    async with line(subject) as here:
        message = await arrives(here, "Où est ma commande ? 🎉 <b>&amp;")
        assert (message.account, message.text) == ("shop", "Où est ma commande ? 🎉 <b>&amp;")
        assert (
            timedelta(hours=23, minutes=59)
            < message.window_expires_at - message.sent_at
            < timedelta(hours=24, minutes=1)
        )
        reply = here.reply(message)
        assert (await here.sender.send(reply, ALLOWED)).answer is Answer.ACCEPTED
        (sent,) = here.world.conversations.replies
        assert (sent.to, sent.text) == (CUSTOMER, "Hello!")
        if not isinstance(here.sender, Polled):
            await until(lambda: "delivered" in {event.what for event in here.deliveries()}, 10)
            assert {(event.key, event.attempt) for event in here.deliveries()} == {(reply.correlation_id[:-2], 1)}
        assert here.disbelieved == 0


@every_subject
async def test_a_template_goes_out(subject: Subject) -> None:
    async with line(subject) as here:
        message = TemplateMessage(CUSTOMER, "template_1", {"1": "Sam"}, "shop_im1_1", here.url)
        assert (await here.sender.send_template(message, ALLOWED)).answer is Answer.ACCEPTED
        (sent,) = here.world.conversations.templates
        assert (sent.to, sent.template_id, dict(sent.variables)) == (CUSTOMER, "template_1", {"1": "Sam"})


async def ask(here: Line, fault: Fault, allowed: timedelta = ALLOWED) -> Outcome:
    here.world.faults.add(fault)
    message = here.world.receive(CUSTOMER, "hello")
    return await here.sender.send(Reply(CUSTOMER, "Hi!", message.id, "shop_im1_1", here.url), allowed)


@every_subject
@pytest.mark.parametrize("fault", ["drop", "reset", "garbage", "hang"])
async def test_what_was_accepted_and_not_heard_of_is_ambiguous(subject: Subject, fault: str) -> None:
    async with line(subject) as here:
        if fault == "hang":
            outcome = await ask(here, Fault(kind="hang", seconds=30), timedelta(seconds=2))
        else:
            outcome = await ask(here, Fault.model_validate({"kind": fault}))
        assert outcome.answer is Answer.AMBIGUOUS
        assert len(here.world.conversations.replies) == 1


@every_subject
async def test_a_rate_limit_says_when_to_come_again(subject: Subject) -> None:
    async with line(subject) as here:
        outcome = await ask(here, Fault(kind="rate_limit", seconds=3))
        assert (outcome.answer, outcome.retry_after) == (Answer.RETRY, timedelta(seconds=3))
        assert here.world.conversations.replies == []


@every_subject
async def test_the_same_correlation_id_again_is_one_message_where_the_adapter_says_so(subject: Subject) -> None:
    async with line(subject) as here:
        received = here.world.receive(CUSTOMER, "hello")
        reply = Reply(CUSTOMER, "Hi!", received.id, "shop_im1_1", here.url)
        first, second = [await here.sender.send(reply, ALLOWED) for _ in range(2)]
        assert first.answer is second.answer is Answer.ACCEPTED
        assert len(here.world.conversations.replies) == (1 if here.sender.IDEMPOTENT else 2)


@every_subject
@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
async def test_the_longest_text_is_taken_and_a_longer_one_is_not(subject: Subject, more: int, fits: bool) -> None:
    async with line(subject) as here:
        received = here.world.receive(CUSTOMER, "hello")
        text = "é" * (here.sender.LONGEST + more)
        outcome = await here.sender.send(Reply(CUSTOMER, text, received.id, "shop_im1_1", here.url), ALLOWED)
        assert (outcome.answer is Answer.ACCEPTED) is (fits or not subject.refuses_longer)


@receiving
async def test_a_window_that_was_over_is_told_at_once_or_later(subject: Subject) -> None:
    async with line(subject) as here:
        received = here.world.receive(CUSTOMER, "hello", window=timedelta(microseconds=1))
        reply = Reply(CUSTOMER, "Hi!", received.id, "shop_im1_1", here.url)
        outcome = await here.sender.send(reply, ALLOWED)
        if outcome.answer is not Answer.WINDOW:
            assert outcome.answer is Answer.ACCEPTED
            async with asyncio.timeout(10):
                while "expired" not in {event.what for event in here.deliveries()}:
                    await asyncio.sleep(0.05)
