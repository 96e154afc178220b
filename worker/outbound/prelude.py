"""Replies through Prelude: POST /v2/notify/reply (Prelude: Reply to an inbound message), and templates: POST /v2/notify
(Prelude: Send a message)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, Field

from worker.options import Address, Options, TokenText
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused

PATH: Final = "/v2/notify/reply"
TEMPLATE_PATH: Final = "/v2/notify"

# Prelude: Reply to an inbound message, error table; Errors. The documents bind no code to an HTTP status, so the code
# decides, and the status only where there is no code that we know.
CODES: Final = {
    "window_expired": Answer.WINDOW,
    "invalid_reply_context": Answer.PERMANENT,
    "phone_number_mismatch": Answer.PERMANENT,
    "missing_text": Answer.PERMANENT,
    "invalid_phone_number": Answer.PERMANENT,
    "invalid_line_type": Answer.PERMANENT,
    "unsubscribed": Answer.PERMANENT,
    "category_forbidden": Answer.PERMANENT,
    "unsupported_country": Answer.PERMANENT,
    "channel_not_enabled_in_region": Answer.PERMANENT,
    "insufficient_balance": Answer.CONFIG,
    "missing_api_token": Answer.CONFIG,
    "invalid_api_token": Answer.CONFIG,
    "invalid_api_key": Answer.CONFIG,
    "suspended_account": Answer.CONFIG,
    "invalid_sender_id": Answer.CONFIG,
    "invalid_callback_url": Answer.CONFIG,
    "invalid_correlation_id": Answer.CONFIG,
    "invalid_request": Answer.CONFIG,
    # Of fields that we do not send: somebody between us changes what we say.
    "invalid_locale": Answer.CONFIG,
    "invalid_date_format": Answer.CONFIG,
    "expires_at_in_past": Answer.CONFIG,
    "expires_at_too_far_in_future": Answer.CONFIG,
    # The book's template is wrong, and not the account: its replies go on.
    "template_not_found": Answer.PERMANENT,
    "template_not_validated": Answer.PERMANENT,
    "template_not_registered_in_country": Answer.PERMANENT,
    "invalid_template_id": Answer.PERMANENT,
    "invalid_template_variables": Answer.PERMANENT,
    "internal": Answer.RETRY,
}


class _Accepted(BaseModel):
    id: str


class _Error(BaseModel):
    code: str
    request_id: str | None = None


class PreludeOptions(Options):
    api_token: TokenText = Field(description="env:NAME or file:PATH of the API token")
    base_url: Address = "https://api.prelude.dev"


class PreludeSender:
    """Sends for one Prelude account. Which number answers, the quoted message says."""

    Options: ClassVar[type[BaseModel]] = PreludeOptions
    LONGEST: ClassVar[int] = 4096  # WhatsApp's own; Prelude names none
    IDEMPOTENT: ClassVar[bool] = False
    BOUND_TO: ClassVar[Sequence[str]] = ("prelude", "webhook")  # who passes Prelude's messages on passes its ids on

    def __init__(self, client: wire.Client) -> None:
        self._client = client

    @classmethod
    def connect(cls, options: PreludeOptions, *, number: str | None, connections: int) -> Self:
        headers = {"authorization": f"Bearer {options.api_token.reveal()}"}
        return cls(wire.client(options.base_url, headers, connections=connections))

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        answer = await self._client.ask(PATH, allowed, payload=payload(reply))
        return answer if isinstance(answer, Outcome) else read(answer)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        answer = await self._client.ask(TEMPLATE_PATH, allowed, payload=template_payload(message))
        return answer if isinstance(answer, Outcome) else read(answer)

    async def aclose(self) -> None:
        await self._client.aclose()


def payload(reply: Reply) -> dict[str, str]:
    """The request's body (Prelude: SendNotifyReplyRequest)."""
    body = {"to": reply.to, "text": reply.text, "reply_to": reply.quotes, "correlation_id": reply.correlation_id}
    return body if reply.callback_url is None else {**body, "callback_url": reply.callback_url}


def template_payload(message: TemplateMessage) -> dict[str, Any]:
    """The request's body (Prelude: Send a message)."""
    body = {
        "template_id": message.id,
        "to": message.to,
        "variables": dict(message.variables),
        "preferred_channel": "whatsapp",
        "correlation_id": message.correlation_id,
    }
    return body if message.callback_url is None else {**body, "callback_url": message.callback_url}


def read(response: wire.Response) -> Outcome:
    """What Prelude's answer means."""
    if response.status < 300:
        answer = parsed(_Accepted, response.body)
        return accepted(response, answer.id if answer else None)
    error = parsed(_Error, response.body)
    if error is None:
        return refused(response, None, None)
    return refused(response, error.code, CODES.get(error.code), error.request_id)
