"""Replies through Kaleyra's WhatsApp API v2: POST /v2/{SID}/whatsapp/{number}/messages (Kaleyra: Send Reply to
Messages; Send Template Messages).

Its documents show a number in the path with a bare `+`; here it is written %2B, which means the same and cannot be read
as a space. They know no code for a window that has closed: the API answers 202 and tells it in a callback. No answer
bears an id for their support, and no read is documented by which credentials could be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from worker.options import Address, Options, SettingsError, TokenText
from worker.outbound import Answer, Outcome, Reply, TemplateMessage, wire
from worker.outbound.answers import accepted, parsed, refused
from worker.outbound.quoting import context

# Kaleyra: Send Reply to Messages, "API Domain and Value". The page about templates has api.ap.kaleyra.io for Singapore;
# whose account lives there writes `base_url`.
REGIONS: Final = {
    "in": "https://api.in.kaleyra.io",
    "sg": "https://api.kaleyra.io",
    "eu": "https://api.eu.kaleyra.io",
    "na": "https://api.na.kaleyra.ai",
}

# Kaleyra: Send Reply to Messages, "Sample Failure Response"; Error codes for send message. Without their hyphens: the
# documents write both WA401 and WA-401.
CODES: Final = {
    "RBC001": Answer.CONFIG,  # SID or API key
    "WA401": Answer.CONFIG,  # the number is not the account's, or on another version of the API; or no API for it
    "E110": Answer.CONFIG,  # low balance
    "WAV2101": Answer.CONFIG,  # the account's daily limit
    "WA400": Answer.PERMANENT,  # the payload
    # "Please try again later", to be retried after some minutes: it was not accepted.
    "WA500": Answer.RETRY,
    # Meta's, whose list Kaleyra reproduces (Cloud API error codes). No document tells it at once, but if it were told.
    "131047": Answer.WINDOW,
}


class _Data(BaseModel):
    message_id: Annotated[str, Field(min_length=1)]


class _Accepted(BaseModel):
    """The code beside it is WA202 on one page and WA200 on another: it is the id that counts."""

    data: _Data


class _Error(BaseModel):
    """`data` and `error` are an object or an empty list."""

    code: Annotated[str, BeforeValidator(lambda code: str(code) if isinstance(code, int) else code)]


class KaleyraOptions(Options):
    """`region` or `base_url`, one of the two."""

    sid: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$", description="the SID of the account, letters and digits")
    api_key: TokenText = Field(description="env:NAME or file:PATH of the API key")
    region: Literal["in", "sg", "eu", "na"] | None = None
    base_url: Address | None = None
    template_language: str = Field(default="en", pattern="^[A-Za-z_]{2,10}$")  # of the account's templates

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.region is None) == (self.base_url is None):
            raise ValueError("write `region`, one of in, sg, eu and na, or an address in `base_url`; one of the two")
        return self

    def address(self) -> str:
        return self.base_url or REGIONS[self.region or ""]


class KaleyraSender:
    """Sends from one number of a Kaleyra account."""

    Options: ClassVar[type[BaseModel]] = KaleyraOptions
    LONGEST: ClassVar[int] = 4096  # Kaleyra: Send Reply to Messages, `body`
    IDEMPOTENT: ClassVar[bool] = False  # nothing says that a `ref` is known again

    def __init__(self, client: wire.Client, path: str, language: str) -> None:
        self._client = client
        self._path = path
        self._language = language

    @classmethod
    def connect(cls, options: KaleyraOptions, *, number: str | None, connections: int) -> Self:
        """Raises SettingsError without a number: the path names it."""
        if number is None:
            raise SettingsError(["kaleyra: `number` is missing; write the number that sends in the accounts file"])
        client = wire.client(options.address(), {"api-key": options.api_key.reveal()}, connections=connections)
        return cls(client, f"/v2/{options.sid}/whatsapp/{quote(number, safe='')}/messages", options.template_language)

    async def send(self, reply: Reply, allowed: timedelta) -> Outcome:
        return await self._post(payload(reply), allowed)

    async def send_template(self, message: TemplateMessage, allowed: timedelta) -> Outcome:
        return await self._post(template_payload(message, self._language), allowed)

    async def _post(self, body: Mapping[str, Any], allowed: timedelta) -> Outcome:
        answer = await self._client.ask(self._path, allowed, payload=body)
        return answer if isinstance(answer, Outcome) else read(answer)

    async def aclose(self) -> None:
        await self._client.aclose()


def payload(reply: Reply) -> dict[str, Any]:
    """The request's body (Kaleyra: Send Reply to Messages). Where events go, the number's callback profile says."""
    message = {
        "messaging_product": "whatsapp",
        **context(reply),
        "to": reply.to,
        "type": "text",
        "text": {"preview_url": False, "body": reply.text},
    }
    return {"messaging_object": message, "extra_info": {"ref": reply.correlation_id}}


def template_payload(message: TemplateMessage, language: str) -> dict[str, Any]:
    """The request's body (Kaleyra: Send Template Messages)."""
    template: dict[str, Any] = {"name": message.id, "language": {"code": language}}
    if message.variables:
        template["components"] = [{"type": "body", "parameters": _parameters(message.variables)}]
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to,
        "type": "template",
        "template": template,
    }
    return {"messaging_object": body, "extra_info": {"ref": message.correlation_id}}


def _parameters(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """By their place where their names are numbers; else by name, which only Meta's documents show."""
    if all(name.isdecimal() for name in variables):
        return [{"type": "text", "text": variables[name]} for name in sorted(variables, key=int)]
    return [{"type": "text", "parameter_name": name, "text": text} for name, text in variables.items()]


def read(response: wire.Response) -> Outcome:
    """What Kaleyra's answer means. A code is without hyphens, so that it is one name in logs too."""
    if response.status < 300:
        answer = parsed(_Accepted, response.body)
        return accepted(response, answer.data.message_id if answer else None)
    error = parsed(_Error, response.body)
    code = error.code.replace("-", "") if error else None
    return refused(response, code or None, CODES.get(code or ""))
