"""An example put into the text of a book, which keeps its comments and its layout: the places of the YAML's nodes say
where, and nothing else of the text is touched.

Where it goes depends on how its author writes: behind the last item of a list, in brackets or with dashes; into a list
that it makes of a single text; into `examples` that the rule has or gets. Of the ways that there are the first is taken
that yields the same tree with the one example more, so that no way can harm the book.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from rules.decoding import decode
from rules.document import LOADER, read_document
from rules.examples import Kind
from rules.faults import BookError, Findings, quoted
from rules.tree import List, Node, Text

LONGEST: Final = 300  # characters of an example: what is longer shows nothing more
_WIDEST: Final = 120  # a list in brackets goes on in the next line beyond
_NEEDS_NO_QUOTES: Final = re.compile(r"[^\W\d_](?:[\w'?!.()/]|[ -](?=\w))*")  # in brackets either
_LINE: Final = re.compile("[^\r\n]*(?:\r\n|\r|\n)?")
_UNFIT: Final = re.compile("[^\\S ]|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")

Plain: TypeAlias = "str | list[Any] | dict[str, Any]"


class CannotInsert(Exception):
    """The text stays as it is. Says why, and what to do by hand, to a person."""


class Edit(NamedTuple):
    """A span of the text, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class NewExample:
    """A message that a rule shall promise something about: a text, media, or both."""

    text: str
    media: str | None = None
    kind: Kind = "matches"

    @property
    def tidy(self) -> str:
        """The text on one line, without what nobody sees, and not too long."""
        return " ".join(_UNFIT.sub(" ", self.text).split())[:LONGEST].strip()

    @property
    def plain(self) -> Plain:
        """Its tree."""
        if self.media is None:
            return self.tidy
        return {"media": self.media, **({"text": self.tidy} if self.tidy else {})}

    @property
    def written(self) -> str:
        """It as an item of a list, in brackets or with a dash."""
        text = self.tidy if _NEEDS_NO_QUOTES.fullmatch(self.tidy) else json.dumps(self.tidy, ensure_ascii=False)
        if self.media is None:
            return text
        return f"{{media: {self.media}, text: {text}}}" if self.tidy else f"{{media: {self.media}}}"


def with_example(data: bytes, rule: str, example: NewExample) -> bytes:
    """The book with one example more. Raises `CannotInsert`; `BookError` where the bytes are no YAML.

    The book is not otherwise read: whether the example comes out as it should is for `parse` to say.
    """
    if not example.tidy and example.media is None:
        raise CannotInsert("the message has no words: there is nothing to add")
    before = _tree_of(data)
    place = _place_of(before, rule)
    wanted = _expected(before, place, example)
    text = data.decode("utf-8-sig")
    written = _Written(text, decode(data, Findings("the book")))
    for edits in written.ways(place, example):
        after = (BOM_UTF8 if data.startswith(BOM_UTF8) else b"") + _edited(text, edits).encode()
        if _is(after, wanted):
            return after
    raise CannotInsert(f"the examples of rule {quoted(rule)} stand in a form that its author alone should change")


def _tree_of(data: bytes) -> Plain:
    findings = Findings("the book")
    tree = read_document(data, findings)
    findings.raise_if_any()
    return _plain(tree)


