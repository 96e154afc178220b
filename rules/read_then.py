"""`then`: from the tree to actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import get_args

from rules.faults import Findings
from rules.keys import KEYS, advice, listed, shown, unspaced
from rules.model import Action, ActionName
from rules.reading import read_map, read_span, read_texts
from rules.tree import List, Map, Node, Text

_ALONE: tuple[ActionName, ...] = ("opt_out", "opt_in")  # they take nothing
_NAMED: tuple[ActionName, ...] = ("tag", "untag", "notify")  # they take one name or a list of them
_LONGEST_TAG = 64
_ENDPOINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def read_then(node: Node, findings: Findings) -> tuple[Action, ...]:
    """The actions of a rule, each once."""
    items = node.items if isinstance(node, List) else (node,)
    if not items:
        findings.add(node.place, "`then` is an empty list", "write an action, or remove the key")
    actions: list[Action] = []
    for item in items:
        for action in _item(item, findings):
            if _is_again(action, actions):
                findings.add(item.place, f"{_named(action)} stands twice in `then`", "remove one of them")
            actions.append(action)
    _refuse_contradictions(node, actions, findings)
    return tuple(actions)


def _is_again(action: Action, others: Sequence[Action]) -> bool:
    return any((other.name, other.value) == (action.name, action.value) for other in others)


def _named(action: Action) -> str:
    return f"`{action.name}`" if action.value is None else f"`{action.name}: {action.value}`"


def _refuse_contradictions(node: Node, actions: Sequence[Action], findings: Findings) -> None:
    if {"opt_in", "opt_out"} <= {action.name for action in actions}:
        findings.add(node.place, "`then` has both `opt_in` and `opt_out`", "keep one of them")
    tags = {action.value for action in actions if action.name == "tag"}
    for action in actions:
        if action.name == "untag" and action.value in tags:
            findings.add(node.place, f"`then` both gives and takes the tag `{action.value}`", "keep one of them")


def _item(node: Node, findings: Findings) -> list[Action]:
    """One item of `then`: a bare word, or a map with one action or several."""
    if isinstance(node, Text):
        return _bare(node, findings)
    entries = read_map(node, "`then`", findings)
    if isinstance(node, Map) and not node.entries:
        findings.add(node.place, "an item of `then` is empty", f"write {listed(KEYS['`then`'])}")
    return [action for name, value in (entries or {}).items() for action in _with_value(name, value, findings)]


def _bare(node: Text, findings: Findings) -> list[Action]:
    for name in _ALONE:
        if node.value == name:
            return [Action(name)]
    if not node.value:
        findings.add(node.place, "an item of `then` is empty", f"write {listed(KEYS['`then`'])}")
    elif node.value == "hand_off":
        findings.add(node.place, "`hand_off` needs a duration", "write `{hand_off: 4h}`")
    elif node.value in KEYS["`then`"]:
        findings.add(node.place, f"`{node.value}` needs a name", f"write `{{{node.value}: some-name}}`")
    elif (key := node.value.partition(" ")[0]) in KEYS["`then`"].keys() - _ALONE:
        instead = f"write `{{{key}: {shown(node.value.removeprefix(key).strip())}}}`"
        findings.add(node.place, f"no colon after `{key}`", instead)
    else:
        unknown = f"unknown action `{node.value}`", advice(node.value, "`then`")
        findings.add(node.place, *unspaced(node.value, ["`then`"]) or unknown)
    return []


def _with_value(key: str, value: Node, findings: Findings) -> list[Action]:
    name: ActionName = next(each for each in get_args(ActionName) if each == key)
    if name in _ALONE:
        findings.add(value.place, f"`{name}` takes nothing", f"write the bare word `{name}`")
        return []
    if name in _NAMED:
        texts = read_texts(value, f"`{name}`", findings)
        return [Action(name, value=text.value) for text in texts if _is_name(name, text, findings)]
    duration = read_span(value, f"`{name}`", findings)
    return [] if duration is None else [Action(name, duration=duration)]


def _is_name(action: ActionName, text: Text, findings: Findings) -> bool:
    if action == "notify":
        good = _ENDPOINT.fullmatch(text.value) is not None
        problem, instead = f"`{text.value}` is not the name of an endpoint", "write letters, digits, `-` and `_`"
    else:
        good = len(text.value) <= _LONGEST_TAG
        problem, instead = f"the tag is longer than {_LONGEST_TAG} characters", "make it shorter"
    if not good:
        findings.add(text.place, problem, instead)
    return good
