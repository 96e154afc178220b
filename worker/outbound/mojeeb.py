"""Replies through Mojeeb: POST /v1/whatsapp/messages (Mojeeb: Send a free-form WhatsApp text message), and templates:
POST /v1/whatsapp/templates (Mojeeb: Send a template message).

Mojeeb has no webhooks: what became of a reply is asked for, GET /v1/whatsapp/messages/{id} (Mojeeb: Message status).
Its documents name no code for a window that has closed, and give no reason where a message has failed; what they say of
codes may grow without notice (Mojeeb: Errors), so the kind of an error stands in for a code that is new.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from worker.ledger import Delivery
from worker.options import Address, Options, SettingsError, TokenText
from worker.outbound import Answer, Looked, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused

PATH: Final = "/v1/whatsapp/messages"
TEMPLATE_PATH: Final = "/v1/whatsapp/templates"
NO_MESSAGE: Final = "00000000-0000-0000-0000-000000000000"  # that nobody has sent
MESSAGE_NOT_FOUND: Final = "message_not_found"
REPLAYED: Final = "idempotent-replayed"  # a header: the request was known by its key

# Mojeeb: Errors, and the responses of the two pages above.
CODES: Final = {
    "invalid_api_key": Answer.CONFIG,
    "revoked_api_key": Answer.CONFIG,
    "expired_api_key": Answer.CONFIG,
    "insufficient_scope": Answer.CONFIG,
    "agent_not_authorized": Answer.CONFIG,
    "invalid_agent_id": Answer.CONFIG,
    "invalid_from_phone": Answer.CONFIG,
    "from_phone_not_found_for_agent": Answer.CONFIG,
    "invalid_phone_number": Answer.PERMANENT,
    "invalid_template_name": Answer.PERMANENT,  # the book's template is wrong, and not the account
    "idempotency_key_in_progress": Answer.RETRY,
    "idempotency_key_in_use_with_different_params": Answer.PERMANENT,
    "rate_limit_exceeded": Answer.RETRY,
    MESSAGE_NOT_FOUND: Answer.PERMANENT,
    "endpoint_not_found": Answer.CONFIG,
}

# The kinds of errors (Mojeeb: Errors). Where something broke on their side, the request may have been queued all the
# same; it goes again with its key.
TYPES: Final = {
    "authentication_error": Answer.CONFIG,
    "permission_error": Answer.CONFIG,
    "quota_error": Answer.CONFIG,
    "validation_error": Answer.PERMANENT,
    "idempotency_error": Answer.PERMANENT,
    "rate_limit_error": Answer.RETRY,
    "not_found_error": Answer.CONFIG,
    "upstream_error": Answer.AMBIGUOUS,
    "internal_error": Answer.AMBIGUOUS,
}
NOT_NOW: Final = (409, 429)  # whatever the type

# Mojeeb: Message status. `queued` says nothing.
DELIVERIES: Final[dict[str, Delivery]] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}
ASK_LATER: Final = timedelta(minutes=1)  # where it gives no status: their rate limit's span, too


class _Message(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    status: str = ""


class _Error(BaseModel):
    code: str = ""
    type: str = ""
    correlation_id: str | None = None


class _Refused(BaseModel):
    error: _Error


class MojeebOptions(Options):
    api_key: TokenText = Field(description="env:NAME or file:PATH of an API key with the scope whatsapp:send")
    agent_id: str = Field(min_length=1, description="the id of the agent whose WhatsApp connection has the number")
    template_language: str = Field(default="en", min_length=1)
    base_url: Address = "https://api.mojeeb.app"


class MojeebSender:
    """Sends for one agent and number. Mojeeb cannot quote the message that is answered."""

    Options: ClassVar[type[BaseModel]] = MojeebOptions
    LONGEST: ClassVar[int] = 4096  # Mojeeb: text.body
    IDEMPOTENT: ClassVar[bool] = True  # Mojeeb: Idempotency, for 24 hours
    PER_SECOND: ClassVar[float] = 1.0  # Mojeeb: Rate limits, 60 a minute and key, whatever is asked
    EVERY: ClassVar[timedelta] = timedelta(seconds=3)  # so two thirds of that are left to replies

    def __init__(self, client: wire.Client, options: MojeebOptions, number: str) -> None:
        self._client = client
        self._from = {"agent_id": options.agent_id, "from": number}
        self._language = options.template_language

    @classmethod
    def connect(cls, options: MojeebOptions, *, number: str | None, connections: int) -> Self:
        if number is None:
            raise SettingsError(["mojeeb sends from the account's number: write an accounts file that names it"])
        headers = {"authorization": f"Bearer {options.api_key.reveal()}"}
        return cls(wire.client(options.base_url, headers, connections=connections), options, number)

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        payload = {**self._from, "to": reply.to, "text": {"body": reply.text}}
        return await self._post(PATH, payload, reply.correlation_id, reply.key or reply.correlation_id, allowed)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        template = {"name": message.id, "language": self._language, "parameters": dict(message.variables)}
        payload = {**self._from, "to": message.to, "template": template}
        return await self._post(TEMPLATE_PATH, payload, message.correlation_id, message.correlation_id, allowed)

    async def examine(self, allowed: timedelta) -> Outcome:
        """Asks for a message that there is not: who may ask hears that, and others that they may not."""
        answer = await self._client.ask(f"{PATH}/{NO_MESSAGE}", allowed)
        if isinstance(answer, Outcome):
            return answer
        outcome = read(answer)
        if outcome.code == MESSAGE_NOT_FOUND:
            return Outcome(Answer.ACCEPTED, "accepted", outcome.status, request_id=outcome.request_id)
        return outcome

    async def look_up(self, provider_id: str, allowed: timedelta) -> Looked:
        answer = await self._client.ask(f"{PATH}/{quote(provider_id, safe='')}", allowed)
        if isinstance(answer, Outcome):
            return Looked(wait=ASK_LATER)
        if answer.status == 404:
            return Looked()  # it knows of others
        if answer.status != 200:
            return Looked(wait=max(ASK_LATER, wire.retry_after(answer.headers, time.time()) or ASK_LATER))
        message = parsed(_Message, answer.body)
        what = DELIVERIES.get(message.status) if message else None
        return Looked(what, code="failed" if what == "failed" else "")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(
        self, path: str, payload: dict[str, Any], correlation_id: str, key: str, allowed: timedelta
    ) -> Outcome:
        headers = {"idempotency-key": key, "x-correlation-id": correlation_id}
        answer = await self._client.ask(path, allowed, payload=payload, headers=headers)
        return answer if isinstance(answer, Outcome) else read(answer)


def read(response: wire.Response) -> Outcome:
    """What Mojeeb's answer means."""
    if response.status < 300:
        message = parsed(_Message, response.body)
        outcome = accepted(response, message.id if message else None)
        is_replayed = message is not None and response.headers.get(REPLAYED, "").lower() == "true"
        return replace(outcome, code="replayed") if is_replayed else outcome
    refusal = parsed(_Refused, response.body)
    if refusal is None:
        return refused(response, None, None)
    error = refusal.error
    meant = CODES.get(error.code) or (None if response.status in NOT_NOW else TYPES.get(error.type))
    return refused(response, error.code, meant, error.correlation_id)
