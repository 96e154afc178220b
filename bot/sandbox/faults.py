"""What goes wrong on request: a queue of faults, each for one or more of the next replies and templates.

    error        an error envelope with `code` (and `status`, if not that of the code)
    status       `status` with an HTML page and no code, as a proxy in front of the API would answer
    rate_limit   429 with Retry-After: `seconds`
    hang         nothing is heard for `seconds`; then the answer
    drop, reset  the connection is closed, or reset, without an answer
    garbage      the first half of the answer, as if it were all
    undelivered  accepted as usual; later the delivery event says `failed` with `reason`

A `code` is the provider's, documented or not. A `reason` is too, or a word that all providers here understand:
`generic`, `network`, `unavailable`, `unknown_recipient`, `insufficient_balance`, `carrier_rejected`, `window_expired`.

It is accepted first with hang, drop, reset and garbage: the client cannot know. Not so with `accepts: false`;
then nothing was sent, and a hang ends in 504.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["error", "status", "rate_limit", "hang", "drop", "reset", "garbage", "undelivered"]

_CODE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
_NEEDS: dict[Kind, str] = {"error": "code", "status": "status", "rate_limit": "seconds", "hang": "seconds"}


class Fault(BaseModel):
    """One thing that goes wrong, `count` times."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Kind
    code: str | None = Field(default=None, pattern=_CODE)  # any: clients meet codes that they do not know
    status: int | None = Field(default=None, ge=400, le=599)
    seconds: float | None = Field(default=None, ge=0, le=3600)
    accepts: bool = True
    reason: str = Field(default="generic", pattern=_CODE)
    count: int = Field(default=1, ge=1, le=100_000)

    @model_validator(mode="after")
    def _complete(self) -> Fault:
        needed = _NEEDS.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind {self.kind} needs {needed}")
        return self


class Faults:
    """The queue."""

    def __init__(self) -> None:
        self._next: deque[Fault] = deque()

    def add(self, *faults: Fault) -> None:
        """Queue behind what is there."""
        self._next.extend(faults)

    def take(self) -> Fault | None:
        """What the reply at hand gets."""
        if not self._next:
            return None
        fault = self._next.popleft()
        if fault.count > 1:
            self._next.appendleft(fault.model_copy(update={"count": fault.count - 1}))
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._next.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """What is left, next first."""
        return _dump(self._next)


def _dump(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [{"kind": fault.kind, **fault.model_dump(exclude_defaults=True), "count": fault.count} for fault in faults]
