"""`autoreply rules check`: what is wrong with a book, and what is doubtful in it."""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import click

from bot.commands.rules.lengths import Longest, too_long
from bot.commands.rules.printing import errors, output, print_json, print_placed, shown
from bot.commands.rules.reading import BOOK, counted, fault_json, print_faults, read
from rules import Book, BookError
from rules.warnings import Doubt, doubts

Checked = tuple[Book | BookError, tuple[Doubt, ...]]


@click.command()
@click.argument("books", metavar="BOOK...", nargs=-1, required=True, type=BOOK)
@click.option("--strict", is_flag=True, help="Exit 1 on a warning, too.")
@click.option("--account", metavar="NAME", help="Refuse replies that are longer than this account's provider takes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def check(books: tuple[Path, ...], *, strict: bool, account: str | None, as_json: bool) -> None:
    """Read each BOOK, run its examples, and print all that is wrong with it or doubtful.

    Every fault has its own line, with the place and what to write instead. A warning is about a book that can be used
    and may not do what you mean: a rule that never fires, a keyword that many messages have, an opt-out word that
    another rule takes, no way to a person. It names a message that shows it.

    A reply that is too long for its provider goes out in parts. With --account it is a fault; the account is one of
    AUTOREPLY_ACCOUNTS, and all settings of a worker must be there.

    Exits 1 where there is a fault, and with --strict where there is a warning.

    \b
    Example:
      $ autoreply rules check support.yaml
      support.yaml: 14 rules, 50 examples, no faults
    """
    longest = None if account is None else _longest_of(account)
    checked = [(path, _check(path, longest)) for path in books]
    if as_json:
        print_json([_as_json(path, *each) for path, each in checked])
    else:
        for path, each in checked:
            _print(path, *each)
    if any(isinstance(result, BookError) or (strict and warned) for _, (result, warned) in checked):
        raise SystemExit(1)


def _longest_of(account: str) -> Longest:
    """By a module that loads every provider, which takes longer than all the rest of the command."""
    found: Longest = resolve_name("bot.commands.rules.longest:longest_of")(account)
    return found


def _check(path: Path, longest: Longest | None) -> Checked:
    result = read(path)
    if longest is not None and isinstance(result, Book) and (faults := too_long(path, result, longest)):
        result = BookError(faults)
    return result, () if isinstance(result, BookError) else doubts(result)


def _print(path: Path, result: Book | BookError, warned: tuple[Doubt, ...]) -> None:
    if isinstance(result, BookError):
        print_faults(result.faults)
        return
    console = errors()
    for doubt in warned:
        print_placed(console, f"{path}:{doubt.line}:", "warning", str(doubt))
    counts = f"{counted(len(result.rules), 'rule')}, {counted(_examples(result), 'example')}, no faults"
    warnings = f", {counted(len(warned), 'warning')}" if warned else ""
    output().print(shown(f"{path}: {counts}{warnings}"), markup=False)


def _as_json(path: Path, result: Book | BookError, warned: tuple[Doubt, ...]) -> dict[str, Any]:
    book, faults = (None, result.faults) if isinstance(result, BookError) else (result, ())
    return {
        "book": str(path),
        "rules": len(book.rules) if book else 0,
        "examples": _examples(book) if book else 0,
        "faults": [fault_json(fault) for fault in faults],
        "warnings": [_doubt_json(doubt) for doubt in warned],
    }


def _doubt_json(doubt: Doubt) -> dict[str, Any]:
    return {
        "line": doubt.line,
        "rule": doubt.rule,
        "kind": doubt.kind,
        "problem": doubt.problem,
        "proof": doubt.proof,
        "message": doubt.message,
        **({"media": doubt.media} if doubt.media else {}),
    }


def _examples(book: Book) -> int:
    return sum(len(rule.examples) for rule in book.rules)
