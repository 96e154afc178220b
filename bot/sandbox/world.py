"""The world of one sandbox: customers, a business number, a receiver of webhooks, and Prelude in between."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox import courier, events, signing
from bot.sandbox.conversations import Conversations
from bot.sandbox.errors import RefusedError
from bot.sandbox.faults import Faults
from bot.sandbox.ids import new_id, timestamp
from bot.sandbox.model import Inbound, Reply, Template

WINDOW = timedelta(hours=24)
TEMPLATES = "template_"  # Prelude's ids begin so; the sandbox knows every template whose id does
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast WhatsApp works: the pauses between a reply's delivery events."""

    submitted: timedelta = timedelta(milliseconds=200)  # after created
    settled: timedelta = timedelta(milliseconds=400)  # after submitted


USUAL_PACE = Pace()


class World:
    """Everything that the sandbox knows and does. Deliveries run as tasks until `aclose`."""

    def __init__(
        self,
        *,
        webhook_url: str,
        api_token: str,
        key: rsa.RSAPrivateKey,
        business_number: str = "+14155550100",
        style: signing.Style = signing.USUAL,
        patience: courier.Patience = courier.USUAL,
        pace: Pace = USUAL_PACE,
        allow_any_callback: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.webhook_url = webhook_url  # may be set again: a receiver's port is often known only later
        self.api_token = api_token
        self.business_number = business_number
        self.public_pem = signing.public_pem(key)
        self.faults = Faults()
        self.latency = 0.0  # seconds from the reading of each request of the business to its answer
        self.conversations = Conversations()
        self.clock = clock  # nanoseconds since the epoch
        self._pace = pace
        self._allow_any_callback = allow_any_callback
        self._courier = courier.Courier(key, style, patience)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    # customers write

    def receive(self, sender: str, text: str, *, window: timedelta = WINDOW, recipient: str | None = None) -> Inbound:
        """A customer writes; the webhook is on its way when this returns. Raises ValueError if a number is none."""
        recipient = recipient or self.business_number
        for number in (sender, recipient):
            if not _E164.fullmatch(number):
                raise ValueError(f"{number!r} is not a phone number like +14155550123")
        now = self.clock()
        expires_at = now + window // timedelta(microseconds=1) * 1000
        message = Inbound(new_id("im", now), new_id("evt", now), sender, recipient, text, now, expires_at)
        self.conversations.put(message)
        self._start(self._announce(message))
        return message

    async def _announce(self, message: Inbound) -> None:
        attempts = 0

        def failed() -> None:
            nonlocal attempts
            attempts += 1
            self.conversations.put(replace(message, state="retrying", attempts=attempts))

        taken = await self._courier.deliver(self.webhook_url, events.received(message), failed)
        state: Literal["delivered", "lost"] = "delivered" if taken else "lost"
        self.conversations.put(replace(message, state=state, attempts=attempts))

    # the business answers

    def accept(self, request: Mapping[str, Any], *, failing: str = "") -> Reply:
        """Take a reply whose shape is right. It is delivered in a moment, or fails with the reason `failing`.

        A message may be answered twice: no document forbids it. Raises RefusedError.
        """
        quoted = self._check(request)
        reply = Reply(new_id("tx", self.clock()), dict(request), self.clock())
        self.conversations.put(reply)
        expires_at = timestamp(self.conversations.window_expires_at(quoted))
        self._start(self._progress(reply, expires_at, failing))
        return reply

    def accept_template(self, request: Mapping[str, Any], *, failing: str = "") -> Template:
        """Take a template whose shape is right, to anybody and at any time. Raises RefusedError."""
        self._check_addresses(request)
        if not request["template_id"].startswith(TEMPLATES):
            raise RefusedError("template_not_found")
        template = Template(new_id("tx", self.clock()), dict(request), self.clock())
        self.conversations.put(template)
        self._start(self._progress(template, template.expires_at, failing))
        return template

    def _check(self, request: Mapping[str, Any]) -> Inbound:
        """The message that is answered. Prelude does not say in which order it checks."""
        if not request["text"].strip():
            raise RefusedError("missing_text")
        self._check_addresses(request)
        quoted = self.conversations.message(request["reply_to"])
        if quoted is None:
            raise RefusedError("invalid_reply_context")
        if quoted.sender != request["to"]:
            raise RefusedError("phone_number_mismatch")
        # an old message may be quoted as long as a newer one keeps the window open
        if self.clock() >= self.conversations.window_expires_at(quoted):
            raise RefusedError("window_expired")
        return quoted

    def _check_addresses(self, request: Mapping[str, Any]) -> None:
        if not _E164.fullmatch(request["to"]):
            raise RefusedError("invalid_phone_number")
        if "callback_url" in request and not _is_web(request["callback_url"]):
            raise RefusedError("invalid_callback_url")

    async def _progress(self, sent: Reply | Template, expires_at: str, failing: str) -> None:
        self._call_back(sent, events.created(sent, self.clock(), expires_at))
        await asyncio.sleep(self._pace.submitted.total_seconds())
        self._call_back(sent, events.submitted(sent, self.clock()))
        await asyncio.sleep(self._pace.settled.total_seconds())
        end = replace(sent, state="failed", reason=failing) if failing else replace(sent, state="delivered")
        self.conversations.put(end)
        self._call_back(end, events.settled(end, self.clock()))

    def _call_back(self, sent: Reply | Template, event: events.Event) -> None:
        url = sent.callback_url
        if url is None:
            return
        if self._allow_any_callback or courier.is_loopback(url):
            self._start(self._deliver(url, event))
        else:  # the sandbox fetches no URLs of strangers from inside a network
            _log.warning("%s of %s is not posted: its callback_url is not on this host", event["type"], sent.id)

    async def _deliver(self, url: str, event: events.Event) -> None:
        await self._courier.deliver(url, event, lambda: None)

    # time and tasks

    async def pause(self, seconds: float) -> None:
        """Sleep, but not longer than the world is open."""
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Give up deliveries and pauses. What was said is kept, and the world may be served again."""
        self._closing.set()
        self._closing = asyncio.Event()
        self.conversations.dismiss()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._courier.aclose()


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
