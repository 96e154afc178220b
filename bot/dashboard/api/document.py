"""The API as an OpenAPI document, made from the same table that its routes are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from bot import __version__
from bot.dashboard.api.calls import Call
from bot.dashboard.roles import Role

FAULT: Final = "#/components/schemas/Fault"
ENDS: Final = {
    "401": "no session, and no password that is known",
    "403": "a viewer's change, or another site's",
    "404": "there is no such thing",
    "409": "refused: nothing was changed; `code` and `error` say why",
    "413": "the body is too large",
    "429": "too many wrong passwords",
    "503": "Redis is away, or the work took too long",
}


def document(calls: Sequence[Call]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {
        "Fault": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
        }
    }
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
        if call.body is not None:
            schema = call.body.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {})
            schemas[call.body.__name__] = schema
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Autoreply",
            "version": __version__,
            "description": "What the dashboard shows and does. A viewer sees neither texts nor numbers.",
        },
        "security": [{"password": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "password": {"type": "http", "scheme": "bearer", "description": "one of the dashboard's passwords"},
                "session": {"type": "apiKey", "in": "cookie", "name": "autoreply_session"},
            },
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    told = {"description": "what was asked for", "content": {"application/json": {"schema": {"type": "object"}}}}
    ends = {**ENDS, **({"422": "the body is not as it should be"} if call.body else {})}
    ends |= {"400": "a parameter or the body holds what cannot be"}
    operation: dict[str, Any] = {
        "summary": call.summary,
        "description": "For operators." if call.role is Role.OPERATOR else "For viewers, too.",
        "operationId": re.sub(r"\W+", "_", f"{call.method.lower()}{call.path}").strip("_"),
        "parameters": _parameters(call),
        "responses": {"200": told, **{status: _fault(words) for status, words in sorted(ends.items())}},
    }
    if call.body is not None:
        schema = {"$ref": f"#/components/schemas/{call.body.__name__}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _parameters(call: Call) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", call.path)
    ]
    in_query = [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in call.query.items()
    ]
    return in_path + in_query


def _fault(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": FAULT}}}}
