"""Prelude's errors: a code, a status and the envelope around them.

The documents promise the envelope and a 400; 401, 402 and 422 were seen on live accounts. Clients go by the code.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.responses import JSONResponse

from bot.sandbox.provider import RefusedError

# the codes that the two endpoints can give, in our words
SENTENCES: Mapping[str, str] = {
    "window_expired": "The customer last wrote more than 24 hours ago: only a template may be sent.",
    "invalid_reply_context": "No inbound message has the id in reply_to.",
    "phone_number_mismatch": "The message in reply_to was written by another number than the one in to.",
    "missing_text": "The reply has no text.",
    "invalid_phone_number": "The number in to is not in E.164 format, such as +14155550123.",
    "insufficient_balance": "The account's balance does not cover this message.",
    "missing_api_token": "The request has no Authorization header with a bearer token.",
    "invalid_api_token": "The bearer token is not one of this account.",
    "invalid_api_key": "The API key is not one of this account.",
    "suspended_account": "The account is suspended.",
    "invalid_request": "The body is not a valid request.",
    "invalid_callback_url": "The callback_url is not an http or https URL.",
    "invalid_correlation_id": "The correlation_id is not a text of at most 80 characters.",
    "template_not_found": "No template has the id in template_id.",
    "template_not_validated": "The template has not been approved.",
    "invalid_template_id": "The template_id is not a text.",
    "invalid_template_variables": "The variables are not those of the template.",
    "invalid_locale": "The locale is not a text such as en-GB.",
    "invalid_date_format": "The expires_at is not a text with a date and time.",
    "unsubscribed": "The customer has unsubscribed.",
    "rate_limited": "Too many requests.",
    "internal": "Something broke on our side.",
}
_STATUS = {
    "insufficient_balance": 402,
    "missing_api_token": 401,
    "invalid_api_token": 401,
    "invalid_api_key": 401,
    "suspended_account": 403,
    "invalid_template_variables": 422,
    "rate_limited": 429,
    "internal": 500,
}
_TYPES = {400: "bad_request", 401: "unauthorized", 402: "payment_required", 403: "forbidden", 429: "too_many_requests"}


def envelope(refused: RefusedError) -> JSONResponse:
    """The answer to a refused request."""
    status = refused.status or _STATUS.get(refused.code, 400)
    fallback = "internal" if status >= 500 else "bad_request"
    content = {
        "code": refused.code,
        "message": str(refused) or SENTENCES.get(refused.code, "The request was refused."),
        "type": _TYPES.get(status, fallback),
        "request_id": str(uuid.uuid4()),
    }
    return JSONResponse(content, status)
