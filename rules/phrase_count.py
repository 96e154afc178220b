"""How many phrases the rules come to when their lists of words have been put in: a small file may mean millions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod

from rules.faults import Findings
from rules.phrases import MOST_PHRASES
from rules.tree import List, Map, Node, Text

_USED = re.compile(r"\{([^{}]*)\}")
_KINDS = ("any", "all", "none", "exact", "starts")


def check_number(rules: Sequence[Node], lists: Mapping[str, Sequence[str]], findings: Findings) -> None:
    """Raise `BookError` where they are too many, before any of them costs time."""
    phrases = 0
    for text in _phrases(rules):
        phrases += prod(len(lists.get(name, ())) for name in _USED.findall(text.value))
        if phrases > MOST_PHRASES:
            problem = f"the rules have more than {MOST_PHRASES:,} phrases"
            findings.stop(text.place, problem, "use fewer lists in them, or split the book")


def _phrases(rules: Sequence[Node]) -> Iterator[Text]:
    for rule in rules:
        for key, value in rule.entries if isinstance(rule, Map) else ():
            if key.value == "when":
                yield from _of_when(value)


def _of_when(node: Node) -> Iterator[Text]:
    if isinstance(node, List):
        for item in node.items:
            yield from _of_when(item)
    elif isinstance(node, Map):
        for key, value in node.entries:
            if key.value not in _KINDS:
                yield from _of_when(value)
            elif not isinstance(value, Map):
                yield from (
                    item for item in (value.items if isinstance(value, List) else (value,)) if isinstance(item, Text)
                )
