"""`autoreply rules`: check a book and try it, with the loader and the `decide` that production uses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from rules import Book, BookError, Conversation, Decision, Fault, Message, decide, decision_json, load

_BOOK = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_SILENCE = {"no_rule": "no rule answers", "no_reply": "the rule has no reply"}
_STYLES = {"answers": "bold green", "no": "", "not reached": "dim"}


@click.group(short_help="Check a rule book, and try it on a message.")
def rules() -> None:
    """Check a rule book, and try it on a message.

    Nothing is sent and no server is needed.
    """


@rules.command()
@click.argument("books", metavar="BOOK...", nargs=-1, required=True, type=_BOOK)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def check(books: tuple[Path, ...], *, as_json: bool) -> None:
    """Read each BOOK, run its examples, and print all that is wrong with it.

    Every fault has its own line, with the place and what to write instead. Exits 1 where there is one.

    \b
    Example:
      $ autoreply rules check support.yaml
      support.yaml: 14 rules, 50 examples, no faults
    """
    results = [_read(path) for path in books]
    if as_json:
        click.echo(json.dumps([_result_json(path, result) for path, result in zip(books, results, strict=True)]))
    else:
        for path, result in zip(books, results, strict=True):
            _print_result(path, result)
    if any(isinstance(result, BookError) for result in results):
        raise SystemExit(1)


@rules.command("try")
@click.argument("book", type=_BOOK)
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print each decision as one line of JSON.")
def try_(book: Path, text: str | None, *, as_json: bool) -> None:
    """Show what BOOK answers to TEXT, and why: the reply, the rule, what matched, and every rule in order.

    Without TEXT it asks for messages, one a line, until the end of the input (Ctrl-D). The sender is somebody who
    never wrote before. Exits 0 whether or not a rule answers, 1 where the book has faults.

    \b
    Example:
      $ autoreply rules try support.yaml "where is my order?"
    """
    result = _read(book)
    if isinstance(result, BookError):
        _print_faults(result.faults)
        raise SystemExit(1)
    console = Console(highlight=False, soft_wrap=True)
    for line in _lines() if text is None else [text]:
        decision = _decide(result, line)
        if as_json:
            click.echo(json.dumps(decision_json(decision), ensure_ascii=False))
        else:
            _print_decision(console, decision)


def _read(path: Path) -> Book | BookError:
    try:
        return load(path)
    except BookError as error:
        return error


def _print_result(path: Path, result: Book | BookError) -> None:
    if isinstance(result, BookError):
        _print_faults(result.faults)
        return
    examples = sum(len(rule.examples) for rule in result.rules)
    click.echo(f"{path}: {_counted(len(result.rules), 'rule')}, {_counted(examples, 'example')}, no faults")


def _print_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        click.echo(str(fault), err=True)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _result_json(path: Path, result: Book | BookError) -> dict[str, Any]:
    if isinstance(result, BookError):
        return {"book": str(path), "faults": [_fault_json(fault) for fault in result.faults]}
    examples = sum(len(rule.examples) for rule in result.rules)
    return {"book": str(path), "rules": len(result.rules), "examples": examples, "faults": []}


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "rule": fault.rule,
        "problem": fault.problem,
        "advice": fault.advice,
    }


def _lines() -> Iterator[str]:
    """What is typed, or piped in; blank lines are passed over."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        click.echo(prompt, nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.rstrip("\n")


def _decide(book: Book, text: str) -> Decision:
    now = datetime.now(UTC)
    message = Message(
        account="try",
        event_id="try",
        id="try",  # fixed: the same text gets the same variant each time
        sender="try",
        recipient="try",
        text=text,
        sent_at=now,
        window_expires_at=now + timedelta(hours=24),
    )
    return decide(book, message, Conversation(), now)


def _print_decision(console: Console, decision: Decision) -> None:
    """The reply first, as it would be read; then the rule and why, then the trace."""
    if decision.reply is None:
        console.print(Text(f"(silence: {_SILENCE[decision.silence or 'no_rule']})", "italic"))
    else:
        console.print(Text(decision.reply, "bold"))
    console.print()
    for label, value in _why(decision):
        console.print(Text.assemble((f"{label:8} ", "dim"), value))
    width = max(len(step.rule) for step in decision.trace)
    for step in decision.trace:
        console.print(Text(f"{step.rule:{width}}  {step.verdict:11}  {step.because}", _STYLES[step.verdict]))
    console.print()


def _why(decision: Decision) -> Iterator[tuple[str, str]]:
    if decision.rule is None:
        return
    yield "rule", decision.rule
    because = next(step.because for step in decision.trace if step.verdict == "answers")
    yield "because", because
    if decision.matched.words:
        yield "words", " ".join(decision.matched.words)
    if decision.actions:
        yield "then", ", ".join(json.dumps(action) for action in decision_json(decision)["actions"])
