"""Checks bodies against the tables of Kaleyra's documents (Send Reply to Messages; Send Template Messages).

The tables do not say what becomes of fields that they do not have. Here they are refused: who wrote one meant another.
"""

from __future__ import annotations

from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from bot.sandbox.provider import RefusedError

REF_LIMIT: Final = 255  # what is longer "will be truncated"


def _object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


_SOMETHING: Final = {"type": "string", "minLength": 1}
_TEXT: Final = {"type": "string"}
_HEAD: Final = {
    "messaging_product": {"const": "whatsapp"},
    "recipient_type": {"const": "individual"},
    "to": {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"},  # "following E.164 format"
    "context": _object("message_id", message_id=_SOMETHING),
}
_PARAMETER: Final = _object("type", "text", type={"const": "text"}, text=_SOMETHING, parameter_name=_SOMETHING)
_COMPONENT: Final = _object(
    "type", type={"enum": ["header", "body", "button"]}, parameters={"type": "array", "items": _PARAMETER}
)
_REPLY: Final = _object(
    "messaging_product",
    "to",
    "text",
    **_HEAD,
    type={"const": "text"},  # "if omitted, defaults to text"
    text=_object("body", body={**_SOMETHING, "maxLength": 4096}, preview_url={"type": "boolean"}),
)
_TEMPLATE: Final = _object(
    "messaging_product",
    "to",
    "type",
    "template",
    **_HEAD,
    type={"const": "template"},
    template=_object(
        "name",
        "language",
        name=_SOMETHING,
        language=_object("code", code=_SOMETHING),
        components={"type": "array", "items": _COMPONENT},
    ),
)
_REQUEST: Final = Draft202012Validator(
    _object(
        "messaging_object",
        messaging_object={
            "type": "object",
            "if": {"properties": {"type": {"const": "template"}}, "required": ["type"]},
            "then": _TEMPLATE,
            "else": _REPLY,
        },
        extra_info=_object(ref=_TEXT, ref1=_TEXT, ref2=_TEXT, wa_source=_TEXT),
    )
)


def check(body: object) -> dict[str, Any]:
    """The body, typed. Raises RefusedError."""
    error = best_match(_REQUEST.iter_errors(body))
    if error is not None:
        place = ".".join(map(str, error.absolute_path)) or "body"
        raise RefusedError("WA400", f"{place} does not keep to {error.validator}")
    return body if isinstance(body, dict) else {}


def ref(body: dict[str, Any]) -> str | None:
    """What comes back in callbacks."""
    found = body.get("extra_info", {}).get("ref")
    return None if found is None else str(found)[:REF_LIMIT]
