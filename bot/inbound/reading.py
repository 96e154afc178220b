"""What adapters share when they read somebody else's JSON: moments, and faults that quote nobody's words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, ValidationError

from bot.inbound import rfc3339


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return rfc3339.parse(value)


Moment = Annotated[datetime, BeforeValidator(_moment)]  # as RFC 3339 writes it


def fault(error: ValidationError) -> str:
    """Where and what, without the value: that may be somebody's words."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['type']}" for fault in faults[:5])


def printable(text: object) -> str:
    """Somebody else's word, fit for a log."""
    return "".join(character for character in str(text)[:60] if character.isprintable())
