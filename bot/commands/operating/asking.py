"""How these commands reach the ledger, and how they end: 0 done, 1 refused or not found, 2 wrong use (by click)."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import click
from rich.text import Text

from bot.commands.rules.printing import errors, print_json, shown
from bot.commands.settings import settings_for
from worker.connection import open_operating
from worker.ledger import LedgerUnavailable, Operating, Result
from worker.settings import READER, Settings

T = TypeVar("T")

STATES: Final = {
    "resend": "only unconfirmed, failed, rejected and given_up ones are sent again",
    "discard": "only one that waits, for a worker or for a person, is discarded",
}

as_json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")

# Why a command was refused, and what to do instead. Of a state and of what is not found the commands say more.
REFUSALS: Final = {
    "newer": "a newer version of Autoreply wrote it; use that one's command",
    "damaged": "its record is damaged, and set aside",
    "arrived": "a delivery event says that its reply was sent",
    "template": "it was answered with a template, which is sent once for a closed window",
    "window": "its window is over, so the provider would refuse; it opens again when the person writes",
    "opted_out": "the person has opted out since; `autoreply show` says when",
    "held": "it is paused already",
    "open": "there is nothing to resume",
}


def ask(question: Callable[[Operating], Awaitable[T]]) -> T:
    """The answer. Ends the command where the settings are incomplete or Redis does not answer."""

    async def asked() -> T:
        async with operating(settings_for(READER)) as ledger:
            return await question(ledger)

    try:
        return asyncio.run(asked())
    except LedgerUnavailable as error:
        raise unavailable(error) from error


@asynccontextmanager
async def operating(settings: Settings) -> AsyncIterator[Operating]:
    names = [account.name for account in settings.accounts]
    ledger = open_operating(settings.redis_url, settings.retention, who=_who(), accounts=names)
    try:
        yield ledger
    finally:
        await ledger.aclose()


def unavailable(error: LedgerUnavailable) -> click.ClickException:
    return click.ClickException(
        f"Redis does not answer ({error}).\n"
        "Start it, or write its address into AUTOREPLY_REDIS_URL; `autoreply check` says more."
    )


def report(result: Result, done: str, not_found: str, *, as_json: bool) -> None:
    """Prints what came of a change, and exits 1 where it was refused. `done` may name the result's facts in braces."""
    why = None
    if result.refused is not None:
        why = {"unknown": not_found, "state": _of_its_state(result)}.get(result.refused) or REFUSALS[result.refused]
    if as_json:
        facts = {"refused": result.refused, "why": why} if why else {}
        print_json({"what": result.what, "on": result.on, "done": why is None, **facts, **result.facts})
    elif why is None:
        for name, fact in result.facts.items():  # by hand: what somebody typed may have braces, too
            done = done.replace(f"{{{name}}}", str(fact))
        click.echo(shown(done))
    else:
        errors().print(Text.assemble(("refused: ", "bold red"), shown(why)))
    if why is not None:
        raise SystemExit(1)


def _of_its_state(result: Result) -> str:
    before = result.facts.get("before")
    if before in ("claimed", "sending"):
        return f"it is {before}: a worker has it at this moment; look again in a few seconds"
    return f"it is {before}; {STATES.get(result.what, '')}"


def not_found(name: str) -> str:
    return f"there is no message {name}; give its key or the provider's id of it (`autoreply list` shows keys)"


def _who() -> str:
    """For the audit trail: who runs this shell, and where."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
