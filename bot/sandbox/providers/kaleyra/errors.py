"""Kaleyra's errors (Send Reply to Messages, "Sample Failure Response"; WhatsApp V2 error codes for send message)."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.responses import JSONResponse

from bot.sandbox.provider import RefusedError


class _Kind(NamedTuple):
    status: int
    field: str  # what the sentence is about, in `error`
    sentence: str  # ours


KINDS: Final = {
    "RBC001": _Kind(401, "error", "The SID or the API key is wrong."),
    "WA401": _Kind(401, "phone_number", "The number in the path is none of the account's."),
    "WA-401": _Kind(401, "account", "This account may not use the API."),  # another code in the documents
    "WA400": _Kind(400, "payload", "The payload is not as it should be."),
    "E110": _Kind(400, "balance", "The balance is too low."),
    "WAV2101": _Kind(400, "account", "The account has reached its daily limit."),  # no document has its status
    "WA429": _Kind(429, "error", "Too many requests."),
    "WA500": _Kind(500, "error", "Try again later."),
}
_OTHER: Final = _Kind(400, "error", "The request was refused.")


def envelope(refused: RefusedError) -> JSONResponse:
    """The answer to a refused request. With RBC001, `data` is a list in the documents, else an object."""
    kind = KINDS.get(refused.code, _OTHER)
    sentence = str(refused) or kind.sentence
    content = {
        "code": refused.code,
        "message": sentence,
        "data": [] if refused.code == "RBC001" else {},
        "error": {kind.field: sentence},
    }
    return JSONResponse(content, refused.status or kind.status)
