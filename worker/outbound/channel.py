"""Replies to a channel of the operator's own (provider `webhook`): one signed POST each, by a contract that we wrote.

Any system that takes a webhook can send replies for us, to whatever channel it speaks. The file is not called
webhook.py, since that one tells endpoints what rules `notify`, nor is the provider called after this file: it is chosen
by what a person sets up, a webhook on both sides. deploy/accounts.md has the contract with examples; in short:

    POST url    webhook-id: the key, the same whenever it is sent again; webhook-timestamp and webhook-signature
    {"type": "reply", "to", "text", "reply_to", "correlation_id", "callback_url"?}
    {"type": "template", "to", "template_id", "variables", "correlation_id", "callback_url"?}

    2xx {"id"}                 accepted; the same webhook-id again gets the same answer, and sends nothing
    4xx {"error": {"code"}}    window_expired, invalid_recipient, too_long, unauthorized, not_now; or by its status
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, Field, model_validator

from worker.options import Address, Options
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused
from worker.standard_webhooks import SigningSecrets, signed

GONE: Final = 410  # it wants no more of them (Standard Webhooks: Operational considerations)

# The contract. What else goes wrong has a status, or a code that is kept for the log.
CODES: Final = {
    "window_expired": Answer.WINDOW,
    "invalid_recipient": Answer.PERMANENT,
    "too_long": Answer.PERMANENT,
    "unauthorized": Answer.CONFIG,
    "not_now": Answer.RETRY,
}


class _Accepted(BaseModel):
    id: str


class _Fault(BaseModel):
    code: str


class _Refused(BaseModel):
    error: _Fault


class ChannelOptions(Options):
    url: Address = Field(description="the address that takes replies, such as https://desk.example.com/replies")
    secrets: SigningSecrets = Field(
        description="env:NAME or file:PATH of the secret that signs requests: whsec_ and what `openssl rand -base64 32`"
        " prints; or of several, with blanks between"
    )
    private: bool = Field(default=False, description="true to allow an address of your own network, and http://")
    longest: int = Field(default=4096, ge=20, le=65_536, description="characters of one text, from 20 to 65536")

    @model_validator(mode="after")
    def _in_the_open(self) -> Self:
        if self.url.startswith("http:") and not self.private:
            raise ValueError("`url`: write https://, as customers' words go there; http:// needs `private: true`")
        return self


class ChannelSender:
    """Sends for one account."""

    Options: ClassVar[type[BaseModel]] = ChannelOptions
    IDEMPOTENT: ClassVar[bool] = True  # the contract asks it of the other side

    def __init__(self, client: wire.Client, options: ChannelOptions) -> None:
        self.LONGEST = options.longest
        self._client = client
        self._options = options

    @classmethod
    def connect(cls, options: ChannelOptions, *, number: str | None, connections: int) -> Self:
        headers = {"content-type": "application/json"}
        return cls(wire.client("", headers, connections=connections, public=not options.private), options)

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        return await self._post(payload(reply), reply.key or reply.correlation_id, allowed)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        return await self._post(template_payload(message), message.correlation_id, allowed)

    async def _post(self, said: Mapping[str, Any], key: str, allowed: timedelta) -> Outcome:
        body = json.dumps(said, ensure_ascii=False)
        headers = signed(self._options.secrets, key, body, datetime.now(UTC))
        answer = await self._client.ask(self._options.url, allowed, content=body.encode(), headers=headers)
        return answer if isinstance(answer, Outcome) else read(answer)

    async def aclose(self) -> None:
        await self._client.aclose()


def payload(reply: Reply) -> dict[str, Any]:
    """The request's body."""
    body = {
        "type": "reply",
        "to": reply.to,
        "text": reply.text,
        "reply_to": reply.quotes,
        "correlation_id": reply.correlation_id,
    }
    return body if reply.callback_url is None else {**body, "callback_url": reply.callback_url}


def template_payload(message: TemplateMessage) -> dict[str, Any]:
    """The request's body. Variables go out by their names, positions included: `{"1": "Sam"}`."""
    body = {
        "type": "template",
        "to": message.to,
        "template_id": message.id,
        "variables": dict(message.variables),
        "correlation_id": message.correlation_id,
    }
    return body if message.callback_url is None else {**body, "callback_url": message.callback_url}


def read(response: wire.Response) -> Outcome:
    """What the answer means."""
    if 200 <= response.status < 300:
        answer = parsed(_Accepted, response.body)
        return accepted(response, answer.id if answer else None)
    refusal = parsed(_Refused, response.body)
    if refusal is None:
        return refused(response, None, None)
    gone = Answer.CONFIG if response.status == GONE else None
    return refused(response, refusal.error.code, CODES.get(refusal.error.code) or gone)
