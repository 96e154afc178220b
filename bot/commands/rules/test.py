"""`autoreply rules test`: the examples of a book, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.text import Text

from bot.commands.rules.junit import write_junit
from bot.commands.rules.printing import can_print, output, print_json, shown
from bot.commands.rules.reading import BOOK, counted, print_faults
from bot.commands.rules.tested import Tested, tested_json, try_examples
from rules import BookError
from worker.bookwork.outcomes import Outcome

_PLAIN_SIGNS = {"passed": "ok  ", "failed": "FAIL", "missed": "miss", "now matches": "ok  "}
_SIGNS = {"passed": "✓", "failed": "✗", "missed": "·", "now matches": "✓"}
_STYLES = {"passed": "green", "failed": "bold red", "missed": "yellow", "now matches": "bold cyan"}


@click.command()
@click.argument("books", metavar="BOOK...", nargs=-1, required=True, type=BOOK)
@click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML, too.")
@click.option("--coverage", is_flag=True, help="List rules without an example that matches or one that is ignored.")
@click.option(
    "--min-coverage", metavar="N", type=click.FloatRange(0, 100), help="Exit 1 where fewer than N % are covered."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def test(
    books: tuple[Path, ...], *, junit: Path | None, coverage: bool, min_coverage: float | None, as_json: bool
) -> None:
    """Run every example of each BOOK, rule by rule, and say what happened where one fails.

    A rule is covered where it has an example that it matches and one that it ignores; `when: anything`, or with no
    condition about the text, it needs none to ignore. Known misses never fail; one that is missed no longer is told.

    Exits 1 where an example fails, where a book has faults, and where coverage is under --min-coverage.

    \b
    Example:
      $ autoreply rules test support.yaml --coverage --min-coverage 80
    """
    results = [try_examples(path) for path in books]
    if junit is not None:
        try:
            write_junit(junit, results)
        except OSError as error:
            raise click.ClickException(f"cannot write {click.format_filename(junit)}: {error.strerror}") from error
    if as_json:
        print_json([tested_json(each) for each in results])
    else:
        for each in results:
            _print(each, coverage=coverage or min_coverage is not None)
    if any(not each.good or each.percent < (min_coverage or 0) for each in results):
        raise SystemExit(1)


def _print(tested: Tested, *, coverage: bool) -> None:
    if isinstance(tested.book, BookError):
        print_faults(tested.book.faults)
        return
    console = output()
    signs = _SIGNS if can_print("".join(_SIGNS.values())) else _PLAIN_SIGNS
    for line in _lines(tested, signs):
        console.print(line)
    if coverage:
        for line in _coverage(tested):
            console.print(line)
    console.print(_summary(tested))


def _lines(tested: Tested, signs: dict[str, str]) -> Iterator[Text]:
    for rule, outcomes in tested.by_rule.items():
        yield Text(shown(rule), "bold")
        for each in outcomes:
            sign = (signs[each.status], _STYLES[each.status])
            timing = (f"  {each.seconds * 1000:.1f} ms", "dim")
            yield Text.assemble("  ", sign, f" {each.kind:12}  {shown(each.told)}", timing)
            if each.said:
                yield Text.assemble("      ", (shown(_placed(tested, each)), _STYLES[each.status]))


def _placed(tested: Tested, outcome: Outcome) -> str:
    return f"{tested.path}:{outcome.line}:{outcome.column}: {outcome.said}"


def _coverage(tested: Tested) -> Iterator[Text]:
    for rule, lacking in tested.uncovered.items():
        yield Text.assemble(("not covered  ", "yellow"), f"{shown(rule)}: no {' and no '.join(lacking)}")
    covered = tested.rules - len(tested.uncovered)
    # Cut and not rounded: 100 % is all of them.
    yield Text(f"coverage     {int(tested.percent)} %: {covered:,} of {counted(tested.rules, 'rule')}")


def _summary(tested: Tested) -> Text:
    counts = [f"{tested.count('passed'):,} passed", f"{tested.count('failed'):,} failed"]
    missed = tested.count("missed") + tested.count("now matches")
    if missed:
        now = tested.count("now matches")
        counts.append(f"{missed:,} known to be missed" + (f" ({now:,} now matching)" if now else ""))
    total = counted(tested.rules, "rule"), counted(len(tested.outcomes), "example")
    text = f"{tested.path}: {', '.join(total)}: {', '.join(counts)} in {tested.seconds * 1000:.0f} ms"
    return Text(shown(text), "bold green" if tested.good else "bold red")
