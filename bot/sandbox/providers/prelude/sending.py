"""POST /v2/notify/reply and POST /v2/notify: what is checked beyond the contract, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from bot.sandbox.addresses import is_phone_number, is_web
from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Inbound, Reply, Sent, Template
from bot.sandbox.provider import Posted, RefusedError
from bot.sandbox.providers.prelude.contract import Contract
from bot.sandbox.providers.prelude.ids import new_id
from bot.sandbox.rfc3339 import timestamp

TEMPLATES: Final = "template_"  # ids of templates begin so; the sandbox knows every template whose id does
DAY: Final = 24 * 3600 * 10**9  # nanoseconds


def accept_reply(contract: Contract, posted: Posted, conversations: Conversations) -> tuple[Reply, Response]:
    """A message may be answered twice: no document forbids it. Raises RefusedError."""
    request = contract.check_reply(posted.body)
    quoted = _check_reply(request, conversations, posted.at)
    reply = Reply(
        id=new_id("tx", posted.at),
        to=request["to"],
        at=posted.at,
        expires_at=conversations.window_expires_at(quoted.sender, quoted.recipient),
        request=request,
        callback_url=request.get("callback_url"),
        correlation_id=request.get("correlation_id"),
        text=request["text"],
        reply_to=quoted.id,
    )
    return reply, JSONResponse(_reply_json(reply))


def accept_template(contract: Contract, posted: Posted, _: Conversations) -> tuple[Template, Response]:
    """To anybody and at any time. Raises RefusedError."""
    request = contract.check_template(posted.body)
    _check_addresses(request)
    if not request["template_id"].startswith(TEMPLATES):
        raise RefusedError("template_not_found")
    template = Template(
        id=new_id("tx", posted.at),
        to=request["to"],
        at=posted.at,
        expires_at=posted.at + DAY,
        request=request,
        callback_url=request.get("callback_url"),
        correlation_id=request.get("correlation_id"),
        template_id=request["template_id"],
        variables=dict(request.get("variables") or {}),
    )
    return template, JSONResponse(_template_json(template))


def _check_reply(request: Mapping[str, Any], conversations: Conversations, at: int) -> Inbound:
    """The message that is answered. Prelude does not say in which order it checks."""
    if not request["text"].strip():
        raise RefusedError("missing_text")
    _check_addresses(request)
    quoted = conversations.message(request["reply_to"])
    if quoted is None:
        raise RefusedError("invalid_reply_context")
    if quoted.sender != request["to"]:
        raise RefusedError("phone_number_mismatch")
    # an old message may be quoted as long as a newer one keeps the window open
    if at >= conversations.window_expires_at(quoted.sender, quoted.recipient):
        raise RefusedError("window_expired")
    return quoted


def _check_addresses(request: Mapping[str, Any]) -> None:
    if not is_phone_number(request["to"]):
        raise RefusedError("invalid_phone_number")
    if "callback_url" in request and not is_web(request["callback_url"]):
        raise RefusedError("invalid_callback_url")


def _reply_json(reply: Reply) -> dict[str, Any]:
    """The body of the 200 (Prelude: SendNotifyReplyResponse); optional fields only if they were given."""
    echoed = _echo(reply, "to", "text", "reply_to", "callback_url", "correlation_id")
    return {**echoed, "created_at": timestamp(reply.at)}


def _template_json(template: Template) -> dict[str, Any]:
    """The body of the 200 (Prelude: Send a message)."""
    echoed = _echo(template, "to", "template_id", "callback_url", "correlation_id")
    moments = {"created_at": timestamp(template.at), "expires_at": expiry(template)}
    return {**echoed, "variables": template.variables, **moments}


def _echo(sent: Sent, *names: str) -> dict[str, Any]:
    return {"id": sent.id, **{name: sent.request[name] for name in names if sent.request.get(name) is not None}}


def expiry(sent: Sent) -> str:
    """When it is not worth delivering any more, in the words of the request where it has any."""
    return str(sent.request.get("expires_at") or timestamp(sent.expires_at))
