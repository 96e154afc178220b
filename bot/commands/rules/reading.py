"""A book that a command was given, and how its faults are printed."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.rules.printing import errors, print_json, print_placed
from rules import Book, BookError, Fault, load

BOOK = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def read(path: Path, *, examples: bool = True) -> Book | BookError:
    """The book, or all that is wrong with it; without `examples` they are not run."""
    try:
        return load(path, examples=examples)
    except BookError as error:
        return error


def read_or_exit(path: Path, *, as_json: bool = False) -> Book:
    """The book; where it has faults they are printed, and the command ends with 1. As JSON they are one document,
    `{"book", "faults"}`, on the standard output."""
    result = read(path)
    if isinstance(result, BookError):
        if as_json:
            print_json({"book": str(path), "faults": [fault_json(fault) for fault in result.faults]})
        else:
            print_faults(result.faults)
        raise SystemExit(1)
    return result


def print_faults(faults: tuple[Fault, ...]) -> None:
    """A line for each, to the standard error."""
    console = errors()
    for fault in faults:
        place = f"{fault.file}:{fault.line}:{fault.column}:"
        print_placed(console, place, None, str(fault).removeprefix(place).lstrip())


def fault_json(fault: Fault) -> dict[str, str | int | None]:
    """A fault for scripts."""
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "rule": fault.rule,
        "problem": fault.problem,
        "advice": fault.advice,
    }


def counted(number: int, noun: str) -> str:
    """1 rule, 2 rules."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
