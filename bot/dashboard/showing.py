"""How values are shown: what this reader may see of a person, spans, moments. Every page and the API go by here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.dashboard.roles import Reader
from rules.as_json import iso
from worker.ledger import State

HIDDEN: Final = "•••"

# What an operator reads a state as, and the colour it has; the colour never stands alone.
TONES: Final[Mapping[str, str]] = {
    State.QUEUED: "waits",
    State.CLAIMED: "waits",
    State.SENDING: "waits",
    State.RETRYING: "warns",
    State.PAUSED: "warns",
    State.SENT: "good",
    State.DELIVERED: "good",
    State.READ: "good",
    State.TEMPLATED: "good",
    State.SILENT: "quiet",
    State.DISCARDED: "quiet",
    State.UNCONFIRMED: "warns",
    State.WINDOW_CLOSED: "bad",
    State.FAILED: "bad",
    State.REJECTED: "bad",
    State.GIVEN_UP: "bad",
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """What one reader may see."""

    reader: Reader

    def number(self, sender: str) -> str:
        """A person's number, or the last two digits of it."""
        return sender if self.reader.sees_people else f"{HIDDEN}{sender[-2:]}"

    def provider_id(self, text: str | None) -> str | None:
        """A provider's own id: some hold the person's number."""
        return text if self.reader.sees_people else None

    def tag(self, tag: str) -> str:
        """A tag; operators may have written a number into one."""
        return tag if self.reader.sees_people else re.sub(r"\d", "•", tag)

    def text(self, text: str | None) -> str:
        """What somebody wrote, or how long it was."""
        if text is None:
            return ""
        return text if self.reader.sees_people else f"{HIDDEN} {len(text)} characters"


def span(value: timedelta) -> str:
    """`3 d 4 h`, `12 min`, `8 s`: the two largest units that count."""
    seconds = max(0, int(value.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def written(text: str | None) -> datetime | None:
    """A time as RQ writes it; None where it is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def absolute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def memory(size: int) -> str:
    """Bytes as a person says them."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "span": span,
    "iso": iso,
    "absolute": absolute,
    "memory": memory,
    "count": count,
    "counted": counted,
    "written": written,
    "tone": lambda state: TONES.get(state, "quiet"),
    "words": lambda text: str(text).replace("_", " "),
}
