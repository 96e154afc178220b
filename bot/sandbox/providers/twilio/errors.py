"""Twilio's errors: a number, a status and the envelope around them (Twilio: Errors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import JSONResponse

from bot.sandbox.provider import RefusedError

# The words of the sandbox's faults, as codes. Any other word is a code already.
REASONS: Final = {
    "generic": "63023",
    "network": "63012",
    "unavailable": "63012",
    "unknown_recipient": "63024",
    "insufficient_balance": "30002",
    "carrier_rejected": "63013",
    "window_expired": "63016",
}
SENTENCES: Final[Mapping[str, str]] = {
    "20001": "The body of the request is no form.",
    "20003": "Authenticate",
    "20404": "The requested resource was not found",
    "20429": "Too Many Requests",
    "21211": "The 'To' number is not a valid phone number.",
    "21602": "Message body is required.",
    "21603": "A 'From' phone number is required.",
    "21604": "A 'To' phone number is required.",
    "21609": "The 'StatusCallback' URL is not a valid URL.",
    "21617": "The concatenated message body exceeds the 1600 character limit.",
    "21655": "The ContentSid is Invalid",
    "21656": "The Content Variables Parameter is invalid",
    "63007": "Twilio could not find a Channel with the specified From address",
}
_HTTP: Final = {"20003": 401, "20404": 404, "20429": 429}


def envelope(refused: RefusedError) -> JSONResponse:
    """The answer to a refused request. A fault's code may be no number, and theirs are."""
    status = refused.status or _HTTP.get(refused.code, 400)
    code = int(refused.code) if refused.code.isdecimal() else 20001
    message = str(refused) or SENTENCES.get(refused.code, "The request was refused.")
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)
