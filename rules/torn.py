"""Lists and texts that YAML has torn, or has left whole: at a comma in braces, in parentheses, in curved quotes."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from itertools import takewhile
from typing import TypeAlias

from rules.curved import CLOSING, unquoted
from rules.faults import Findings
from rules.keys import MOST_SHOWN, as_list, shown
from rules.tree import List, Map, Node, Text

Entry: TypeAlias = tuple[Text, Node]

CUT_AT_COMMA = "curved quotes do not keep a text with a comma together"
LISTS = frozenset(
    (
        *("any", "all", "none", "exact", "starts", "media", "tagged", "not_tagged", "from", "only_for"),
        *("matches", "ignores", "known_misses", "tag", "untag", "notify", "skip_words"),
    )
)
TEXTS = frozenset(("name", "reply", "late_reply", "pattern", "text"))

_COMMA = re.compile(r"(?<![0-9])[,،、，]|[,،、，](?![0-9])")  # not that of 1,000
_BULLETS = re.compile(r"([–—•·*])\s+\S.*\s\1\s", re.DOTALL)
_ROUND = {"(": ")）", "（": "）)", "［": "］", "【": "】"}  # brackets that are none to YAML
_CLOSING = {**CLOSING, **_ROUND}


def items_of(written: str) -> tuple[str, list[str]] | None:
    """What a single text is, and its items, where it was meant as a list of several."""
    kind, whole, separator = "one text with a comma", unquoted(written) or written, _COMMA
    if written[:1] in _ROUND and written.endswith(tuple(_ROUND[written[0]])):
        kind, whole = _around(written), written[1:-1]
    elif match := _BULLETS.match(written):
        kind, separator = f"a list with `{match[1]}` for a dash", re.compile(rf"(?:^|\s){re.escape(match[1])}\s")
    items = [item.strip() for item in separator.split(whole) if item.strip()]
    return (kind, items) if len(items) > 1 else None


def rejoined(
    node: Map, findings: Findings, known: Container[str] | None = None, *, own: Container[str] = ()
) -> tuple[list[Entry], set[str]]:
    """The entries but for those that YAML has torn at a comma, and their keys, which have been noted: of
    `{any: refund, money back}` it makes the key `any` with `refund`, and a key `money back` with nothing. So with
    parentheses and curved quotes. Looked at are the keys that are `known`, or all; none of them, and none that a map
    has for its `own`, is the rest of another."""
    entries, noted = list[Entry](), set[str]()
    at = 0
    while at < len(node.entries):
        key, value = node.entries[at]
        at += 1
        is_known = known is None or key.value in known
        pieces = _cut(value, node.entries, at) if is_known else []
        rest = max(0, len(pieces) - 1)
        if pieces:
            _note_cut(key, value, pieces, findings)
        elif is_known and (known is None or key.value in LISTS | TEXTS):
            rest = _count_bare(node, at, own)
            if rest:
                _note_torn(key, value, [name.value for name, _ in node.entries[at : at + rest]], findings)
        if rest:
            noted.add(key.value)
            at += rest
        else:
            entries.append((key, value))
    return entries, noted


def _count_bare(node: Map, at: int, own: Container[str]) -> int:
    """How many of the keys from there on are the rest of the text before them; `when:anything` is none."""
    torn = takewhile(
        lambda entry: entry[0].value.partition(":")[0] not in own and is_bare(entry, node), node.entries[at:]
    )
    return sum(1 for _ in torn)


def is_bare(entry: Entry, node: Map) -> bool:
    """Whether it is a key alone, in braces: outside them each key of a map has a line of its own, below the others."""
    key, value = entry
    if not isinstance(value, Text) or value.value:
        return False
    first = node.entries[0][0].place
    begins_on_its_line = node.place.line == first.line and node.place != first
    return begins_on_its_line or key.place.column != first.column


def texts_of(node: Node) -> list[str]:
    """The text, or those of a list."""
    items = node.items if isinstance(node, List) else (node,)
    return [item.value for item in items if isinstance(item, Text)]


def _note_torn(key: Text, value: Node, rest: Sequence[str], findings: Findings) -> None:
    """A list without its brackets, or a text whose comma ends it."""
    pieces = [*texts_of(value), *rest]
    if key.value in TEXTS:
        problem = f"in braces the text of `{key.value}` ends at its comma"
        findings.add(value.place, problem, f"put the whole text in quotes: '{shown(', '.join(pieces))}'")
    else:
        problem = f"`{key.value}` is a list without brackets"
        findings.add(value.place, problem, f"write `{key.value}: {as_list(pieces)[1:]}")


def _note_cut(key: Text, value: Node, pieces: Sequence[str], findings: Findings) -> None:
    if pieces[0][0] in _ROUND:
        items = as_list([piece.strip("()（）［］【】 ") for piece in pieces])
        findings.add(
            value.place, f"`{key.value}` is {_around(pieces[0][0] + pieces[-1][-1])}", f"write a list: {items}"
        )
    else:
        findings.add(value.place, CUT_AT_COMMA, "put the whole text in straight ones, \" or '")


def _cut(value: Node, entries: Sequence[Entry], at: int) -> list[str]:
    """The pieces of a text that opens a parenthesis, with the keys from there on that have nothing, up to one that
    closes it; none where none does."""
    if not isinstance(value, Text) or value.value[:1] not in _CLOSING:
        return []
    closing = tuple(_CLOSING[value.value[:1]])
    pieces = [value.value]
    for key, nothing in entries[at : at + MOST_SHOWN]:
        if not isinstance(nothing, Text) or nothing.value:
            return []
        pieces.append(key.value)
        if key.value.endswith(closing):
            return pieces
    return []


def _around(text: str) -> str:
    return "in parentheses" if text[0] in "(（" else f"in `{text[0]}{text[-1]}`, no brackets to YAML"
