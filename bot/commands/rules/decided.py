"""How `autoreply rules try` shows a decision to a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from bot.commands.rules.printing import shown
from bot.commands.rules.reading import counted
from rules import Book, Decision, Step
from rules.as_json import action_json
from rules.examples import question_about
from worker.bookwork.trial import Trial, say_time

_SILENCE: Final = {
    "no_rule": "no rule answers",
    "no_reply": "the rule has no reply",
    "shadow": "only a rule in shadow answers",
}
_STYLES: Final = {"answers": "bold green", "shadow": "cyan", "no": "", "not reached": "dim"}
_MOST_SHOWN: Final = 40  # steps of a trace; of a longer one those that the message comes near


def print_decision(
    console: Console, book: Book, trial: Trial, text: str, decision: Decision, *, everything: bool
) -> None:
    """The reply first, as it would be read; then the rule and why, then the trace."""
    if decision.reply is None:
        why = decision.silence or "no_rule"
        console.print(Text(f"(silence: {_SILENCE.get(why, why)})", "italic"))
    else:
        console.print(Text(shown(decision.reply, keep="\n"), "bold"))
    console.print()
    for label, value in _why(book, trial, decision):
        console.print(Text.assemble((f"{label:8} ", "dim"), shown(value)))
    if decision.rule is not None or decision.shadows or trial.now is not None:
        console.print()
    for line in _trace(decision.trace, None if everything else _near(book, text)):
        console.print(line)
    console.print()


def _why(book: Book, trial: Trial, decision: Decision) -> Iterator[tuple[str, str]]:
    if trial.now is not None:
        yield "at", say_time(trial.now, book)
    if decision.rule is not None:
        yield "rule", decision.rule
        yield "because", next(step.because for step in decision.trace if step.verdict == "answers")
        if decision.matched.words:
            yield "words", " ".join(decision.matched.words)
        if decision.actions:
            yield "then", ", ".join(json.dumps(action_json(each), ensure_ascii=False) for each in decision.actions)
        for name, value in decision.placeholders.items():
            yield "value", f"{{{name}}} = {value}"
    for shadow in decision.shadows:
        yield "shadow", shadow.rule if shadow.reply is None else f"{shadow.rule}: {' '.join(shadow.reply.split())}"


def _near(book: Book, text: str) -> set[str]:
    """The rules of which something occurs in the message, or that do not ask for text."""
    return {book.rules[place].name for place in book.index.candidates(question_about(book, text))}


def _trace(trace: Sequence[Step], near: set[str] | None) -> Iterator[Text]:
    steps = list(trace)
    if near is not None and len(steps) > _MOST_SHOWN:
        steps = [each for each in steps if each.verdict in ("answers", "shadow") or _is_near(each, near)]
    width = max((cell_len(shown(each.rule)) for each in steps), default=0)
    for step in steps:
        rule = set_cell_size(shown(step.rule), width)
        yield Text(f"{rule}  {step.verdict:11}  {shown(step.because)}", _STYLES[step.verdict])
    if len(steps) < len(trace):
        yield Text(f"and {counted(len(trace) - len(steps), 'rule')} of which nothing occurs; --all shows them", "dim")


def _is_near(step: Step, near: set[str]) -> bool:
    return step.verdict == "no" and step.rule in near
