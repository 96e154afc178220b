"""Reading a tree by its schema: each function returns what it found, or notes a fault and returns nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from rules.decoding import odd_space
from rules.durations import read_duration
from rules.faults import Findings, Place, quoted
from rules.keys import KEYS, advice, closest, listed, meant, shown, unspaced
from rules.tree import List, Map, Node, Text

_KINDS = {Text: "one text", List: "a list", Map: "a map"}
_TWO_DASHES = re.compile(r"-[^\W\d_].* -[^\W\d_]")  # YAML makes one text of lines such as -refund
_COMMA = re.compile(r"(?<![0-9])[,،、，]|[,،、，](?![0-9])")  # not that of 1,000
_PLAIN = re.compile(r"[+\w][^\[\]{}\"#:]*")  # needs no quotes in a list
_MOST_SHOWN = 20  # items in one message
_DURATION = "write a number and s, m, h or d, such as `4h`; at most 365 days"


def read_map(node: Node, place: str, findings: Findings, *, needed: tuple[str, ...] = ()) -> dict[str, Node] | None:
    """The entries of a map whose keys this place knows; every other key is a fault, and each one that is missing."""
    if isinstance(node, Text) and (said := unspaced(node.value, [place])) is not None:
        findings.add(node.place, *said)
        return None
    if not isinstance(node, Map):
        wrong_kind(node, place, f"a map with {listed(KEYS[place])}", findings)
        return None
    guessed = {_refuse(key, place, findings) for key, _ in node.entries if key.value not in KEYS[place]}
    found = {key.value: value for key, value in node.entries if key.value in KEYS[place]}
    for key in needed:
        if key not in found and key not in guessed:
            findings.add(node.place, f"{place} has no `{key}`", f"add `{key}: ...`")
    return found


def read_text(node: Node, what: str, findings: Findings) -> Text | None:
    """One text that is not blank."""
    if not isinstance(node, Text):
        wrong_kind(node, what, "one text, in quotes if it has a colon or begins with a bracket or a brace", findings)
        return None
    if not node.value.strip():
        findings.add(node.place, f"{what} is empty", "write a text, in quotes if it begins with #, or remove the key")
        return None
    if _TWO_DASHES.match(node.value):
        findings.add(node.place, f"{quoted(node.value)} was meant as a list", "write a space after each dash")
    return node


def read_texts(node: Node, what: str, findings: Findings) -> list[Text]:
    """A list of texts that are not blank; a single text is a list of one."""
    if not isinstance(node, List):
        node = List(node.place, (node,))
    elif not node.items:
        findings.add(node.place, f"{what} is an empty list", "write at least one text, or remove the key")
    texts = (read_text(item, f"an item of {what}" if len(node.items) > 1 else what, findings) for item in node.items)
    return [text for text in texts if text is not None]


def read_list(node: Node, what: str, findings: Findings) -> list[Text]:
    """As `read_texts`, where a single text with commas, or with a dash behind an odd space, was meant as a list."""
    if isinstance(node, Text) and (odd := odd_space(node.value)) is not None:
        _, problem, instead = odd
        findings.add(node.place, problem, instead)
        return []
    items = [item.strip() for item in _COMMA.split(node.value) if item.strip()] if isinstance(node, Text) else []
    if len(items) > 1:
        findings.add(node.place, f"{what} is one text with a comma", f"write a list: {as_list(items)}")
        return []
    return read_texts(node, what, findings)


def as_list(items: Sequence[str]) -> str:
    """These texts as an author would write them in a list."""
    written = (item if _PLAIN.fullmatch(item) else "'" + item.replace("'", "''") + "'" for item in items[:_MOST_SHOWN])
    return f"`[{shown(', '.join(written))}]`"


def read_choice(node: Node, what: str, choices: Sequence[str], findings: Findings) -> str | None:
    """One of a few words."""
    if not isinstance(node, Text):
        wrong_kind(node, what, f"one of {listed(choices)}", findings)
        return None
    if node.value in choices:
        return node.value
    guess = closest(node.value.lower(), choices)
    advice = f"did you mean `{guess}`?" if guess else f"write one of {listed(choices)}"
    findings.add(node.place, f"{what} is `{node.value}`" if node.value.strip() else f"{what} is empty", advice)
    return None


def read_span(node: Node, what: str, findings: Findings) -> timedelta | None:
    """A duration such as `4h`."""
    if not isinstance(node, Text):
        wrong_kind(node, what, "a duration such as `4h`", findings)
        return None
    duration = read_duration(node.value)
    if duration is None:
        findings.add(node.place, f"`{node.value}` is not a duration", _DURATION)
    return duration


def wrong_kind(node: Node, what: str, wanted: str, findings: Findings) -> None:
    """Note that a node has not the shape it should have."""
    findings.add(node.place, f"{what} is {_KINDS[type(node)]}", f"write {wanted}")


def _refuse(key: Text, place: str, findings: Findings) -> str | None:
    """Note a key that this place does not know; what was probably meant."""
    if (odd := odd_space(f"{key.value}:")) is not None:
        column, problem, instead = odd
        findings.add(Place(key.place.line, key.place.column + column - 1), problem, instead)
    elif (said := unspaced(key.value, [place])) is not None:
        findings.add(key.place, *said)
        return key.value.partition(":")[0]
    else:
        findings.add(key.place, f"unknown key `{key.value}`", advice(key.value, place))
    return meant(key.value, place)
