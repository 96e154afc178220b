"""POST /{version}/{phone_number_id}/messages: what is checked, and what is answered (Meta: Text messages, Contextual
replies, Template messages; Business-scoped user ids).

Which code a fault of the request has, the documents leave open in part: 100 says what is no request of theirs at all,
131008 what is missing, 131009 what has the wrong form. Fields that we do not know are refused, for they may be typing
errors; what may stand in a template is checked as far as its body goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from bot.sandbox.conversations import Conversations
from bot.sandbox.model import Reply, Template
from bot.sandbox.provider import Posted, RefusedError
from bot.sandbox.providers.meta.errors import UnknownNumberError

TEMPLATES: Final = "template_"  # names of templates begin so; the sandbox knows every template whose name does
LONGEST: Final = 4096  # characters of a text
LONGEST_DATA: Final = 512  # characters of biz_opaque_callback_data, say libraries and no document
DAY: Final = 24 * 3600 * 10**9  # nanoseconds

_FIELDS: Final = {
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "text",
    "template",
    "biz_opaque_callback_data",
}
_NUMBER: Final = re.compile(r"\+?([1-9][0-9]{6,14})")
_USER_ID: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")

Object = Mapping[str, Any]


def accept(
    phone_number_id: str, new_id: Callable[[], str], posted: Posted, conversations: Conversations
) -> tuple[Reply | Template, Response]:
    """Late texts are taken too. Raises RefusedError."""
    check_number(posted.path, phone_number_id)
    request = _object(posted.body, "body", "100")
    _check_envelope(request)
    to = _recipient(request)
    sent: Reply | Template
    if request.get("type") == "template":
        sent = _template(request, to, new_id(), posted.at)
    else:
        expires_at = conversations.window_expires_at(to, posted.business_number)
        sent = _reply(request, to, new_id(), posted.at, expires_at)
    return sent, JSONResponse(_accepted(request, sent))


def check_number(path: Mapping[str, str], phone_number_id: str) -> None:
    """Raises UnknownNumberError."""
    if not re.fullmatch(r"v\d+\.\d+", path["version"]) or path["phone_number_id"] != phone_number_id:
        raise UnknownNumberError(
            "100",
            f"Unsupported request. Object with ID '{path['phone_number_id']}' does not exist, cannot be loaded due to"
            " missing permissions, or does not support this operation.",
        )


def _check_envelope(request: Object) -> None:
    if unknown := set(request) - _FIELDS:
        raise RefusedError("100", f"Unexpected key {min(unknown)!r}")
    if request.get("messaging_product") != "whatsapp":
        raise RefusedError("100", "messaging_product must be whatsapp")
    if request.get("recipient_type", "individual") != "individual":
        raise RefusedError("131009", "recipient_type must be individual")
    if request.get("type", "text") not in {"text", "template"}:
        raise RefusedError("131009", "type must be text or template: the sandbox takes no other")
    if len(_text(request, "biz_opaque_callback_data", "")) > LONGEST_DATA:
        raise RefusedError("131009", "biz_opaque_callback_data is too long")


def _recipient(request: Object) -> str:
    """A number, in E.164, or the id of somebody who has a username."""
    if "to" in request:  # it wins over `recipient`
        number = _NUMBER.fullmatch(_text(request, "to"))
        if number is None:
            raise RefusedError("131009", "to is no phone number")
        return f"+{number[1]}"
    if not _USER_ID.fullmatch(_text(request, "recipient")):
        raise RefusedError("131009", "recipient is no user id")
    return str(request["recipient"])


def _reply(request: Object, to: str, wamid: str, at: int, expires_at: int) -> Reply:
    text = _object(request.get("text"), "text")
    body = _text(text, "body")
    if not body.strip():
        raise RefusedError("131008", "text.body is empty")
    if len(body) > LONGEST:
        raise RefusedError("100", f"text.body must be at most {LONGEST} characters long")
    if not isinstance(text.get("preview_url", False), bool):
        raise RefusedError("131009", "text.preview_url is no boolean")
    # A quoted message that is gone is left out, and nothing else happens (Meta: Contextual replies, limitations).
    quoted = _text(_object(request["context"], "context"), "message_id") if "context" in request else None
    return Reply(
        id=wamid,
        to=to,
        at=at,
        expires_at=expires_at,
        request=request,
        correlation_id=request.get("biz_opaque_callback_data"),
        text=body,
        reply_to=quoted,
        failing="" if at < expires_at else "131047",
    )


def _template(request: Object, to: str, wamid: str, at: int) -> Template:
    template = _object(request.get("template"), "template")
    name = _text(template, "name")
    _text(_object(template.get("language"), "template.language"), "code")
    if not name.startswith(TEMPLATES):
        raise RefusedError("132001", f"template name ({name}) does not exist")
    return Template(
        id=wamid,
        to=to,
        at=at,
        expires_at=at + DAY,
        request=request,
        correlation_id=request.get("biz_opaque_callback_data"),
        template_id=name,
        variables=_variables(template.get("components", [])),
    )


def _variables(components: Any) -> dict[str, str]:
    """By name, or by place from 1 on."""
    parts = [_object(each, "component") for each in _list(components, "template.components")]
    bodies = [part.get("parameters", []) for part in parts if part.get("type") == "body"]
    given = [_object(each, "parameter") for body in bodies for each in _list(body, "parameters")]
    if any(parameter.get("type") != "text" for parameter in given):
        raise RefusedError("131009", "parameters of a body must be texts")
    return {str(each.get("parameter_name", place)): _text(each, "text") for place, each in enumerate(given, 1)}


def _accepted(request: Object, sent: Reply | Template) -> dict[str, Any]:
    """The body of the 200 (Meta: Text messages, example response)."""
    known = {"wa_id": sent.to[1:]} if sent.to.startswith("+") else {"user_id": sent.to}
    contact = {"input": request.get("to", request.get("recipient")), **known}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": sent.id}]}


def _object(value: Any, name: str, code: str = "131008") -> Object:
    if not isinstance(value, dict):
        raise RefusedError(code, f"{name} is missing or no object")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise RefusedError("131009", f"{name} is no list")
    return value


def _text(place: Object, name: str, default: str | None = None) -> str:
    value = place.get(name, default)
    if value is None:
        raise RefusedError("131008", f"{name} is missing")
    if not isinstance(value, str):
        raise RefusedError("131009", f"{name} is no text")
    return value
