"""Meta's errors: a number, a status and the envelope around them (Meta: Error codes; Graph API: Handling errors).

Documents of different years bind codes to different statuses; these are of the later ones. Clients go by the code.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse

from bot.sandbox.provider import RefusedError

# the titles of codes that this player gives, as the documents have them
TITLES: Final[Mapping[str, str]] = {
    "100": "Invalid parameter",
    "130429": "Rate limit hit",
    "131000": "Something went wrong",
    "131008": "Required parameter is missing",
    "131009": "Parameter value is not valid",
    "131026": "Message undeliverable",
    "131042": "Business eligibility payment issue",
    "131047": "Re-engagement message",
    "132001": "Template does not exist",
    "132000": "Template param count mismatch",
    "190": "Access token has expired",
}
_STATUS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("0", "190"), 401),
    **dict.fromkeys(("10", "368", "130497", "131005", "131031"), 403),
    "132001": 404,
    **dict.fromkeys(("4", "80007", "130429", "131056"), 429),
    **dict.fromkeys(("3", "131000", "131057"), 500),
    **dict.fromkeys(("2", "131016", "133004"), 503),
}
# the words of the sandbox's faults, in Meta's
REASONS: Final[Mapping[str, str]] = {"window_expired": "131047", "insufficient_balance": "131042"}


class UnknownNumberError(RefusedError):
    """There is no such phone_number_id for this token."""


def envelope(refused: RefusedError) -> JSONResponse:
    """The answer to a refused request."""
    title = TITLES.get(refused.code, "Refused")
    error: dict[str, Any] = {
        "message": f"(#{refused.code}) {title}",
        "type": "OAuthException",
        "code": _number(refused.code),
        "error_data": {"messaging_product": "whatsapp", "details": str(refused) or title},
        "fbtrace_id": secrets.token_urlsafe(16),
    }
    if isinstance(refused, UnknownNumberError):
        del error["error_data"]
        error |= {"message": str(refused), "type": "GraphMethodException", "error_subcode": 33}
    return JSONResponse({"error": error}, refused.status or _STATUS.get(refused.code, 400))


def told_later(reason: str) -> dict[str, Any]:
    """The error in a status, for a reason of the sandbox's or a code (Meta: Webhooks, status messages)."""
    code = reason if reason.isdecimal() else REASONS.get(reason, "131026")
    title = TITLES.get(code, "Refused")
    return {
        "code": _number(code),
        "title": title,
        "message": title,
        "error_data": {"details": title},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def _number(code: str) -> int | str:
    """Faults may bring codes that are none of Meta's."""
    return int(code) if code.isdecimal() else code
