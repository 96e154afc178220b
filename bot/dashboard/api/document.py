"""The API as an OpenAPI document, made from the same table that its routes are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Union, get_type_hints

from bot import __version__
from bot.dashboard.api.calls import Call
from bot.dashboard.api.errors import ERRORS, TOO_LARGE
from bot.dashboard.api.schemas import PLACE, schemas
from bot.dashboard.roles import Role

JSON: Final = "application/json"


def document(calls: Sequence[Call]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    types = tuple(dict.fromkeys(shape for call in calls for _, _, shape in _ends(call)))
    of_types, named = schemas(types)
    known, components = dict(zip(types, of_types, strict=True)), dict(named)
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, known)
        if call.body is not None:
            schema = call.body.model_json_schema(ref_template=PLACE)
            components |= schema.pop("$defs", {})
            components[call.body.__name__] = schema
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
            "schemas": components,
            "securitySchemes": {
                "password": {"type": "http", "scheme": "bearer", "description": "one of the dashboard's passwords"},
                "session": {"type": "apiKey", "in": "cookie", "name": "autoreply_session"},
            },
        },
    }


def _ends(call: Call) -> Iterator[tuple[int, str, Any]]:
    """Each status that it may be answered with, what that means, and the type of what is told."""
    yield 200, "what was asked for", get_type_hints(call.answer, include_extras=True)["return"]
    for status, (words, shape) in ERRORS.items():
        if status == 409:
            yield status, words, Union[(shape, *call.refusals)]
        elif status != 422 or call.body is not None:
            yield status, words, shape


def _operation(call: Call, known: Mapping[Any, Any]) -> dict[str, Any]:
    responses = {status: _response(words, JSON, known[shape]) for status, words, shape in _ends(call)}
    too_large, words = TOO_LARGE
    responses[too_large] = _response(words, "text/plain", {"type": "string"})
    operation: dict[str, Any] = {
        "summary": call.summary,
        "description": "For operators." if call.role is Role.OPERATOR else "For viewers, too.",
        "operationId": re.sub(r"\W+", "_", f"{call.method.lower()}{call.path}").strip("_"),
        "parameters": _parameters(call),
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }
    if call.body is not None:
        schema = {"$ref": PLACE.format(model=call.body.__name__)}
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
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


def _response(words: str, media: str, schema: Any) -> dict[str, Any]:
    return {"description": words, "content": {media: {"schema": schema}}}
