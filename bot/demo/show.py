"""How the demo looks in a terminal: two sides of a chat, and a table at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.demo.stage import Heard, Stage, replies_to
from bot.sandbox.model import Inbound
from worker.keys import message_key
from worker.settings import ACCOUNT

INDENT: Final = 24
LOOK: Final = 0.1  # seconds


def title(console: Console, stage: Stage) -> None:
    lines = Text.assemble(
        ("Autoreply", "bold"), " is running on this machine, with a sandbox in the provider's place.\n\n",
        "rule book   ", (str(stage.book), "cyan"), "\n",
        "receiver    ", (f"{stage.receiver}/webhooks/{ACCOUNT}", "cyan"), "\n",
        "workers     ", ("one process", "cyan"), "\n",
        "Redis       ", (stage.redis, "cyan"), " (embedded, append-only)\n",
        "phone       ", (stage.phone, "cyan underline"), "\n",
        "dashboard   ", (stage.dashboard, "cyan underline"), ", password ", (stage.password, "cyan"),
    )  # fmt: skip
    console.print(Panel(lines, expand=False, padding=(1, 2)))


def heard(console: Console, what: Heard) -> None:
    """One line of the conversation: what the customer wrote, and what came back."""
    console.print(Padding(Panel(Text(what.line.text), style="green", expand=False), (0, 0, 0, INDENT)))
    rule = what.record.rule if what.record else None
    about = f"{what.took.total_seconds() * 1000:.0f} ms"
    if not what.replies:
        state = f"{what.record.state}: {what.record.reason}" if what.record else "it never arrived"
        console.print(Text(f"  ({state}, {about})", "dim"))
    for reply in what.replies:
        console.print(
            Panel(Text(reply.text), subtitle=Text(f"{rule}, {about}", "dim"), subtitle_align="left", expand=False)
        )
    if not what.good:
        console.print(Text(f"  expected {what.line.rule or 'silence'}", "bold red"))


def table(console: Console, all_heard: Sequence[Heard]) -> None:
    shown = Table(
        "customer", "message", "rule", "outcome", "reply", "ms", title="The conversation", title_justify="left"
    )
    for what in all_heard:
        record = what.record
        outcome = Text(str(record.state) if record else "nothing", "green" if what.good else "bold red")
        reply = " / ".join(reply.text for reply in what.replies) or (f"({record.reason})" if record else "")
        rule = record.rule if record and record.rule else ""
        took = f"{what.took.total_seconds() * 1000:.0f}"
        shown.add_row(Text(what.line.customer), Text(what.line.text), rule, outcome, Text(reply), took)
    console.print(shown)
    bad = sum(not what.good for what in all_heard)
    if bad:
        console.print(Text(f"{bad} of {len(all_heard)} did not come out as expected.", "bold red"))
    else:
        console.print(Text(f"All {len(all_heard)} came out as expected.", "bold green"))


async def follow(console: Console, stage: Stage) -> None:
    """Shows what is written on the phone and what comes back, until it is cancelled or a process dies."""
    world = stage.world
    shown = {message.id for message in world.conversations.messages}
    shown |= {reply.id for reply in world.conversations.replies}
    while True:
        for process in stage.processes:
            process.check()
        for message in world.conversations.messages:
            if message.id not in shown:
                shown.add(message.id)
                console.print(Text(f"{message.sender}  {message.text}", "green"))
            await _show_replies(console, stage, message, shown)
        await asyncio.sleep(LOOK)


async def _show_replies(console: Console, stage: Stage, message: Inbound, shown: set[str]) -> None:
    for reply in replies_to(stage.world, message):
        if reply.id not in shown:
            shown.add(reply.id)
            record = await stage.ledger.record(message_key(ACCOUNT, message.id))
            console.print(Text.assemble("  ", reply.text, (f"  ({record.rule if record else '?'})", "dim")))
