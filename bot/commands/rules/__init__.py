"""`autoreply rules`: everything an author does with a book, with the loader and the `decide` that production uses."""

from __future__ import annotations

import click

from bot.commands.rules.check import check
from bot.commands.rules.replay import replay
from bot.commands.rules.schema import schema
from bot.commands.rules.test import test
from bot.commands.rules.try_ import try_


@click.group(short_help="Check, try, test and replay a rule book.")
def rules() -> None:
    """Check a rule book, try it on a message, run its examples, replay recorded messages under it.

    Nothing is sent; only `replay` needs a server.
    """


for command in (check, try_, test, replay, schema):
    rules.add_command(command)
