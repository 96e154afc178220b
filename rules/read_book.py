"""What stands at the top of a book beside its rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from datetime import timedelta
from typing import TypeVar

from rules.book import Burst, Limit, Template
from rules.faults import Findings, quoted
from rules.phrases import MOST_PHRASES, PhraseError, SkipWords, compile_phrase, expand
from rules.read_when import Setting, read_phrases
from rules.reading import read_choice, read_list, read_map, read_span, read_text, wrong_kind
from rules.torn import rejoined
from rules.tree import Map, Node, Text

_MOST_REPLIES = 1_000
_USED = re.compile(r"\{([^{}]*)\}")  # the list that is used in a phrase

T = TypeVar("T")
Entries = Mapping[str, Node]


def read_if(entries: Entries, key: str, read: Callable[[Node], T | None]) -> T | None:
    """What stands under a key, where it is there."""
    return read(entries[key]) if key in entries else None


def read_typos(node: Node, findings: Findings) -> bool:
    """Whether typing errors are forgiven."""
    return read_choice(node, "`typos`", ("on", "off"), findings) != "off"


def read_skip_words(node: Node, findings: Findings) -> SkipWords:
    """The skip words."""
    skipped: list[tuple[str, ...]] = []
    for text in read_list(node, "`skip_words`", findings):
        for phrase in read_phrases(text, Setting(), findings, typos=False):
            if any(word.prefix for word in phrase.words):
                findings.add(text.place, "a skip word has a star", "write each form of the word")
            skipped.append(tuple(word.text for word in phrase.words))
    return SkipWords(skipped)


def read_lists(node: Node, findings: Findings) -> dict[str, list[str]]:
    """The lists of words by their names. A list may use those above it."""
    if not isinstance(node, Map):
        wrong_kind(node, "`words`", "a map of lists, such as `refund: [refund, money back]`", findings)
        return {}
    lists: dict[str, list[str]] = {}
    phrases = 0
    entries = rejoined(node, findings)[0]
    below = {name.value for name, _ in entries}
    for name, value in entries:
        if not name.value.strip() or set(name.value) & set("{}"):
            findings.add(name.place, f"{quoted(name.value)} cannot name a list", "write a word without braces")
            continue
        texts = read_list(value, f"the list `{name.value}`", findings)
        items: list[str] = []
        for text in texts:
            of_text = [] if _uses_below(text, name.value, below, findings) else _items(text, lists, findings)
            items += of_text
            phrases += len(of_text)
            if phrases > MOST_PHRASES:
                findings.stop(text.place, f"`words` has more than {MOST_PHRASES:,} phrases", "put fewer lists in lists")
        lists[name.value] = items
        below.discard(name.value)
    return lists


def _uses_below(text: Text, name: str, below: Set[str], findings: Findings) -> bool:
    """Note the use of a list that is not above, if there is one."""
    used = next((each for each in _USED.findall(text.value) if each in below), None)
    if used is not None and used != name:
        findings.add(text.place, f"the list `{used}` stands below `{name}`, which uses it", f"move it above `{name}`")
    elif used is not None:
        findings.add(text.place, f"the list `{name}` uses itself", f"leave `{{{name}}}` away")
    return used is not None


def _items(text: Text, lists: Mapping[str, list[str]], findings: Findings) -> list[str]:
    try:
        items = expand(text.value, lists)
        for item in items:
            compile_phrase(item, typos=False)
    except PhraseError as error:
        findings.add(text.place, error.problem, error.advice)
        return []
    return items


def read_limit(node: Node, findings: Findings) -> Limit | None:
    """`{replies: 5, per: 10m}`."""
    entries = read_map(node, "`reply_limit`", findings, needed=("replies", "per")) or {}
    replies = read_if(entries, "replies", lambda each: _number(each, findings))
    per = read_if(entries, "per", lambda each: read_span(each, "`per`", findings))
    return None if replies is None or per is None else Limit(replies, per)


def _number(node: Node, findings: Findings) -> int | None:
    text = read_text(node, "`replies`", findings)
    if text is None:
        return None
    if not (text.value.isascii() and text.value.isdecimal() and len(text.value) < 9):
        findings.add(text.place, f"`{text.value}` is not a number of replies", "write a number such as 5")
        return None
    if not 0 < int(text.value) <= _MOST_REPLIES:
        findings.add(text.place, f"`{text.value}` replies cannot be a limit", f"write 1 to {_MOST_REPLIES:,}")
        return None
    return int(text.value)


def read_burst(node: Node, findings: Findings) -> Burst | None:
    """`{quiet: 2s, at_most: 8s}`, or `off`."""
    if isinstance(node, Text):
        if node.value != "off":
            findings.add(node.place, f"`burst` is `{node.value}`", "write `{quiet: 2s, at_most: 8s}`, or `off`")
        return None
    entries = read_map(node, "`burst`", findings, needed=("quiet", "at_most")) or {}
    quiet = read_if(entries, "quiet", lambda each: read_span(each, "`quiet`", findings))
    at_most = read_if(entries, "at_most", lambda each: read_span(each, "`at_most`", findings))
    if quiet is None or at_most is None:
        return None
    if at_most < quiet or at_most > timedelta(minutes=5):
        findings.add(
            node.place, "`at_most` is shorter than `quiet`, or longer than 5m", "write `{quiet: 2s, at_most: 8s}`"
        )
    return Burst(quiet, at_most)


def read_window_closed(node: Node, findings: Findings) -> Template | None:
    """`{template: {id: ..., variables: {...}}}`."""
    entries = read_map(node, "`window_closed`", findings, needed=("template",)) or {}
    return read_if(entries, "template", lambda each: _template(each, findings))


def _template(node: Node, findings: Findings) -> Template | None:
    entries = read_map(node, "`template`", findings, needed=("id",)) or {}
    name = read_if(entries, "id", lambda each: read_text(each, "`id`", findings))
    variables = read_if(entries, "variables", lambda each: _variables(each, findings))
    return None if name is None else Template(name.value, variables or {})


def _variables(node: Node, findings: Findings) -> dict[str, str] | None:
    if not isinstance(node, Map):
        wrong_kind(node, "`variables`", "a map of texts, such as `{shop: Acme}`", findings)
        return None
    texts = {key.value: read_text(value, f"the variable `{key.value}`", findings) for key, value in node.entries}
    return {name: text.value for name, text in texts.items() if text is not None}
