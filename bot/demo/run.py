"""The demo from its first to its last line."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click
from rich.console import Console

from bot.demo import show
from bot.demo.conversation import Line, examples, story
from bot.demo.embedded import FolderInUse
from bot.demo.processes import ProcessDied
from bot.demo.stage import Stage, play, stage
from rules import Book


async def run(console: Console, path: Path, own: Book | None, folder: Path, *, port: int, once: bool) -> bool:
    """Plays, and unless `once`, stays until SIGINT or SIGTERM. Returns whether all came out as expected.

    `own` is the loaded book where it is not the starter. Raises ClickException.
    """
    lines = examples(own) if own else story()
    try:
        async with stage(path, folder, port, editable=own is None) as running:
            show.title(console, running)
            good = await _play(console, running, lines, once=once)
            if not once:
                await _stay(console, running)
            return good
    except (FolderInUse, ProcessDied) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{error.strerror or error}; where it is the port, name another with --port"
        ) from error


async def _play(console: Console, running: Stage, lines: list[Line], *, once: bool) -> bool:
    heard = []
    async for what in play(running, lines):
        heard.append(what)
        if not once:
            show.heard(console, what)
    if once:
        show.table(console, heard)
    return all(what.good for what in heard)


async def _stay(console: Console, running: Stage) -> None:
    console.print(f"\nNow you: write on the phone at [cyan underline]{running.phone}[/]  (Ctrl-C ends the demo)\n")
    following = asyncio.ensure_future(show.follow(console, running))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, following.cancel)
    try:
        await following
    except asyncio.CancelledError:
        console.print("Stopping.")
