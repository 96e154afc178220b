"""One rule: from the tree to a `Rule`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from rules.book import Examples, Mode, Rule
from rules.conditions import AllHold, Condition, Either
from rules.faults import Findings, quoted
from rules.keys import as_list, meant
from rules.phrase_conditions import Exact
from rules.phrases import Phrase
from rules.read_examples import read_examples
from rules.read_replies import Known, read_replies
from rules.read_then import read_then
from rules.read_when import Setting, When, read_when
from rules.reading import read_choice, read_map, read_span, read_text, read_texts
from rules.replies import Reply
from rules.senders import plain, wrong_with
from rules.tree import Map, Node, Text

_MODES: tuple[Mode, ...] = ("live", "shadow", "off")


@dataclass(frozen=True, slots=True)
class RuleRead:
    """A rule and what the whole book is checked with."""

    rule: Rule
    node: Map
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule needs to know of the rest of the book."""

    setting: Setting
    known: Known
    late_after: timedelta | None


def read_rule(node: Node, book: Surroundings, findings: Findings) -> RuleRead | None:
    """The rule, complete as far as there was no fault; None where it has no name to speak of it by."""
    findings = _named(node, findings)
    entries = read_map(node, "a rule", findings, needed=("name", "when"))
    if entries is None or not isinstance(node, Map):
        return None
    name = read_text(entries["name"], "`name`", findings) if "name" in entries else None
    actions = read_then(entries["then"], findings) if "then" in entries else ()
    commits = any(action.name in ("opt_out", "opt_in") for action in actions)
    setting = replace(book.setting, commits=commits) if commits else book.setting
    when = read_when(entries["when"], setting, findings) if "when" in entries else When()
    known = replace(book.known, groups=when.groups, named=when.hours)
    mode = _mode(entries, findings)
    rule = Rule(
        name="" if name is None else name.value,
        when=when.conditions,
        replies=read_replies(entries["reply"], "`reply`", known, findings) if "reply" in entries else (),
        late_replies=_late(entries, known, book.late_after, findings),
        actions=actions,
        examples=read_examples(entries["examples"], findings) if "examples" in entries else Examples(),
        mode=mode,
        only_for=_senders(entries, mode, findings),
        once_per=read_span(entries["once_per"], "`once_per`", findings) if "once_per" in entries else None,
        groups=when.groups,
        hours=known.only_hours,
        at_once=any(action.name == "hand_off" for action in actions) or _is_about_all(when.conditions),
        line=node.place.line,
    )
    if not {"reply", "then"} & {*entries, *(meant(key.value, "a rule") for key, _ in node.entries)}:
        findings.add(node.place, "the rule has neither `reply` nor `then`", "add what it says or does")
    return None if name is None else RuleRead(rule, node, when.phrases)


def _is_about_all(condition: Condition) -> bool:
    match condition:
        case AllHold(parts) | Either(parts):
            return any(map(_is_about_all, parts))
        case _:
            return isinstance(condition, Exact)


def _named(node: Node, findings: Findings) -> Findings:
    entries = {key.value: value for key, value in node.entries} if isinstance(node, Map) else {}
    name = entries.get("name")
    return findings.of_rule(name.value) if isinstance(name, Text) and name.value.strip() else findings


def _mode(entries: dict[str, Node], findings: Findings) -> Mode:
    if "mode" not in entries:
        return "live"
    choice = read_choice(entries["mode"], "`mode`", _MODES, findings)
    return next((mode for mode in _MODES if mode == choice), "live")


def _late(
    entries: dict[str, Node], known: Known, late_after: timedelta | None, findings: Findings
) -> tuple[Reply, ...]:
    if "late_reply" not in entries:
        return ()
    node = entries["late_reply"]
    if late_after is None:
        findings.add(node.place, "`late_reply` needs `late_after`", "add `late_after: 15m` at the top of the book")
    if "reply" not in entries:
        findings.add(node.place, "`late_reply` without `reply`", "add what is said when the answer is not late")
    return read_replies(node, "`late_reply`", known, findings)


def _senders(entries: dict[str, Node], mode: Mode, findings: Findings) -> tuple[str, ...]:
    if "only_for" not in entries:
        return ()
    node = entries["only_for"]
    if mode == "off":
        findings.add(node.place, "`only_for` in a rule that is off", "remove it, or write `mode: shadow`")
    texts = read_texts(node, "`only_for`", findings)
    for text in texts:
        if "," in text.value:
            items = [item.strip() for item in text.value.split(",")]
            findings.add(
                text.place, f"{quoted(text.value)} is one text with a comma", f"write a list: {as_list(items)}"
            )
        elif (wrong := wrong_with(text.value)) is not None:
            problem, instead = wrong
            findings.add(text.place, f"{quoted(text.value)} {problem}", instead)
    return tuple(plain(text.value) for text in texts)
