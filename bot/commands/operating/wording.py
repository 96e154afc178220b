"""How times and texts are told to a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.commands.rules.printing import shown

LONGEST: Final = 60  # characters of a text in a list


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def span(between: timedelta) -> str:
    """In its two largest units."""
    seconds = max(0, int(between.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds % 60, "s")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number or unit == parts[0][1])


def quoted(text: str, longest: int = LONGEST) -> str:
    """On one line, cut where it is long, with nothing in it that a terminal would obey."""
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return f'"{shown(short)}"'
