"""Reading a tree by its schema: each function returns what it found, or notes a fault and returns nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from rules.curved import split_at_comma
from rules.decoding import is_blank, odd_space
from rules.durations import read_duration
from rules.faults import Findings, Place, quoted
from rules.keys import KEYS, advice, as_list, closest, listed, meant, shown, unspaced
from rules.torn import CUT_AT_COMMA, TEXTS, Entry, is_bare, items_of, rejoined, texts_of
from rules.tree import List, Map, Node, Text

_KINDS = {Text: "one text", List: "a list", Map: "a map"}
_TWO_DASHES = re.compile(r"-[^\W\d_].* -[^\W\d_]")  # YAML makes one text of lines such as -refund
_ALONE = ("opt_out", "opt_in")
# What a key that is missing may look like; what has none is the author's own.
_FOR_EXAMPLE = {
    "version": "1",
    "rules": "[{name: greeting, when: {any: [hello]}, reply: Hi!}]",
    "when": "{any: [refund]}",
    "replies": "5",
    "per": "10m",
    "quiet": "2s",
    "at_most": "8s",
    "template": "{id: template_01k8}",
}
_MAPS = {
    "the book": "`version: 1`, and `rules:` above the first `- name: ...`",
    "a rule": "`name: ...` and below it, at the same column, `when: ...` and `reply: ...`",
    "`examples`": "`{matches: [...], ignores: [...]}`, with messages of customers",
}
_DURATION = "write a number and s, m, h or d, such as `4h`; at most 365 days"


def read_map(node: Node, place: str, findings: Findings, *, needed: tuple[str, ...] = ()) -> dict[str, Node] | None:
    """The entries of a map whose keys this place knows; every other key is a fault, and each one that is missing."""
    if isinstance(node, Text) and (said := unspaced(node.value, [place])) is not None:
        findings.add(node.place, *said)
        return None
    if not isinstance(node, Map):
        wrong_kind(node, place, _MAPS.get(place) or f"a map with {listed(KEYS[place])}", findings)
        return None
    entries, noted = rejoined(node, findings, KEYS[place], own=KEYS[place])
    if place == "`then`":
        entries = _without_bare_actions(node, entries, findings)
    guessed = {_refuse(key, place, findings) for key, _ in entries if key.value not in KEYS[place]} | noted
    found = {key.value: value for key, value in entries if key.value in KEYS[place]}
    for key in needed:
        if key not in found and key not in guessed:
            findings.add(node.place, f"{place} has no `{key}`", f"add `{key}: {_FOR_EXAMPLE.get(key, '...')}`")
    return found


def read_text(node: Node, what: str, findings: Findings) -> Text | None:
    """One text that is not blank."""
    if isinstance(node, Map) and len(node.entries) == 1 and node.entries[0][0].value and is_bare(node.entries[0], node):
        named = f"{{{node.entries[0][0].value}}}"
        findings.add(node.place, f"`{named}` is not in quotes", f"write `'{shown(named)}'`")
        return None
    if not isinstance(node, Text):
        wrong_kind(node, what, "one text, in quotes if it has a colon or begins with a bracket or a brace", findings)
        return None
    if is_blank(node.value):
        findings.add(node.place, f"{what} is empty", "write a text, in quotes if it begins with #, or remove the key")
        return None
    if _TWO_DASHES.match(node.value):
        findings.add(node.place, f"{quoted(node.value)} was meant as a list", "write a space after each dash")
    return node


def read_texts(node: Node, what: str, findings: Findings) -> list[Text]:
    """A list of texts that are not blank; a single text is a list of one."""
    is_text = what.strip("`") in TEXTS  # a placeholder without quotes is a map, too
    if isinstance(node, Map) and node.entries and not is_text and all(is_bare(each, node) for each in node.entries):
        items = as_list([key.value for key, _ in node.entries])
        findings.add(node.place, f"{what} is in braces", f"write a list, in brackets: {items}")
        return []
    if not isinstance(node, List):
        node = List(node.place, (node,))
    elif not node.items:
        findings.add(node.place, f"{what} is an empty list", "write at least one text, or remove the key")
    written = [item.value if isinstance(item, Text) else "" for item in node.items]
    if (split := split_at_comma(written)) is not None:
        advice = f"put it in straight ones: {as_list([split[1]])}"
        findings.add(node.items[split[0]].place, CUT_AT_COMMA, advice)
        return []
    texts = (read_text(item, f"an item of {what}" if len(node.items) > 1 else what, findings) for item in node.items)
    return [text for text in texts if text is not None]


def read_list(node: Node, what: str, findings: Findings) -> list[Text]:
    """As `read_texts`, where a single text with commas, or with a dash behind an odd space, was meant as a list."""
    if isinstance(node, Text) and (odd := odd_space(node.value)) is not None:
        _, problem, instead = odd
        findings.add(node.place, problem, instead)
        return []
    if isinstance(node, Text) and (meant_as := items_of(node.value.strip())) is not None:
        kind, items = meant_as
        findings.add(node.place, f"{what} is {kind}", f"write a list: {as_list(items)}")
        return []
    return read_texts(node, what, findings)


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


def _without_bare_actions(node: Map, entries: list[Entry], findings: Findings) -> list[Entry]:
    """The entries but for those of `{tag: vip, opt_out}` that are bare words: they stand in a list."""
    bare = [key.value for key, value in entries if key.value in _ALONE and is_bare((key, value), node)]
    others = [(key, value) for key, value in entries if key.value not in bare]
    if not bare or not others:
        return entries
    values = (as_list(texts_of(value))[1:-1] if isinstance(value, List) else value for _, value in others)
    items = [
        f"{{{key.value}: {value.value if isinstance(value, Text) else value}}}"
        for (key, _), value in zip(others, values, strict=True)
    ]
    problem = f"the bare word {listed(bare)} is in braces"
    findings.add(node.place, problem, f"write a list, in brackets: `[{shown(', '.join([*items, *bare]))}]`")
    return others
