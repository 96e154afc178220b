"""`examples`: from the tree to messages, each a text, or media with a text or without."""

from __future__ import annotations

from rules.book import Example, Examples
from rules.faults import Findings
from rules.read_media import read_kind
from rules.reading import read_map, read_text, read_texts
from rules.tree import List, Map, Node


def read_examples(node: Node, findings: Findings) -> Examples:
    """The examples of a rule."""
    entries = read_map(node, "`examples`", findings) or {}
    return Examples(**{kind: _of_kind(value, f"`{kind}`", findings) for kind, value in entries.items()})


def _of_kind(node: Node, what: str, findings: Findings) -> tuple[Example, ...]:
    """In the order of the file."""
    items = node.items if isinstance(node, List) else (node,)
    with_media = [item for item in items if _has_media(item)]
    rest = [item for item in items if not _has_media(item)]
    read = [_with_media(item, findings) for item in with_media]
    if rest or not items:
        texts = read_texts(List(node.place, tuple(rest)) if isinstance(node, List) else node, what, findings)
        read += [Example(text.value, text.place.line, text.place.column) for text in texts]
    return tuple(sorted(read, key=lambda example: (example.line, example.column)))


def _has_media(node: Node) -> bool:
    """Whether it is a message with media; any other map is a text with a colon that has no quotes."""
    return isinstance(node, Map) and any(key.value == "media" for key, _ in node.entries)


def _with_media(node: Node, findings: Findings) -> Example:
    entries = read_map(node, "an example", findings) or {}
    media = read_kind(entries["media"], findings) if "media" in entries else None
    text = read_text(entries["text"], "`text`", findings) if "text" in entries else None
    return Example("" if text is None else text.value, node.place.line, node.place.column, media)
