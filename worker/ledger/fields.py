"""How values stand in a hash of Redis: as text, and moments in whole milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

Fields = Mapping[str, str | int | None]  # None takes a field away

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """Whole ones, rounded down. Exact: a moment that was read is written again as it was."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(milliseconds: str | int) -> datetime:
    """In UTC."""
    return _EPOCH + int(milliseconds) * _MILLISECOND
