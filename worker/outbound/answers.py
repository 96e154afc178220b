"""What answers mean whose adapters read them alike: the code first, and the status only where it says nothing."""

from __future__ import annotations

import time
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from worker.outbound import Answer, Outcome, wire

# What a status means whose code we do not know, or that bears none.
STATUSES: Final = {
    401: Answer.CONFIG,
    402: Answer.CONFIG,
    403: Answer.CONFIG,
    408: Answer.AMBIGUOUS,
    409: Answer.RETRY,  # the same request is under way
    429: Answer.RETRY,
}

M = TypeVar("M", bound=BaseModel)


def parsed(model: type[M], body: bytes) -> M | None:
    """The body as the model has it; None where it is something else."""
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None


def accepted(response: wire.Response, provider_id: str | None, request_id: str | None = None) -> Outcome:
    """A success, where the provider's id of the message could be read; without one nobody knows."""
    if provider_id is None:
        return Outcome(Answer.AMBIGUOUS, "unreadable_answer", response.status, request_id=_shown(request_id))
    name = wire.printable(provider_id)
    return Outcome(Answer.ACCEPTED, "accepted", response.status, provider_id=name, request_id=_shown(request_id))


def refused(response: wire.Response, code: str | None, meant: Answer | None, request_id: str | None = None) -> Outcome:
    """No success. `code` is that of the provider's own error: None where it was not theirs, empty where it has none.
    `meant` is what their documents say of it; None where they say nothing."""
    return Outcome(
        meant or _by_status(response.status, is_theirs=code is not None),
        wire.printable(code) if code else f"http_{response.status}",
        response.status,
        request_id=_shown(request_id),
        retry_after=wire.retry_after(response.headers, time.time()),
    )


def _by_status(status: int, *, is_theirs: bool) -> Answer:
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:
        return Answer.AMBIGUOUS
    # Without their error envelope, or with a redirect, it is not their endpoint that answered.
    return Answer.PERMANENT if is_theirs and status >= 400 else Answer.CONFIG


def _shown(request_id: str | None) -> str | None:
    return wire.printable(request_id) if request_id else None
