"""YAML without its surprises: bytes to a small tree in which every scalar is text and every node knows its place.

Built from the parser's events without recursion, and counted on the way: brackets a megabyte deep and anchors that
multiply are faults like any other. Structural mistakes end the reading, the others are collected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

import yaml

from rules.complaint import Explained
from rules.decoding import FILLER, FORBIDDEN, LARGEST_FILE, control, decode
from rules.faults import Findings, Place
from rules.not_yaml import explain
from rules.salvage import without_rules
from rules.tree import List, Map, Node, Text
from rules.unclosed import Mark, ends_oddly, swallows_lines, told

# Counted after every alias has been replaced by what it stands for. Ten thousand rules of ten phrases with examples
# have 350,000; this many take about a second.
MOST_NODES = 360_000
DEEPEST = 50
_TOO_DEEP = "exceeded maximum nesting depth"  # libyaml 0.2.6, at 1,000 levels
_MOST_HASHES = 10_000
_HASH = re.compile(r"[^\s#]\s+#(?=\w)")

_QUOTES = ("'", '"')

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times faster where libyaml is there


class _NoYaml(Exception):
    """The parser cannot go on: what is told of it, and the lines that it hangs on."""

    def __init__(self, explained: Explained, *marks: Mark | None) -> None:
        super().__init__()
        self.explained = explained
        lines = [explained[0].line, *(mark.line + 1 for mark in marks if mark is not None)]
        self.first, self.last = min(lines), max(lines)


def read_document(data: bytes, findings: Findings, loader: type = LOADER) -> Node:
    """The tree of the one document in `data`. Raises `BookError` where there is none to be had; less than that is
    added to `findings`: a tag, a duplicate key, a control character in a text. So is a rule that is no YAML, as long as
    others are left, which are read without it."""
    text: str | None = decode(data, findings)
    read = 0
    while text is not None:
        read += len(text)
        try:
            return _Builder(findings, loader).build(text)
        except _NoYaml as broken:
            findings.add(*broken.explained)
            text = without_rules(text, broken.first, broken.last) if read + len(text) <= LARGEST_FILE else None
    raise findings.error()


@dataclass(slots=True)
class _Open:
    """A list or a map whose end has not been seen."""

    place: Place
    anchor: str | None
    is_map: bool
    before: int  # how many nodes came before it
    children: list[Node] = field(default_factory=list)
    height: int = 1


@dataclass(slots=True)
class _Anchored:
    place: Place
    node: Node
    nodes: int  # with everything inside
    height: int
    used: bool = False


class _Builder:
    def __init__(self, findings: Findings, loader: type) -> None:
        self._findings = findings
        self._loader = loader
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._root: Node | None = None
        self._documents = 0
        self._written = ""
        self._spanning: tuple[Mark, Mark] | None = None  # the last text in quotes that goes over several lines
        self._hashes: dict[Place, Place] = {}  # where `word #word` may end a text: the end of the first, and the sign
        self._nodes = 0

    def build(self, text: str) -> Node:
        self._written = text
        self._hashes = _hashes(text)
        parser = self._loader(text)
        try:
            for event in iter(parser.get_event, None):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            if error.problem == _TOO_DEEP:  # libyaml, which looks ahead of us
                self._refuse_depth(_marked(error.problem_mark))
            if self._spanning is not None and ends_oddly(*self._spanning, error, text):
                raise _NoYaml(told(*self._spanning), self._spanning[0], error.problem_mark) from error
            raise _NoYaml(explain(error, text), error.context_mark, error.problem_mark) from error
        finally:
            parser.dispose()
        if self._root is None:
            self._findings.stop(Place(), "the book is empty", "begin with `version: 1`")
        for name, anchored in self._anchors.items():
            self._refuse_unused(name, anchored)
        return self._root

    def _refuse_depth(self, place: Place) -> NoReturn:
        self._findings.stop(place, f"nested deeper than {DEEPEST} levels", "close the brackets, or put texts in quotes")

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):  # nearly always, and there are many
            self._add(self._text(event), event.anchor, 1, 0)
        elif isinstance(event, yaml.AliasEvent):
            self._repeat(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                place = _marked(event.start_mark)
                self._findings.stop(place, "a second document begins here", "remove the line `---`")

    def _text(self, event: yaml.ScalarEvent) -> Text:
        place, value = _marked(event.start_mark), event.value
        self._count(place, 1)
        if event.tag is not None:
            self._refuse_tag(event, place)
        if self._hashes and value and not event.style:
            self._refuse_hash(event)
        if event.style in _QUOTES:
            self._refuse_unclosed(event.start_mark, event.end_mark)
        if FORBIDDEN.search(value) is not None:
            value = self._without_forbidden(value.replace(FILLER, ""), place)
        return Text(place, value)

    def _refuse_hash(self, event: yaml.ScalarEvent) -> None:
        """`We are #1` has lost its end: the number sign begins a comment."""
        end = _marked(event.end_mark)
        if (sign := self._hashes.get(end)) is not None:
            problem = "the text ends before ` #`, which begins a comment"
            self._findings.add(sign, problem, "put the whole text in quotes; or write a space after the # of a comment")

    def _refuse_unclosed(self, begin: Mark | None, end: Mark | None) -> None:
        if begin is not None and end is not None and begin.line != end.line:
            self._spanning = begin, end
            if swallows_lines(begin, end, self._written):  # what follows is read inside out
                raise _NoYaml(told(begin, end), begin, end)

    def _without_forbidden(self, value: str, place: Place) -> str:
        """The text with nothing in it that could not be printed with a fault."""
        for character in dict.fromkeys(FORBIDDEN.findall(value)):
            if character == "\b":
                self._findings.add(place, "`\\b` in double quotes is a backspace", "use single quotes around a pattern")
            else:
                self._findings.add(place, f"{control(character)} in the text", "remove it")
        return FORBIDDEN.sub("\ufffd", value)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = _marked(event.start_mark)
        self._count(place, 1)
        if event.tag is not None:
            self._refuse_tag(event, place)
        if len(self._open) >= DEEPEST:
            self._refuse_depth(place)
        self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent), self._nodes - 1))

    def _end(self) -> None:
        done = self._open.pop()
        node = self._map(done) if done.is_map else List(done.place, tuple(done.children))
        self._add(node, done.anchor, self._nodes - done.before, done.height)

    def _repeat(self, event: yaml.AliasEvent) -> None:
        place = _marked(event.start_mark)
        known = self._anchors.get(event.anchor or "")
        if known is None:
            problem = f"unknown alias `*{event.anchor}`"
            raise _NoYaml((place, problem, "put a text that begins with a star in quotes"))
        if len(self._open) + known.height > DEEPEST:
            self._findings.stop(place, f"nested deeper than {DEEPEST} levels", "write it out instead of an alias")
        known.used = True
        self._count(place, known.nodes)
        self._add(known.node, None, known.nodes, known.height)

    def _add(self, node: Node, anchor: str | None, nodes: int, height: int) -> None:
        if anchor is not None:
            if anchor in self._anchors:
                self._refuse_unused(anchor, self._anchors[anchor])
            self._anchors[anchor] = _Anchored(node.place, node, nodes, height)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.children.append(node)
        if height >= parent.height:
            parent.height = height + 1

    def _count(self, place: Place, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            self._findings.stop(place, f"more than {MOST_NODES:,} keys and values", "split the book")

    def _map(self, done: _Open) -> Map:
        entries: dict[str, tuple[Text, Node]] = {}
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, Text):
                self._findings.add(key.place, "a key is a list or a map", "write one word before the colon")
            elif key.value in entries:
                self._refuse_again(key, entries[key.value][0])
            else:
                entries[key.value] = (key, value)
        return Map(done.place, tuple(entries.values()))

    def _refuse_again(self, key: Text, first: Text) -> None:
        advice = "begin each rule with `- name: ...`" if key.value == "name" else "remove one of them"
        self._findings.add(key.place, f"duplicate key `{key.value}`, first in line {first.place.line}", advice)

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, place: Place) -> None:
        self._findings.add(place, f"tag `{event.tag}`", "remove it, or put a text that begins with ! in quotes")

    def _refuse_unused(self, name: str, anchored: _Anchored) -> None:
        """An anchor that nothing refers to is a text that has lost its first word."""
        if not anchored.used:
            problem = f"`&{name}` names something that is used nowhere"
            self._findings.add(anchored.place, problem, "put a text that begins with & in quotes")


def _hashes(text: str) -> dict[Place, Place]:
    if " #" not in text:
        return {}
    lines = (line for line in enumerate(re.split("\r\n|\r|\n", text), 1) if " #" in line[1])
    found = ((line, match) for line, written in lines for match in _HASH.finditer(written))
    return {Place(line, match.start() + 2): Place(line, match.end()) for line, match in islice(found, _MOST_HASHES)}


def _marked(mark: Mark | None) -> Place:
    return Place() if mark is None else Place(mark.line + 1, mark.column + 1)
