"""How the commands for rule books print: in colour in a terminal, plain in a pipe, and in any encoding."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

_JOINERS = "\u200c\u200d"  # invisible, and part of words and emoji


def output() -> Console:
    """The standard output. Lines are as long as they are; what its encoding lacks is written as an escape."""
    _forgive(sys.stdout)
    return Console(highlight=False, soft_wrap=True)


def errors() -> Console:
    """The standard error, in the same way."""
    _forgive(sys.stderr)
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One line; in an encoding that lacks some characters it has JSON's own escapes."""
    _forgive(sys.stdout)
    plain = "utf" not in _encoding().lower()
    text = json.dumps(value, ensure_ascii=plain)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character, as a name of a file or an argument may have
        text = json.dumps(value)
    click.echo(text)


def print_placed(console: Console, place: str, label: str | None, text: str) -> None:
    """`file:line: label: text`, on one line."""
    if not console.is_terminal:  # thousands of lines in no time
        click.echo(f"{shown(place)} {label + ': ' if label else ''}{shown(text)}", file=console.file)
        return
    line = Text.assemble((shown(place), "bold"), " ")
    if label is not None:
        line.append(f"{label}: ", "bold yellow")
    console.print(line.append(shown(text)))


def shown(text: str, *, keep: str = "") -> str:
    """The text with nothing in it that a terminal would obey; `keep` are characters that it may."""
    return "".join(
        each if each.isprintable() or each in _JOINERS or each in keep else each.encode("unicode_escape").decode()
        for each in text
    )


def can_print(text: str) -> bool:
    """Whether the standard output's encoding has these characters."""
    try:
        text.encode(_encoding())
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _encoding() -> str:
    """The standard output's; of one that is closed, the least."""
    return getattr(sys.stdout, "encoding", None) or "ascii"


def _forgive(stream: Any) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
