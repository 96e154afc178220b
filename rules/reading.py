"""Reading a tree by its schema: each function returns what it found, or notes a fault and returns nothing."""

from __future__ import annotations

from rules.faults import Findings, Place
from rules.keys import KEYS, LATER, advice, listed, meant
from rules.tree import List, Map, Node, Text

_KINDS = {Text: "one text", List: "a list", Map: "a map"}


def read_map(node: Node, place: str, findings: Findings, *, needed: tuple[str, ...] = ()) -> dict[str, Node] | None:
    """The entries of a map whose keys this place knows; every other key is a fault, and each one that is missing."""
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
        wrong_kind(node, what, "one text; put it in quotes if it begins with a bracket or a brace", findings)
        return None
    if not node.value.strip():
        findings.add(node.place, f"{what} is empty", "write a text, or remove the key")
        return None
    return node


def read_texts(node: Node, what: str, findings: Findings) -> list[Text]:
    """A list of texts that are not blank; a single text is a list of one."""
    if not isinstance(node, List):
        node = List(node.place, (node,))
    elif not node.items:
        findings.add(node.place, f"{what} is an empty list", "write at least one text, or remove the key")
    texts = (read_text(item, f"an item of {what}" if len(node.items) > 1 else what, findings) for item in node.items)
    return [text for text in texts if text is not None]


def wrong_kind(node: Node, what: str, wanted: str, findings: Findings) -> None:
    """Note that a node has not the shape it should have."""
    findings.add(node.place, f"{what} is {_KINDS[type(node)]}", f"write {wanted}")


def not_yet(word: str, at: Place, findings: Findings) -> None:
    """Note a part of the language that this version does not have."""
    findings.add(at, f"`{word}` is not supported by this version yet", "remove it")


def _refuse(key: Text, place: str, findings: Findings) -> str | None:
    """Note a key that this place does not know; what was probably meant."""
    if key.value in LATER.get(place, ()):
        not_yet(key.value, key.place, findings)
        return None
    findings.add(key.place, f"unknown key `{key.value}`", advice(key.value, place))
    return meant(key.value, place)
