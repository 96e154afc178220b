"""Checks bodies against Prelude's OpenAPI, kept as data in prelude.yaml."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from bot.sandbox.provider import RefusedError

# what is wrong with these has a code of its own; the rest is `invalid_request`
_CODES = {
    "callback_url": "invalid_callback_url",
    "correlation_id": "invalid_correlation_id",
    "template_id": "invalid_template_id",
    "variables": "invalid_template_variables",
    "locale": "invalid_locale",
    "expires_at": "invalid_date_format",
}


class Contract:
    """The schemas of one OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._reply = self.validator("SendNotifyReplyRequest")
        self._template = self.validator("SendNotifyRequest")

    @classmethod
    def load(cls) -> Contract:
        """The document of this package."""
        return cls(yaml.safe_load(files(__package__).joinpath("prelude.yaml").read_text(encoding="utf-8")))

    def validator(self, schema: str) -> Draft202012Validator:
        """For one of `components.schemas`. The whole document comes along: references point into it."""
        root = {**self._document, "$ref": f"#/components/schemas/{schema}"}
        return Draft202012Validator(root, format_checker=FormatChecker())

    def check_reply(self, body: object) -> dict[str, Any]:
        """The body of a reply, typed. Raises RefusedError with the code that the first error deserves."""
        if isinstance(body, dict) and "text" not in body:
            raise RefusedError("missing_text")  # "empty or missing", says the table
        return _checked(self._reply, body)

    def check_template(self, body: object) -> dict[str, Any]:
        """The same with a template."""
        return _checked(self._template, body)


def _checked(validator: Draft202012Validator, body: object) -> dict[str, Any]:
    for error in validator.iter_errors(body):
        raise _refusal(error)
    return body if isinstance(body, dict) else {}


def _refusal(error: ValidationError) -> RefusedError:
    field = str(error.absolute_path[0]) if error.absolute_path else ""
    return RefusedError(_CODES.get(field, "invalid_request"), f"{field or 'body'}: {_short(error)}")


def _short(error: ValidationError) -> str:
    """jsonschema's sentence without the instance, which may be long and is the client's own."""
    if error.validator == "required":
        return error.message
    return f"does not keep to {error.validator}: {error.validator_value}"
