"""`media`: from the tree to kinds, in a `when` and in an example."""

from __future__ import annotations

from rules.faults import Findings
from rules.media import KINDS, advice
from rules.reading import read_list, read_text
from rules.tree import List, Node, Text


def read_media(node: Node, findings: Findings) -> tuple[str, ...] | None:
    """The kinds that a condition names; None is any."""
    if isinstance(node, Text) and node.value == "any":
        return None
    texts = read_list(node, "`media`", findings)
    if isinstance(node, List) and any(text.value == "any" for text in texts):
        findings.add(node.place, "`any` is in a list", "write `media: any`, or the kinds alone")
        return ()
    return tuple(text.value for text in texts if _is_kind(text, findings))


def read_kind(node: Node, findings: Findings) -> str | None:
    """The one kind that an example is of."""
    text = read_text(node, "`media`", findings)
    return text.value if text is not None and _is_kind(text, findings) else None


def _is_kind(text: Text, findings: Findings) -> bool:
    if text.value in KINDS:
        return True
    findings.add(text.place, f"`{text.value}` is no kind of media", advice(text.value))
    return False
