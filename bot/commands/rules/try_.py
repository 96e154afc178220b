"""`autoreply rules try`: what a book answers, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from bot.commands.rules.decided import print_decision
from bot.commands.rules.printing import output, print_json, shown
from bot.commands.rules.reading import BOOK, read_or_exit
from rules import Book, decision_json
from rules.media import KINDS, advice
from worker.bookwork.trial import Trial, read_time

with suppress(ImportError):
    import readline  # noqa: F401  it gives `input` a line that can be edited; its history is never written to disk

_HELP: Final = """\
:at TIME        2026-12-24 18:00, mon 09:00, 09:00; alone: now
:from NUMBER    the sender
:tag T, :untag T
:first, :not-first
:media KIND     what the message is besides its words; alone: nothing
Ctrl-D ends. Each message is asked about by itself: nothing is remembered of those before it."""


@click.command("try")
@click.argument("book", type=BOOK)
@click.argument("text", required=False)
@click.option(
    "--at", metavar="TIME", help="When it is: 2026-12-24T18:00 or 'mon 09:00', in the book's zone (else UTC)."
)
@click.option("--from", "sender", metavar="NUMBER", default="try", help="Who writes, such as +33612345678.")
@click.option("--tag", "tags", metavar="T", multiple=True, help="A tag that the conversation bears; may be repeated.")
@click.option("--first/--not-first", default=True, help="Whether it is the first message of the conversation.")
@click.option("--media", type=click.Choice(KINDS), help="What the message is besides; without TEXT it has no words.")
@click.option("--all", "everything", is_flag=True, help="Show every rule in the trace, however many there are.")
@click.option("--json", "as_json", is_flag=True, help="Print each decision as one line of JSON.")
def try_(
    book: Path,
    text: str | None,
    *,
    at: str | None,
    sender: str,
    tags: tuple[str, ...],
    first: bool,
    media: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show what BOOK answers to TEXT, and why: the reply, the rule, what matched, and every rule in order.

    Without TEXT and --media it asks for messages, one a line, until the end of the input (Ctrl-D); `:help` says what
    else can be written there. Of more than 40 rules the trace shows those that the message comes near.

    Exits 0 whether or not a rule answers, 1 where the book has faults.

    \b
    Example:
      $ autoreply rules try support.yaml "where is my order?"
      $ autoreply rules try support.yaml --at "sun 10:00" --tag vip "are you open?"
      $ autoreply rules try support.yaml --media image
    """
    result = read_or_exit(book, as_json=as_json)
    try:
        now = None if at is None else read_time(at, result.zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error
    trial = Trial(now=now, sender=sender, tags=frozenset(tags), first_message=first, media=media)
    if text is not None or media is not None:
        _answer(result, trial, text or "", everything=everything, as_json=as_json)
        return
    for line in _lines():
        if line.startswith(":") and line[1:2].isalpha():
            trial = _command(result, trial, line)
        else:
            _answer(result, trial, line, everything=everything, as_json=as_json)


def _answer(book: Book, trial: Trial, text: str, *, everything: bool, as_json: bool) -> None:
    decision = trial.decide(book, text)
    if as_json:
        print_json(decision_json(decision))
    else:
        print_decision(output(), book, trial, text, decision, everything=everything)


def _lines() -> Iterator[str]:
    """What is typed, or piped in; blank lines are passed over."""
    if sys.stdin is None:  # it is closed
        return
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    typed = sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()
    while True:
        try:
            line = input("> ") if typed else sys.stdin.readline()
        except EOFError:
            click.echo()
            return
        if not line and not typed:
            return
        if line.strip():
            yield line.rstrip("\n")


def _command(book: Book, trial: Trial, line: str) -> Trial:
    """What follows a colon changes what is asked next; a smile is a message."""
    name, _, value = line[1:].strip().partition(" ")
    value = value.strip()
    try:
        match name, value:
            case "at", _:
                trial = replace(trial, now=read_time(value, book.zone) if value else None)
            case "from", str() if value:
                trial = replace(trial, sender=value)
            case "tag", str() if value:
                trial = replace(trial, tags=trial.tags | {value})
            case "untag", str() if value:
                trial = replace(trial, tags=trial.tags - {value})
            case "media", _:
                trial = replace(trial, media=_media(value))
            case (("first" | "not-first"), ""):
                trial = replace(trial, first_message=name == "first")
            case _:
                click.echo(_HELP, err=True)
                return trial
    except ValueError as error:
        click.echo(str(error), err=True)
        return trial
    click.echo(shown(trial.told(book)), err=True)
    return trial


def _media(kind: str) -> str | None:
    """Raises `ValueError`, which says what to write."""
    if kind and kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of media; {advice(kind)}")
    return kind or None
