"""The world of one sandbox: customers, a business number, a receiver of webhooks, and a provider in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal

from bot.sandbox import courier
from bot.sandbox.addresses import is_loopback, is_phone_number
from bot.sandbox.conversations import Conversations
from bot.sandbox.faults import Faults
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Provider, Step, WebhookRequest

_log = logging.getLogger(__name__)

BUSINESS_NUMBER: Final = "+14155550100"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast WhatsApp works: the pauses between the steps of a reply."""

    submitted: timedelta = timedelta(milliseconds=200)  # after it was accepted
    settled: timedelta = timedelta(milliseconds=400)  # after submitted
    read: timedelta | None = None  # after delivered; None: the customer lets nobody know


USUAL_PACE = Pace()


class World:
    """Everything that the sandbox knows and does. Deliveries run as tasks until `aclose`."""

    def __init__(
        self,
        provider: Provider,
        *,
        webhook_url: str,
        business_number: str = BUSINESS_NUMBER,
        patience: courier.Patience = courier.USUAL,
        pace: Pace = USUAL_PACE,
        allow_any_callback: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.provider = provider
        self.webhook_url = webhook_url  # may be set again: a receiver's port is often known only later
        self.business_number = business_number
        self.faults = Faults()
        self.latency = 0.0  # seconds from the reading of each request of the business to its answer
        self.conversations = Conversations()
        self.clock = clock  # nanoseconds since the epoch
        self._pace = pace
        self._allow_any_callback = allow_any_callback
        self._courier = courier.Courier(provider, patience)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    # customers write

    def receive(
        self,
        sender: str,
        text: str,
        *,
        media: str | None = None,
        window: timedelta | None = None,
        recipient: str | None = None,
    ) -> Inbound:
        """A customer writes; the webhook is on its way when this returns. Raises ValueError if a number is none."""
        recipient = recipient or self.business_number
        for number in (sender, recipient):
            if not is_phone_number(number):
                raise ValueError(f"{number!r} is not a phone number like +14155550123")
        now = self.clock()
        window = self.provider.window if window is None else window
        expires_at = now + window // timedelta(microseconds=1) * 1000
        message = Inbound(*self.provider.new_ids(now), sender, recipient, text, now, expires_at, media=media)
        request = self.provider.inbound(message, self.webhook_url)
        if request is None:
            message = replace(message, state="unannounced")
        self.conversations.put(message)
        if request is not None:
            self._start(self._announce(message, request))
        return message

    async def _announce(self, message: Inbound, request: WebhookRequest) -> None:
        attempts = 0

        def failed() -> None:
            nonlocal attempts
            attempts += 1
            self.conversations.put(replace(message, state="retrying", attempts=attempts))

        taken = await self._courier.deliver(request, failed)
        state: Literal["delivered", "lost"] = "delivered" if taken else "lost"
        self.conversations.put(replace(message, state=state, attempts=attempts))

    # the business answers

    def send(self, sent: Reply | Template, *, failing: str = "") -> None:
        """Take what the provider has accepted. It is delivered in a moment, or fails with the reason `failing`.

        What has been taken before is not sent again: its sender knew it by a key of its own.
        """
        if self.conversations.knows(sent.id):
            return
        self.conversations.put(sent)
        self._start(self._progress(sent, failing or sent.failing))

    async def _progress(self, sent: Reply | Template, failing: str) -> None:
        self._tell(sent, "accepted")
        await asyncio.sleep(self._pace.submitted.total_seconds())
        self._tell(sent, "submitted")
        await asyncio.sleep(self._pace.settled.total_seconds())
        if failing:
            self._settle(replace(sent, state="failed", reason=failing), "failed")
            return
        self._settle(replace(sent, state="delivered"), "delivered")
        if self._pace.read is not None:
            await asyncio.sleep(self._pace.read.total_seconds())
            self._settle(replace(sent, state="read"), "read")

    def _settle(self, sent: Reply | Template, step: Step) -> None:
        self.conversations.put(sent)
        self._tell(sent, step)

    def _tell(self, sent: Reply | Template, step: Step) -> None:
        for request in self.provider.events(sent, step, self.webhook_url, self.clock()):
            if request.url == self.webhook_url or self._allow_any_callback or is_loopback(request.url):
                self._start(self._deliver(request))
            else:  # the sandbox fetches no URLs of strangers from inside a network
                _log.warning("%s of %s is not posted: its callback_url is not on this host", step, sent.id)

    async def _deliver(self, request: WebhookRequest) -> None:
        await self._courier.deliver(request, lambda: None)

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