def _plain(node: Node) -> Plain:
    """The tree without its places."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, List):
        return [_plain(item) for item in node.items]
    return {key.value: _plain(value) for key, value in node.entries}


def _is(data: bytes, wanted: Plain) -> bool:
    try:
        return _tree_of(data) == wanted
    except BookError:
        return False


def _place_of(book: Plain, name: str) -> int:
    """Where among the rules it is."""
    rules = book.get("rules") if isinstance(book, dict) else None
    for place, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict) and rule.get("name") == name:
            return place
    raise CannotInsert(f"the book has no rule {quoted(name)}")


def _expected(book: Any, place: int, example: NewExample) -> Plain:
    """The tree that the book shall have; nothing that is shared is changed."""
    rule = book["rules"][place]
    examples = rule.get("examples", {})
    if not isinstance(examples, dict):
        raise CannotInsert(f"the examples of rule {quoted(rule['name'])} are no map; mend that first")
    there = examples.get(example.kind, [])
    there = there if isinstance(there, list) else [there]
    if example.plain in there:
        raise CannotInsert(f"rule {quoted(rule['name'])} has this example already")
    rule = {**rule, "examples": {**examples, example.kind: [*there, example.plain]}}
    return {**book, "rules": [*book["rules"][:place], rule, *book["rules"][place + 1 :]]}


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class _Written:
    """The text of a book, and where its nodes stand in it."""

    def __init__(self, text: str, decoded: str) -> None:
        """`decoded` has every place of `text`."""
        self._text = text
        lines = [match[0] for match in _LINE.finditer(text)]
        self._starts = [0, *accumulate(map(len, lines))]
        self._break = next((line[len(line.rstrip("\r\n")) :] for line in lines if line[-1:] in "\r\n"), "") or "\n"
        self._root = LOADER(decoded).get_single_node()

    def ways(self, place: int, example: NewExample) -> Iterator[list[Edit]]:
        """How the example may be written into the rule, the best first; some may harm the book."""
        rule = _value(_value(self._root, "rules"), place)
        examples = _value(rule, "examples")
        there = _value(examples, example.kind)
        if there is not None:
            yield from self._beside(examples, example, there)
        elif examples is not None:
            yield from self._into(examples, f"{example.kind}: [{example.written}]")
        elif rule.flow_style:
            yield [self._behind(rule, f", examples: {{{example.kind}: [{example.written}]}}")]
        else:
            indent = " " * rule.start_mark.column
            more = [f"{indent}examples:", f"{indent}  {example.kind}: [{example.written}]"]
            yield from self._below(rule, more)

    def _beside(self, examples: Any, example: NewExample, there: Any) -> Iterator[list[Edit]]:
        """To the examples of its kind that there are."""
        text = example.written
        if isinstance(there, yaml.SequenceNode) and there.flow_style:
            yield [self._behind(there, self._in_brackets(there, text))]
        elif isinstance(there, yaml.SequenceNode):
            yield from self._below(there, [f"{' ' * there.start_mark.column}- {text}"])
        elif examples.flow_style or not isinstance(there, yaml.ScalarNode) or there.style:
            start, end = self._at(there.start_mark), self._at(there.end_mark)
            yield [Edit(start, start, "["), Edit(end, end, f", {text}]")]
        else:  # a text without quotes may have what means something in brackets
            start, end = self._at(there.start_mark), self._at(there.end_mark)
            begun = len(self._text[:start].rstrip(" "))
            dash = f"{self._break}{' ' * examples.start_mark.column}  - "
            yield [Edit(begun, start, dash), Edit(end, end, f"{dash}{text}")]

    def _into(self, examples: Any, entry: str) -> Iterator[list[Edit]]:
        """As the first key of `examples`."""
        start = self._at(examples.start_mark)
        if examples.flow_style:
            more = ", " if examples.value else ""
            yield [Edit(start + 1, start + 1, entry + more)]
        else:
            yield [Edit(start, start, f"{entry}{self._break}{' ' * examples.start_mark.column}")]

    def _in_brackets(self, there: Any, text: str) -> str:
        """What is written behind the last item."""
        if not there.value:
            return text
        end, last = _end(there.value[-1]), there.value[-1].start_mark
        alone = len(there.value) > 1 and not self._line_before(last).strip()
        if alone or end.column + len(text) + 3 > _WIDEST:
            column = (last if alone else there.value[0].start_mark).column
            return f",{self._break}{' ' * column}{text}"
        return f", {text}"

    def _behind(self, there: Any, text: str) -> Edit:
        """Behind all that stands in the brackets or braces."""
        last = there.value[-1] if there.value else None
        last = last[1] if isinstance(last, tuple) else last
        at = self._at(there.start_mark) + 1 if last is None else self._at(_end(last))
        return Edit(at, at, text)

    def _below(self, there: Any, lines: list[str]) -> Iterator[list[Edit]]:
        """On lines of their own behind all that stands in the list or the map; or, where what stands last keeps the
        empty lines below it, behind these."""
        more, offset = self._break.join(lines), self._at(_end(there))
        content = len(self._text[:offset].rstrip())
        end = self._line_end(content)
        yield [Edit(end, end, self._break + more)]
        yield [Edit(offset, offset, more + self._break)]

    def _at(self, mark: yaml.Mark) -> int:
        return self._starts[min(mark.line, len(self._starts) - 1)] + mark.column

    def _line_before(self, mark: yaml.Mark) -> str:
        """What stands before the place on its line."""
        return self._text[self._starts[mark.line] : self._at(mark)]

    def _line_end(self, offset: int) -> int:
        """Where the line of this place ends, its break left out."""
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        match = _LINE.match(self._text, start)
        return start + len(match[0].rstrip("\r\n")) if match else start


def _value(node: Any, key: str | int) -> Any:
    """The item of a list, or what stands behind a key of a map; None where there is none."""
    if node is None or isinstance(key, int):
        return node and node.value[key]
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _end(node: Any) -> yaml.Mark:
    """Where the node's last character is; a block's own end is where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        mark: yaml.Mark = node.end_mark
        return mark
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
