"""A span of time as an option of a command takes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from rules.durations import read_duration


class Span(click.ParamType[timedelta]):
    """`14d`, `12h`, `30m`, as in a book."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        span = value if isinstance(value, timedelta) else read_duration(value)
        return span or self.fail(f"{value!r} is no duration; write one such as 14d, 12h or 30m", param, ctx)
