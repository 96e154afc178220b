"""Replies through Meta's WhatsApp Cloud API: POST /{version}/{phone_number_id}/messages (Meta: Text messages,
Contextual replies, Template messages). That a window is over, Meta mostly tells afterwards, in a webhook.

Numbers go out with their `+`: as in the documents' examples, and without it Meta may take them for local ones.
`biz_opaque_callback_data` comes back with what becomes of a reply; the documents name it without a limit. Webhooks go
where the app says, so `callback_url` is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field

from worker.options import Address, Options, TokenText
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused
from worker.outbound.meta_codes import CODES, NO_SUCH_NUMBER, PAIR_RATE
from worker.outbound.quoting import context


class _Sent(BaseModel):
    id: Annotated[str, Field(min_length=1)]


class _Accepted(BaseModel):
    messages: Annotated[list[_Sent], Field(min_length=1)]


class _Detail(BaseModel):
    code: int | str
    error_subcode: Any = None
    fbtrace_id: Any = None


class _Error(BaseModel):
    error: _Detail


class MetaOptions(Options):
    access_token: TokenText = Field(description="env:NAME or file:PATH of the access token of a system user")
    phone_number_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")] = Field(
        description="the phone number ID that stands in the app's API setup; it is not the number"
    )
    version: Annotated[str, Field(pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$")] = "v25.0"  # of the Graph API
    template_language: Annotated[str, Field(min_length=2, max_length=20)] = "en"
    base_url: Address = "https://graph.facebook.com"


class MetaSender:
    """Sends for one business number."""

    Options: ClassVar[type[BaseModel]] = MetaOptions
    LONGEST: ClassVar[int] = 4096  # Meta: Text messages
    IDEMPOTENT: ClassVar[bool] = False

    def __init__(self, client: wire.Client, options: MetaOptions) -> None:
        self._client = client
        self._path = f"/{options.version}/{options.phone_number_id}"
        self._language = options.template_language

    @classmethod
    def connect(cls, options: MetaOptions, *, number: str | None, connections: int) -> Self:
        headers = {"authorization": f"Bearer {options.access_token.reveal()}"}
        return cls(wire.client(options.base_url, headers, connections=connections), options)

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        return await self._post(payload(reply), allowed)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        return await self._post(template_payload(message, self._language), allowed)

    async def examine(self, allowed: timedelta) -> Outcome:
        """Reads the number (Graph API: WhatsApp Business Phone Number)."""
        answer = await self._client.ask(f"{self._path}?fields=id", allowed)
        return answer if isinstance(answer, Outcome) else read_number(answer)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, body: Mapping[str, Any], allowed: timedelta) -> Outcome:
        answer = await self._client.ask(f"{self._path}/messages", allowed, payload=body)
        return answer if isinstance(answer, Outcome) else read(answer)


def payload(reply: Reply) -> dict[str, Any]:
    """The request's body (Meta: Text messages, Contextual replies)."""
    return {
        **_addressed(reply.to, "text", reply.correlation_id),
        **context(reply),
        "text": {"preview_url": False, "body": reply.text},
    }


def template_payload(message: TemplateMessage, language: str) -> dict[str, Any]:
    """The request's body (Meta: Template messages)."""
    template: dict[str, Any] = {"name": message.id, "language": {"code": language}}
    if message.variables:
        template["components"] = [{"type": "body", "parameters": _parameters(message.variables)}]
    return {**_addressed(message.to, "template", message.correlation_id), "template": template}


def _addressed(to: str, kind: str, correlation_id: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        # Meta: Business-scoped user ids. Who has a username has no number for us.
        "to" if to.startswith("+") else "recipient": to,
        "type": kind,
        "biz_opaque_callback_data": correlation_id,
    }


def _parameters(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """A template's variables have numbers, or all of them have names."""
    if all(name.isascii() and name.isdecimal() for name in variables):
        return [{"type": "text", "text": variables[name]} for name in sorted(variables, key=int)]
    return [{"type": "text", "parameter_name": name, "text": text} for name, text in variables.items()]


def read(response: wire.Response) -> Outcome:
    """What Meta's answer to a message means."""
    if response.status >= 300:
        return _refused(response)
    answer = parsed(_Accepted, response.body)
    return accepted(response, answer.messages[0].id if answer else None)


def read_number(response: wire.Response) -> Outcome:
    """What Meta's answer to a question about the number means."""
    if response.status >= 300:
        return _refused(response)
    number = parsed(_Sent, response.body)
    return replace(accepted(response, number.id if number else None), provider_id=None)


def _refused(response: wire.Response) -> Outcome:
    envelope = parsed(_Error, response.body)
    if envelope is None:
        return refused(response, None, None)
    error = envelope.error
    code = str(error.code)
    meant = Answer.CONFIG if (code, error.error_subcode) == NO_SUCH_NUMBER else CODES.get(code)
    outcome = refused(response, code, meant, error.fbtrace_id if isinstance(error.fbtrace_id, str) else None)
    return replace(outcome, is_personal=code == PAIR_RATE)
