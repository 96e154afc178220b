"""`autoreply demo`: everything on this machine, at once."""

from __future__ import annotations

import asyncio
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bot.commands.extra import extra
from rules import BookError, load

STARTER: Final = files("rules") / "books" / "support.yaml"


@click.command(short_help="See everything work on this machine.")
@click.option("--once", is_flag=True, help="Play the conversation, print a table, and exit: 0 if every reply came.")
@click.option("--book", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own rule book.")
@click.option("--port", default=8010, show_default=True, help="The phone's port.")
@click.option(
    "--folder", default=".autoreply", show_default=True, type=click.Path(file_okay=False, path_type=Path),
    help="Where data and logs go.",
)  # fmt: skip
def demo(*, once: bool, book: Path | None, port: int, folder: Path) -> None:
    """See it work: an embedded server, a sandbox of the provider, the receiver and a worker, and a phone to write on.

    Plays a conversation with the starter book, or each rule's first example with your own, and then stays up for you to
    try. Nothing leaves this machine.

    \b
    autoreply demo
    autoreply demo --book my-shop.yaml
    """
    with extra("demo"):
        from bot.demo.run import run
    with as_file(STARTER) as starter:
        chosen = book or starter
        try:
            loaded = load(chosen)
        except BookError as error:
            raise click.ClickException(f"the rule book cannot be used:\n{error}") from error
        good = asyncio.run(
            run(Console(highlight=False), chosen, loaded if book else None, folder, port=0 if once else port, once=once)
        )
    if not good:
        raise SystemExit(1)
