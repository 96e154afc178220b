"""Reads request bodies of a bounded size, most of them JSON."""

from __future__ import annotations

import json

from starlette.requests import ClientDisconnect, Request

LIMIT = 64 * 1024  # bytes; a WhatsApp text has 4096 characters


class BadBodyError(Exception):
    """The body cannot be read; the text says why. `status` is 413 if it is too long."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: Request) -> bytes:
    """The body, as it came. Raises BadBodyError."""
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LIMIT:
                raise BadBodyError(f"The body is longer than {LIMIT} bytes.", 413)
    except ClientDisconnect:
        raise BadBodyError("The body broke off.") from None  # nobody is there to read this
    return bytes(raw)


def parse_json(raw: bytes) -> object:
    """A body, decoded. Raises BadBodyError."""
    try:
        body: object = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair passes the line above and breaks later
    except (ValueError, RecursionError):
        raise BadBodyError("The body is not JSON in UTF-8.") from None
    return body
