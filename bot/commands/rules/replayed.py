"""How `autoreply rules replay` shows its report to a person: in a terminal, and as plain lines in a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import click
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from bot.commands.rules.printing import output, shown
from bot.commands.rules.reading import counted
from rules import Book, Message
from rules.media import told
from rules.model import Shadow
from worker.replay import Change, Kind, Reasons, Report, Said, ShadowChange, ShadowKind, ShadowReport, Standing

_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "loses_reply": ("lose their reply", "bold red"),
    "gains_reply": ("gain a reply", "bold green"),
    "other_rule": ("get another rule", "bold yellow"),
    "other_actions": ("have something else done for them", "bold yellow"),
    "other_text": ("get another text only", "bold cyan"),
    "other_silence": ("stay silent for another reason", "bold"),
}
_SHADOW_KINDS: Final[dict[ShadowKind, tuple[str, str]]] = {
    "loses_shadow": ("lose an answer in shadow", "bold red"),
    "gains_shadow": ("gain an answer in shadow", "bold green"),
    "other_text": ("get another text in shadow", "bold cyan"),
}
_SILENCE: Final = {
    "no_rule": "no rule answers",
    "no_reply": "the rule has no reply",
    "opted_out": "the sender has opted out",
    "handed_off": "a person answers",
    "cooldown": "the rule answered a short while ago",
    "reply_limit": "the reply limit is reached",
    "shadow": "only a rule in shadow answers",
}
K = TypeVar("K")

_LONGEST: Final = 160  # characters of a text that are shown


def print_report(book: Book, since: datetime | None, report: Report, limit: int) -> None:
    """The figures first, then at most `limit` messages of each group of changes; the rules in shadow behind them."""
    console = output()
    for line in _lines(book, since, report, limit):
        if console.is_terminal:
            console.print(line)
        else:  # thousands of lines in no time
            click.echo(line.plain, file=console.file)


def _lines(book: Book, since: datetime | None, report: Report, limit: int) -> Iterator[Text]:
    reasons = Reasons(book)
    yield from _head(book, since, report)
    if report.changes:
        yield Text()
        yield from _counts(report.kinds, _KINDS)
        yield Text()
        yield from _table("rule", report.standings)
    for group in report.groups:
        yield Text()
        yield from _group(reasons, group, limit)
    if report.shadows.changes:
        yield Text()
        yield from _in_shadow(reasons, report.shadows, limit)


def _head(book: Book, since: datetime | None, report: Report) -> Iterator[Text]:
    span = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    changed = len(report.changes)
    outcome = (f"{changed:,} would change", "bold") if changed else ("none would change", "bold green")
    messages = f"{counted(report.messages, 'message')}{span} under {_shown(book.name)} {book.version}: "
    yield Text.assemble(messages, outcome)
    if report.guessed:
        yield Text(
            f"{report.guessed:,} of them ({report.guessed_changes:,} of the changes) were decided by an older version,"
            " which did not record the state of their conversation: it is guessed",
            "yellow",
        )
    if report.unreadable:
        are = "is" if report.unreadable == 1 else "are"
        yield Text(f"{counted(report.unreadable, 'record')} {are} left out: damaged, or of a newer version", "yellow")


def _counts(kinds: Mapping[K, int], named: Mapping[K, tuple[str, str]]) -> Iterator[Text]:
    for kind, number in kinds.items():
        if number:
            yield Text.assemble(f"{number:7,}  ", named[kind])


def _table(title: str, standings: Sequence[Standing]) -> Iterator[Text]:
    """A line for each rule that had messages then or has some now."""
    names = [_name(each.rule) for each in standings]
    width = max(map(cell_len, [title, *names]))
    yield Text(f"{title:{width}}  {'then':>7}  {'now':>7}  {'won':>7}  {'lost':>7}", "dim")
    for name, each in zip(names, standings, strict=True):
        yield Text.assemble(
            f"{set_cell_size(name, width)}  {each.then:7,}  {each.now:7,}  ",
            (f"{each.won:7,}  ", "green" if each.won else "dim"),
            (f"{each.lost:7,}", "red" if each.lost else "dim"),
        )


def _group(reasons: Reasons, group: tuple[Change, ...], limit: int) -> Iterator[Text]:
    label, style = _KINDS[group[0].kind]
    then, now = group[0].then, group[0].now
    yield Text.assemble((f"{_name(then.rule)} -> {_name(now.rule)}", style), f": {len(group):,} {label}")
    for change in group[:limit]:
        yield Text(f"  {_asked(change.question.message)}")
        yield _labelled("then", _said(change.then, change.kind))
        yield _labelled("now", _said(change.now, change.kind))
        yield _labelled("why", _shown(reasons.of(change)))
    if 0 < limit < len(group):
        yield Text(f"  and {len(group) - limit:,} more", "dim")


def _in_shadow(reasons: Reasons, shadows: ShadowReport, limit: int) -> Iterator[Text]:
    """What nobody would hear, as the changes are shown."""
    changed = counted(len(shadows.changes), "message")
    yield Text.assemble((f"{changed} would be answered otherwise in shadow, which sends nothing", "bold"))
    yield Text()
    yield from _counts(shadows.kinds, _SHADOW_KINDS)
    yield Text()
    yield from _table("rule in shadow", shadows.standings)
    for group in shadows.groups:
        yield Text()
        yield from _shadow_group(reasons, group, limit)


def _shadow_group(reasons: Reasons, group: tuple[ShadowChange, ...], limit: int) -> Iterator[Text]:
    rules, (label, style) = group[0].rules, _SHADOW_KINDS[group[0].kind]
    yield Text.assemble((", ".join(map(_name, rules)), style), f": {len(group):,} {label}")
    for change in group[:limit]:
        yield Text(f"  {_asked(change.question.message)}")
        yield _labelled("then", _said_in_shadow(change.then))
        yield _labelled("now", _said_in_shadow(change.now))
        yield _labelled("why", _shown(reasons.of_shadow(change)))
    if 0 < limit < len(group):
        yield Text(f"  and {len(group) - limit:,} more", "dim")


def _said_in_shadow(shadows: tuple[Shadow, ...]) -> str:
    """Each rule with its reply."""
    replies = [f"{each.rule}: {'(no reply)' if each.reply is None else each.reply}" for each in shadows]
    return _shown("; ".join(replies)) if replies else "(nothing)"


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((f"    {label:6}", "dim"), text)


def _name(rule: str | None) -> str:
    return "(no rule)" if rule is None else _shown(rule)


def _said(said: Said, kind: Kind) -> str:
    """The reply, or why there is none; the actions where they are what changed."""
    why = said.silence or "unknown"
    text = f"(silence: {_SILENCE.get(why, why)})" if said.reply is None else _shown(said.reply)
    if kind != "other_actions":
        return text
    return f"{text}  then: {_shown(json.dumps(list(said.actions or ()), ensure_ascii=False))}"


def _asked(message: Message) -> str:
    return told(f'"{_shown(message.text)}"' if message.text or message.media is None else "", message.media)


def _shown(text: str) -> str:
    """On one line, cut where it is long, with nothing in it that a terminal would obey."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return shown(short)
