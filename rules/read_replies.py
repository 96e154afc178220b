"""`reply` and `late_reply`: from the tree to texts with placeholders, each of which will have a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from rules.faults import Findings
from rules.hours import Hours
from rules.keys import PLACEHOLDERS, closest, listed
from rules.reading import read_texts
from rules.replies import LONGEST_REPLY, Reply, read_reply
from rules.tree import Node, Text

_LONGEST_WRITTEN = 4 * LONGEST_REPLY  # with braces that are written twice, and placeholders


@dataclass(frozen=True, slots=True)
class Known:
    """What placeholders can be filled with."""

    book_named: bool = False
    zone: ZoneInfo | None = None
    hours: Mapping[str, Hours] = field(default_factory=dict)  # of the book
    groups: tuple[str, ...] = ()  # of the rule's patterns
    named: tuple[Hours, ...] = ()  # the hours that the rule names

    @property
    def only_hours(self) -> Hours | None:
        """The rule's hours, else the book's, where there is no doubt which are meant."""
        candidates = self.named or tuple(self.hours.values())
        return candidates[0] if len(candidates) == 1 else None


def read_replies(node: Node, what: str, known: Known, findings: Findings) -> tuple[Reply, ...]:
    """The variants of a reply."""
    replies = (_reply(text, known, findings) for text in read_texts(node, what, findings))
    return tuple(reply for reply in replies if reply is not None)


def _reply(text: Text, known: Known, findings: Findings) -> Reply | None:
    reply = read_reply(text.value) if len(text.value) <= _LONGEST_WRITTEN else Reply((text.value,))
    if reply is not None and (sent := sum(len(part) for part in reply.parts if isinstance(part, str))) > LONGEST_REPLY:
        problem = f"the reply has {sent} characters, WhatsApp takes {LONGEST_REPLY}"
        findings.add(text.place, problem, "make it shorter")
        return None
    if reply is None:
        findings.add(text.place, "a brace in the reply has no partner", "write `{{` or `}}` for the brace itself")
        return None
    for name in dict.fromkeys(reply.names):
        if (wrong := _wrong(name, known)) is not None:
            findings.add(text.place, *wrong)
    return reply


def _wrong(name: str, known: Known) -> tuple[str, str] | None:
    """What is wrong with a placeholder, and what to write instead."""
    if name in known.groups:
        return None
    match name:
        case "book":
            wrong = ("needs the book's name", "add `name: ...` at the top of the book")
            return None if known.book_named else (f"`{{{name}}}` {wrong[0]}", wrong[1])
        case "date" | "time":
            advice = "add `timezone: Europe/Paris` at the top of the book"
            return None if known.zone else (f"`{{{name}}}` needs the book's timezone", advice)
        case "hours" | "next_open":
            return None if known.only_hours else (f"`{{{name}}}` does not say whose hours", _which_hours(known))
        case _:
            return f"unknown placeholder `{{{name}}}`", _instead(name, known.groups)


def _which_hours(known: Known) -> str:
    if known.named:
        return f"the rule names several, {listed(each.name for each in known.named)}: name one in `when`"
    if known.hours:
        return f"the book has several, {listed(known.hours)}: name one in `when`, as `during` or `outside`"
    return "add `hours` at the top of the book"


def _instead(name: str, groups: Sequence[str]) -> str:
    there = (*groups, *PLACEHOLDERS)
    if (guess := closest(name, there)) is not None:
        return f"did you mean `{{{guess}}}`?"
    has = listed(f"{{{each}}}" for each in there)
    return f"there are {has}, and named groups of `pattern`; a brace itself is written twice"
