"""A channel of the operator's own (provider `webhook`): the contract is in worker/outbound/channel.py and
bot/inbound/channel.py, and with examples in deploy/accounts.md. It is ours, so it leaves nothing open."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from bot.sandbox.addresses import is_phone_number, is_web
from bot.sandbox.bodies import parse_json
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Template
from bot.sandbox.provider import Endpoint, Posted, Provider, RefusedError, Sections, Step, WebhookRequest
from bot.sandbox.rfc3339 import timestamp
from worker.secret import Secret
from worker.standard_webhooks import HEADERS, ID, NotSigned, believe, is_signing_secret, signed

PATH: Final = "/replies"
LONGEST: Final = 4096  # characters
STATUSES: Final[dict[str, int]] = {"unauthorized": 401, "not_now": 429}  # of the codes; the others' is 422
STEPS: Final[dict[Step, str]] = {"submitted": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}


class _Request(BaseModel):
    """What both kinds say. Nothing else is sent by us."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: str
    correlation_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    callback_url: str | None = None


class _ReplyRequest(_Request):
    type: Literal["reply"]
    text: Annotated[str, Field(min_length=1)]
    reply_to: str


class _TemplateRequest(_Request):
    type: Literal["template"]
    template_id: str
    variables: dict[str, str]


_REQUEST: Final[TypeAdapter[_ReplyRequest | _TemplateRequest]] = TypeAdapter(
    Annotated[_ReplyRequest | _TemplateRequest, Field(discriminator="type")]
)


@dataclass(frozen=True, slots=True)
class _Body:
    """As it was signed, and decoded."""

    raw: bytes
    said: Any


class Channel(Provider):
    """The other side of one account."""

    unreadable: ClassVar[str] = "invalid_request"
    rate_limited: ClassVar[str] = "not_now"

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._sent: dict[str, Reply | Template] = {}  # by webhook-id

    @classmethod
    def create(cls, token: str, key_file: Path) -> Self:
        """A token that is no secret of this kind becomes one."""
        made = f"whsec_{base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()}"
        return cls(Secret(token if is_signing_secret(token) else made))

    def sections(self, base_url: str) -> Sections:
        both = {"provider": "webhook", "secrets": "env:WEBHOOK_SECRETS"}
        return Sections(
            inbound=both,
            reply={**both, "url": f"{base_url}{PATH}", "private": "true"},
            secrets={"WEBHOOK_SECRETS": self._secret.reveal()},
        )

    # customers write

    def new_ids(self, at: int) -> tuple[str, str]:
        made = f"msg_{secrets.token_hex(12)}"
        return made, made

    def inbound(self, message: Inbound, webhook_url: str) -> WebhookRequest | None:
        said = {
            "type": "message",
            "id": message.id,
            "from": message.sender,
            "to": message.recipient,
            "text": message.text,
            "media": message.media,
            "sent_at": timestamp(message.at),
            "window_expires_at": timestamp(message.window_expires_at),
        }
        return _event(webhook_url, message.event_id, said)

    def sign(self, request: WebhookRequest) -> Mapping[str, str]:
        return signed((self._secret,), request.headers[ID], request.body.decode(), datetime.now(UTC))

    # the business answers

    def endpoints(self) -> Sequence[Endpoint]:
        return [Endpoint(PATH, self._accept)]

    def authorize(self, request: HTTPConnection) -> None:
        """Only that it claims to be signed: the signature is of the body, and looked at when that is there."""
        if not all(request.headers.get(name) for name in HEADERS):
            raise RefusedError("unauthorized")

    def read(self, raw: bytes) -> _Body:
        return _Body(raw, parse_json(raw))

    def _accept(self, posted: Posted, conversations: Conversations) -> tuple[Reply | Template, Response]:
        request = self._request(posted)
        number = posted.headers[ID]
        sent = self._sent.get(number)
        if sent is None:
            sent = self._sent[number] = _checked(request, posted, conversations)
        return sent, JSONResponse({"id": sent.id})

    def _request(self, posted: Posted) -> _ReplyRequest | _TemplateRequest:
        try:
            believe((self._secret,), posted.headers, posted.body.raw)
            request = _REQUEST.validate_python(posted.body.said)
        except NotSigned as error:
            raise RefusedError("unauthorized", str(error)) from error
        except ValidationError as error:
            places = [".".join(map(str, fault["loc"])) for fault in error.errors()]
            raise RefusedError("invalid_request", f"look at: {', '.join(places)}") from error
        if posted.headers[ID] != request.correlation_id:
            raise RefusedError("invalid_request", "the webhook-id is not the correlation id")
        return request

    def refusal(self, refused: RefusedError) -> Response:
        error = {"code": refused.code, "message": str(refused) or "The request was refused."}
        return JSONResponse({"error": error}, refused.status or STATUSES.get(refused.code, 422))

    def events(self, sent: Reply | Template, step: Step, webhook_url: str, at: int) -> Sequence[WebhookRequest]:
        if step not in STEPS:
            return ()
        status = "expired" if sent.reason == "window_expired" else STEPS[step]
        said = {"type": "delivery", "correlation_id": sent.correlation_id, "status": status}
        more = {"reason": sent.reason} if sent.reason else {}
        return [_event(sent.callback_url or webhook_url, f"evt_{sent.id}_{step}", said | more)]


def _event(url: str, number: str, said: Mapping[str, Any]) -> WebhookRequest:
    """The same number on each attempt; the signature comes with each."""
    headers = {"content-type": "application/json", ID: number}
    return WebhookRequest(url, json.dumps(said, ensure_ascii=False).encode(), headers)


def _checked(
    request: _ReplyRequest | _TemplateRequest, posted: Posted, conversations: Conversations
) -> Reply | Template:
    """What is sent. Raises RefusedError."""
    if not is_phone_number(request.to):
        raise RefusedError("invalid_recipient")
    if request.callback_url is not None and not is_web(request.callback_url):
        raise RefusedError("invalid_request", "look at: callback_url")
    common: dict[str, Any] = {
        "id": f"out_{secrets.token_hex(12)}",
        "to": request.to,
        "at": posted.at,
        "expires_at": conversations.window_expires_at(request.to, posted.business_number),
        "request": posted.body.said,
        "callback_url": request.callback_url,
        "correlation_id": request.correlation_id,
    }
    if isinstance(request, _TemplateRequest):
        return Template(**common, template_id=request.template_id, variables=request.variables)
    if len(request.text) > LONGEST:
        raise RefusedError("too_long")
    if posted.at >= common["expires_at"]:
        raise RefusedError("window_expired")
    return Reply(**common, text=request.text, reply_to=request.reply_to)
