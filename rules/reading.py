"""Reading a tree by its schema: each function returns what it found, or notes a fault and returns nothing."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from datetime import timedelta
from itertools import takewhile
from typing import TypeAlias

from rules.curved import CLOSING, split_at_comma, unquoted
from rules.decoding import odd_space
from rules.durations import read_duration
from rules.faults import Findings, Place, quoted
from rules.keys import KEYS, advice, closest, listed, meant, shown, unspaced
from rules.tree import List, Map, Node, Text

Entry: TypeAlias = tuple[Text, Node]

_KINDS = {Text: "one text", List: "a list", Map: "a map"}
_TWO_DASHES = re.compile(r"-[^\W\d_].* -[^\W\d_]")  # YAML makes one text of lines such as -refund
_COMMA = re.compile(r"(?<![0-9])[,،、，]|[,،、，](?![0-9])")  # not that of 1,000
_CLOSING = {**CLOSING, "(": ")）", "（": "）)"}
_ROUND = ("(", "（")
_CUT_AT_COMMA = "curved quotes do not keep a text with a comma together"
_PLAIN = re.compile(r"[+\w][^\[\]{}\"#:,]*")  # needs no quotes in a list
_LISTS = frozenset(
    (
        *("any", "all", "none", "exact", "starts", "media", "tagged", "not_tagged", "from", "only_for"),
        *("matches", "ignores", "known_misses", "tag", "untag", "notify", "skip_words"),
    )
)
_ALONE = ("opt_out", "opt_in")
_TEXTS = frozenset(("name", "reply", "late_reply", "pattern", "text"))
_MOST_SHOWN = 20  # items in one message, and looked at for the end of what a comma has cut
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
_DURATION = "write a number and s, m, h or d, such as `4h`; at most 365 days"


def read_map(node: Node, place: str, findings: Findings, *, needed: tuple[str, ...] = ()) -> dict[str, Node] | None:
    """The entries of a map whose keys this place knows; every other key is a fault, and each one that is missing."""
    if isinstance(node, Text) and (said := unspaced(node.value, [place])) is not None:
        findings.add(node.place, *said)
        return None
    if not isinstance(node, Map):
        wrong_kind(node, place, f"a map with {listed(KEYS[place])}", findings)
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
    is_text = what.strip("`") in _TEXTS  # a placeholder without quotes is a map, too
    if isinstance(node, Map) and node.entries and not is_text and all(_is_bare(each, node) for each in node.entries):
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
        findings.add(node.items[split[0]].place, _CUT_AT_COMMA, advice)
        return []
    texts = (read_text(item, f"an item of {what}" if len(node.items) > 1 else what, findings) for item in node.items)
    return [text for text in texts if text is not None]


def read_list(node: Node, what: str, findings: Findings) -> list[Text]:
    """As `read_texts`, where a single text with commas, or with a dash behind an odd space, was meant as a list."""
    if isinstance(node, Text) and (odd := odd_space(node.value)) is not None:
        _, problem, instead = odd
        findings.add(node.place, problem, instead)
        return []
    written = node.value.strip() if isinstance(node, Text) else ""
    is_round = written.startswith(_ROUND) and written.endswith((")", "）"))
    whole = written[1:-1] if is_round else unquoted(written) or written
    items = [item.strip() for item in _COMMA.split(whole) if item.strip()]
    if len(items) > 1:
        kind = "in parentheses" if is_round else "one text with a comma"
        findings.add(node.place, f"{what} is {kind}", f"write a list: {as_list(items)}")
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
        elif is_known and (known is None or key.value in _LISTS | _TEXTS):
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
        lambda entry: entry[0].value.partition(":")[0] not in own and _is_bare(entry, node), node.entries[at:]
    )
    return sum(1 for _ in torn)


def _is_bare(entry: Entry, node: Map) -> bool:
    """Whether it is a key alone, in braces: outside them each key of a map has a line of its own, below the others."""
    key, value = entry
    if not isinstance(value, Text) or value.value:
        return False
    first = node.entries[0][0].place
    begins_on_its_line = node.place.line == first.line and node.place != first
    return begins_on_its_line or key.place.column != first.column


def _without_bare_actions(node: Map, entries: list[Entry], findings: Findings) -> list[Entry]:
    """The entries but for those of `{tag: vip, opt_out}` that are bare words: they stand in a list."""
    bare = [key.value for key, value in entries if key.value in _ALONE and _is_bare((key, value), node)]
    others = [(key, value) for key, value in entries if key.value not in bare]
    if not bare or not others:
        return entries
    values = (as_list(_texts_of(value))[1:-1] if isinstance(value, List) else value for _, value in others)
    items = [
        f"{{{key.value}: {value.value if isinstance(value, Text) else value}}}"
        for (key, _), value in zip(others, values, strict=True)
    ]
    problem = f"the bare word {listed(bare)} is in braces"
    findings.add(node.place, problem, f"write a list, in brackets: `[{shown(', '.join([*items, *bare]))}]`")
    return others


def _texts_of(node: Node) -> list[str]:
    items = node.items if isinstance(node, List) else (node,)
    return [item.value for item in items if isinstance(item, Text)]


def _note_torn(key: Text, value: Node, rest: Sequence[str], findings: Findings) -> None:
    """A list without its brackets, or a text whose comma ends it."""
    pieces = [*_texts_of(value), *rest]
    if key.value in _TEXTS:
        problem = f"in braces the text of `{key.value}` ends at its comma"
        findings.add(value.place, problem, f"put the whole text in quotes: '{shown(', '.join(pieces))}'")
    else:
        problem = f"`{key.value}` is a list without brackets"
        findings.add(value.place, problem, f"write `{key.value}: {as_list(pieces)[1:]}")


def _note_cut(key: Text, value: Node, pieces: Sequence[str], findings: Findings) -> None:
    if pieces[0].startswith(_ROUND):
        items = as_list([piece.strip("()（） ") for piece in pieces])
        findings.add(value.place, f"`{key.value}` is in parentheses", f"write a list: {items}")
    else:
        findings.add(value.place, _CUT_AT_COMMA, "put the whole text in straight ones, \" or '")


def _cut(value: Node, entries: Sequence[Entry], at: int) -> list[str]:
    """The pieces of a text that opens a parenthesis, with the keys from there on that have nothing, up to one that
    closes it; none where none does."""
    if not isinstance(value, Text) or value.value[:1] not in _CLOSING:
        return []
    closing = tuple(_CLOSING[value.value[:1]])
    pieces = [value.value]
    for key, nothing in entries[at : at + _MOST_SHOWN]:
        if not isinstance(nothing, Text) or nothing.value:
            return []
        pieces.append(key.value)
        if key.value.endswith(closing):
            return pieces
    return []
