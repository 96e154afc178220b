"""`autoreply rules`: everything an author does with a book, with the loader and the `decide` that production uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from bot.commands.lazy import LazyGroup

COMMANDS: Final[Mapping[str, str]] = {
    "check": "bot.commands.rules.check:check",
    "replay": "bot.commands.rules.replay:replay",
    "schema": "bot.commands.rules.schema:schema",
    "test": "bot.commands.rules.test:test",
    "try": "bot.commands.rules.try_:try_",
}


@click.group(cls=LazyGroup, modules=COMMANDS, short_help="Check, try, test and replay a rule book.")
def rules() -> None:
    """Check a rule book, try it on a message, run its examples, replay recorded messages under it.

    Nothing is sent; only `replay` needs a server.
    """
