"""One rule: from the tree to a `Rule`."""

from __future__ import annotations

from dataclasses import dataclass

from rules.book import Example, Examples, Rule
from rules.durations import read_duration
from rules.faults import Findings
from rules.keys import KEYS, LATER, advice, closest, listed
from rules.model import Action
from rules.phrases import Phrase
from rules.read_when import Setting, When, read_when
from rules.reading import not_yet, read_map, read_text, read_texts, wrong_kind
from rules.replies import LONGEST_REPLY, Reply, read_reply
from rules.tree import List, Map, Node, Text

_DURATION = "write a number and s, m, h or d, such as `4h`; at most 365 days"


@dataclass(frozen=True, slots=True)
class RuleRead:
    """A rule and what the whole book is checked with."""

    rule: Rule
    node: Map
    phrases: tuple[Phrase, ...]


def read_rule(node: Node, setting: Setting, findings: Findings, *, book_named: bool) -> RuleRead | None:
    """The rule, complete as far as there was no fault; None where it has no name to speak of it by."""
    findings = _named(node, findings)
    entries = read_map(node, "a rule", findings, needed=("name", "when"))
    if entries is None or not isinstance(node, Map):
        return None
    name = read_text(entries["name"], "`name`", findings) if "name" in entries else None
    actions = _actions(entries["then"], findings) if "then" in entries else ()
    commits = any(action.name in ("opt_out", "opt_in") for action in actions)
    setting = Setting(setting.typos, setting.skipped, commits)
    when = read_when(entries["when"], setting, findings) if "when" in entries else When()
    replies = _replies(entries["reply"], when.groups, findings, book_named=book_named) if "reply" in entries else ()
    if not entries.keys() & {"reply", "then"}:
        findings.add(node.place, "the rule has neither `reply` nor `then`", "add what it says or does")
    examples = _examples(entries["examples"], findings) if "examples" in entries else Examples()
    if name is None:
        return None
    return RuleRead(Rule(name.value, when.conditions, replies, actions, examples), node, when.phrases)


def _named(node: Node, findings: Findings) -> Findings:
    entries = {key.value: value for key, value in node.entries} if isinstance(node, Map) else {}
    name = entries.get("name")
    return findings.of_rule(name.value) if isinstance(name, Text) and name.value.strip() else findings


def _replies(node: Node, groups: tuple[str, ...], findings: Findings, *, book_named: bool) -> tuple[Reply, ...]:
    known = (*groups, "book") if book_named else groups
    replies = (_reply(text, known, findings) for text in read_texts(node, "`reply`", findings))
    return tuple(reply for reply in replies if reply is not None)


def _reply(text: Text, known: tuple[str, ...], findings: Findings) -> Reply | None:
    if len(text.value) > LONGEST_REPLY:
        problem = f"the reply has {len(text.value)} characters, WhatsApp takes {LONGEST_REPLY}"
        findings.add(text.place, problem, "make it shorter")
    reply = read_reply(text.value)
    if reply is None:
        findings.add(text.place, "a brace in the reply has no partner", "write `{{` or `}}` for the brace itself")
        return None
    for name in dict.fromkeys(reply.names):
        if name not in known:
            _unknown_placeholder(name, text, known, findings)
    return reply


def _unknown_placeholder(name: str, text: Text, known: tuple[str, ...], findings: Findings) -> None:
    if name in LATER["placeholders"]:
        not_yet(f"{{{name}}}", text.place, findings)
    elif name == "book":
        findings.add(text.place, "`{book}` needs the book's name", "add `name: ...` at the top of the book")
    elif (guess := closest(name, known)) is not None:
        findings.add(text.place, f"unknown placeholder `{{{name}}}`", f"did you mean `{{{guess}}}`?")
    else:
        instead = (
            f"this rule has {listed(f'{{{each}}}' for each in known)}" if known else "name a group of `pattern` so"
        )
        findings.add(text.place, f"unknown placeholder `{{{name}}}`", f"{instead}; a brace itself is written twice")


def _actions(node: Node, findings: Findings) -> tuple[Action, ...]:
    items = node.items if isinstance(node, List) else (node,)
    if not items:
        findings.add(node.place, "`then` is an empty list", "write an action, or remove the key")
    actions: list[Action] = []
    for item in items:
        for action in _item(item, findings):
            if any(other.name == action.name for other in actions):
                findings.add(item.place, f"`{action.name}` stands twice in `then`", "remove one of them")
            actions.append(action)
    if {"opt_in", "opt_out"} <= {action.name for action in actions}:
        findings.add(node.place, "`then` has both `opt_in` and `opt_out`", "keep one of them")
    return tuple(actions)


def _item(node: Node, findings: Findings) -> list[Action]:
    """One item of `then`: a bare word, or a map with one action."""
    if isinstance(node, Text):
        return _bare(node, findings)
    entries = read_map(node, "`then`", findings)
    if not entries:
        if isinstance(node, Map) and not node.entries:
            findings.add(node.place, "an item of `then` is empty", f"write {listed(KEYS['`then`'])}")
        return []
    actions: list[Action] = []
    for name, value in entries.items():
        if name != "hand_off":
            findings.add(value.place, f"`{name}` takes nothing", f"write the bare word `{name}`")
        elif (duration := _duration(value, findings)) is not None:
            actions.append(duration)
    return actions


def _bare(node: Text, findings: Findings) -> list[Action]:
    match node.value:
        case "opt_out":
            return [Action("opt_out")]
        case "opt_in":
            return [Action("opt_in")]
        case "hand_off":
            findings.add(node.place, "`hand_off` needs a duration", "write `{hand_off: 4h}`")
        case word if word in LATER["`then`"]:
            not_yet(word, node.place, findings)
        case "":
            findings.add(node.place, "an item of `then` is empty", f"write {listed(KEYS['`then`'])}")
        case word:
            findings.add(node.place, f"unknown action `{word}`", advice(word, "`then`"))
    return []


def _duration(node: Node, findings: Findings) -> Action | None:
    if not isinstance(node, Text):
        wrong_kind(node, "`hand_off`", "a duration such as `4h`", findings)
        return None
    duration = read_duration(node.value)
    if duration is None:
        findings.add(node.place, f"`{node.value}` is not a duration", _DURATION)
        return None
    return Action("hand_off", duration)


def _examples(node: Node, findings: Findings) -> Examples:
    entries = read_map(node, "`examples`", findings) or {}
    return Examples(
        **{
            kind: tuple(
                Example(text.value, text.place.line, text.place.column)
                for text in read_texts(value, f"`{kind}`", findings)
            )
            for kind, value in entries.items()
        }
    )
