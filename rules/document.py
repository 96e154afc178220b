"""YAML without its surprises: bytes to a small tree in which every scalar is text and every node knows its place.

Built from the parser's events without recursion, and counted on the way: brackets a megabyte deep and anchors that
multiply are faults like any other. Structural mistakes end the reading, the others are collected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import yaml

from rules.decoding import FORBIDDEN, control, decode
from rules.faults import Findings, Place
from rules.tree import List, Map, Node, Text

MOST_NODES = 200_000  # counted after every alias has been replaced by what it stands for
DEEPEST = 50

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times faster where libyaml is there


def read_document(data: bytes, findings: Findings, loader: type = LOADER) -> Node:
    """The tree of the one document in `data`. Raises `BookError` where there is none to be had; less than that is
    added to `findings`: a tag, a duplicate key, a control character in a text."""
    return _Builder(findings, loader).build(decode(data, findings))


@dataclass(slots=True)
class _Open:
    """A list or a map whose end has not been seen."""

    place: Place
    anchor: str | None
    is_map: bool
    children: list[Node] = field(default_factory=list)
    nodes: int = 1  # with everything inside
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    nodes: int
    height: int


class _Builder:
    def __init__(self, findings: Findings, loader: type) -> None:
        self._findings = findings
        self._loader = loader
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._root: Node | None = None
        self._documents = 0
        self._nodes = 0

    def build(self, text: str) -> Node:
        try:
            for event in yaml.parse(text, Loader=self._loader):
                self._take(event)
        except yaml.YAMLError as error:
            problem = str(getattr(error, "problem", error))
            place = _marked(getattr(error, "problem_mark", None))
            self._findings.stop(place, f"this is not YAML: {problem}", _advice(problem))
        if self._root is None:
            self._findings.stop(Place(), "the book is empty", "begin with `version: 1`")
        return self._root

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._findings.stop(
                        _marked(event.start_mark), "a second document begins here", "remove the line `---`"
                    )
            case yaml.ScalarEvent():
                self._add(self._text(event), event.anchor)
            case yaml.AliasEvent():
                self._repeat(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()

    def _text(self, event: yaml.ScalarEvent) -> Text:
        place = _marked(event.start_mark)
        self._count(place, 1)
        self._refuse_tag(event, place)
        if (match := FORBIDDEN.search(event.value)) is not None:
            self._findings.add(place, f"{control(match[0])} in the text", "remove it")
        return Text(place, event.value)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = _marked(event.start_mark)
        self._count(place, 1)
        self._refuse_tag(event, place)
        if len(self._open) >= DEEPEST:
            self._findings.stop(
                place, f"nested deeper than {DEEPEST} levels", "close the brackets, or put texts in quotes"
            )
        self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _end(self) -> None:
        done = self._open.pop()
        node = self._map(done) if done.is_map else List(done.place, tuple(done.children))
        self._add(node, done.anchor, done.nodes, done.height)

    def _repeat(self, event: yaml.AliasEvent) -> None:
        place = _marked(event.start_mark)
        known = self._anchors.get(event.anchor or "")
        if known is None:
            self._findings.stop(
                place, f"unknown alias `*{event.anchor}`", "put a text that begins with a star in quotes"
            )
        if len(self._open) + known.height > DEEPEST:
            self._findings.stop(place, f"nested deeper than {DEEPEST} levels", "write it out instead of an alias")
        self._count(place, known.nodes)
        self._add(known.node, None, known.nodes, known.height)

    def _add(self, node: Node, anchor: str | None, nodes: int = 1, height: int = 0) -> None:
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, nodes, height)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.children.append(node)
        parent.nodes += nodes
        parent.height = max(parent.height, height + 1)

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
                line = entries[key.value][0].place.line
                self._findings.add(
                    key.place, f"duplicate key `{key.value}`, first in line {line}", "remove one of them"
                )
            else:
                entries[key.value] = (key, value)
        return Map(done.place, tuple(entries.values()))

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, place: Place) -> None:
        if event.tag is not None:
            self._findings.add(place, f"tag `{event.tag}`", "remove it, or put a text that begins with ! in quotes")


class _Mark(Protocol):
    """The Python parser's mark or the C parser's; both count from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def _marked(mark: _Mark | None) -> Place:
    return Place() if mark is None else Place(mark.line + 1, mark.column + 1)


_ADVICE = {
    "mapping values are not allowed": "put a text that contains a colon in quotes",
    "cannot start any token": "indent with spaces, and put a text that begins with @ ` or % in quotes",
    "did not find expected ',' or '}'": "put a text that begins with a brace in quotes",
    "unknown escape character": "use single quotes around a text with backslashes",
    "unexpected end of stream": "close the quotes",
}


def _advice(problem: str) -> str:
    known = (advice for part, advice in _ADVICE.items() if part in problem)
    return next(known, "look at the indentation and the quotes on this line and the one above")
