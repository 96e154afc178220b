"""The command `autoreply`: one file a command, each with a help text that teaches."""

from __future__ import annotations

import click

from bot import __version__
from bot.commands.check import check
from bot.commands.dashboard import dashboard
from bot.commands.demo import demo
from bot.commands.operating import COMMANDS
from bot.commands.reload import reload
from bot.commands.rules import rules
from bot.commands.sandbox import sandbox
from bot.commands.serve import serve
from bot.commands.work import work


@click.group(
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


for command in (demo, serve, work, dashboard, rules, reload, check, sandbox, *COMMANDS):
    main.add_command(command)
