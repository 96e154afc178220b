"""The command `autoreply`: one file a command, each with a help text that teaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from bot import __version__
from bot.commands.lazy import LazyGroup
from bot.commands.operating import OPERATING

COMMANDS: Final[Mapping[str, str]] = {
    **OPERATING,
    "check": "bot.commands.check:check",
    "dashboard": "bot.commands.dashboard:dashboard",
    "demo": "bot.commands.demo:demo",
    "reload": "bot.commands.reload:reload",
    "rules": "bot.commands.rules:rules",
    "sandbox": "bot.commands.sandbox:sandbox",
    "serve": "bot.commands.serve:serve",
    "work": "bot.commands.work:work",
}


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from the environment: `autoreply check` says which are missing or wrong.",
)
@click.version_option(__version__, prog_name="autoreply")
def main() -> None:
    """Answer WhatsApp messages by the rules of a YAML book, inside the 24-hour window.

    \b
    See it work:            autoreply demo
    Write rules:            autoreply rules check BOOK
                            autoreply rules try BOOK "where is my order?"
    Run it for real:        autoreply check
                            autoreply serve     receives the provider's webhooks
                            autoreply work      decides and replies
                            autoreply dashboard shows both in a browser
    Change the rules:       edit the book; the workers take it up by themselves
                            autoreply reload    waits until they have, or says why not
    Look after it:          autoreply status    what goes on now, and what waits for a person
                            autoreply list --state unconfirmed
                            autoreply show ID   all that happened to one message
    Step in:                autoreply resend, discard, pause, resume, hand-off, forget
    Rehearse:               autoreply sandbox   a stand-in for the provider
    """
