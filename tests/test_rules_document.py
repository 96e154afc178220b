"""Bytes to a tree: every scalar is text, and nothing hostile gets through or takes long."""

from __future__ import annotations

import time

import pytest
import yaml

from rules import document
from rules.document import read_document
from rules.faults import BookError, Findings, Place
from rules.tree import List, Map, Text
from tests.rulebooks import faults

LOADERS: list[type] = []  # the one that the test at hand reads with


def read(data: str | bytes) -> object:
    """The tree as plain values, without places."""
    findings = Findings("test.yaml")
    node = read_document(data if isinstance(data, bytes) else data.encode(), findings, LOADERS[0])
    findings.raise_if_any()
    return plain(node)


def plain(node: Text | List | Map) -> object:
    match node:
        case Text():
            return node.value
        case List():
            return [plain(item) for item in node.items]
        case Map():
            return {key.value: plain(value) for key, value in node.entries}


@pytest.fixture(params=["C", "Python"], autouse=True)
def parser(request: pytest.FixtureRequest) -> str:
    """Each test with libyaml and without."""
    LOADERS[:] = [document.LOADER if request.param == "C" else yaml.BaseLoader]
    return str(request.param)


@pytest.mark.parametrize(
    "word", ["no", "on", "12:30", "2026-12-25", "+336", "1e3", "~", "null", "0x10", "010", "1_000", ".inf", "<<", "="]
)
def test_every_scalar_is_text(word: str) -> None:
    assert read(f"- {word}") == [word]
    assert read(f"{word}: x") == {word: "x"}


def test_an_empty_value_is_an_empty_text() -> None:
    assert read("a:\nb: ''") == {"a": "", "b": ""}


def test_lists_maps_and_blocks_are_read() -> None:
    assert read('a: [x, {y: z}]\nb: |\n  one\n  two\nc: "\\u00e9"') == {
        "a": ["x", {"y": "z"}],
        "b": "one\ntwo\n",
        "c": "é",
    }


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read(b"\xef\xbb\xbfa: b") == {"a": "b"}


def test_every_node_knows_its_place() -> None:
    node = read_document("a: é\nb:\n  - {c: d}".encode(), Findings("x"), LOADERS[0])
    assert isinstance(node, Map)
    (_, first), (key, items) = node.entries
    assert (first.place, key.place, items.place) == (Place(1, 4), Place(2, 1), Place(3, 3))
    assert isinstance(items, List)
    assert items.items[0].place == Place(3, 5)


def test_an_anchor_stands_for_what_it_was_put_before() -> None:
    assert read("a: &x [1, 2]\nb: *x\nc: {d: *x}") == {"a": ["1", "2"], "b": ["1", "2"], "c": {"d": ["1", "2"]}}
    assert read("- &x a\n- *x") == ["a", "a"]


REFUSED = [
    (b"", "1:1: the book is empty; begin with `version: 1`"),
    (b"# only a comment\n", "1:1: the book is empty; begin with `version: 1`"),
    (b"a: b\n\xc3\x28", "2:1: byte 0xc3 is not UTF-8; save the file as UTF-8"),
    ("é\xe9".encode("utf-16"), "1:1: byte 0xff is not UTF-8; save the file as UTF-8"),
    (b"a: b\nc: d\0e", "2:5: control character U+0000; remove it"),
    (b'a: "\\0"', "1:4: control character U+0000 in the text; remove it"),
    ("a: b\ufeff".encode(), "1:5: control character U+FEFF; remove it"),
    (b"a: !!int 3", "1:4: tag `tag:yaml.org,2002:int`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !x [b]", "1:4: tag `!x`; remove it, or put a text that begins with ! in quotes"),
    (b"a: *b", "1:4: unknown alias `*b`; put a text that begins with a star in quotes"),
    (b"&a [*a]", "1:5: unknown alias `*a`; put a text that begins with a star in quotes"),
    (b"a: b\na: c", "2:1: duplicate key `a`, first in line 1; remove one of them"),
    (b"{a: b, [c]: d}", "1:8: a key is a list or a map; write one word before the colon"),
    (b"a: b\n---\nc: d", "2:1: a second document begins here; remove the line `---`"),
    (b"a: b: c", "1:5: this is not YAML: mapping values are not allowed"),
    (b"a:\n\tb: c", "2:1: this is not YAML: found character"),
    (b"a: 'b", "1:6: this is not YAML: found unexpected end of stream; close the quotes"),
    (b'a: "\\d"', "this is not YAML: found unknown escape character"),
    (b"a: {b} c", "this is not YAML: "),
]


@pytest.mark.parametrize(("data", "fault"), REFUSED)
def test_what_is_no_document_is_refused_with_its_place(data: bytes, fault: str) -> None:
    with pytest.raises(BookError) as error:
        read(data)
    assert fault in str(error.value)


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert faults(b"a" * 5_000_001) == ["test.yaml:1:1: the file is larger than 5 MB; split the book"]


DEEP = {
    "brackets": b"[" * 1_000_000,
    "lists": b"- " * 500_000,
    "maps": b"{a: " * 250_000,
    "lines": b"[\n" * 500_000,
    "questions": b"? " * 500_000,
}


@pytest.mark.parametrize("data", DEEP.values(), ids=DEEP)
def test_a_megabyte_of_brackets_is_a_fault_within_a_second(data: bytes, parser: str) -> None:
    started = time.monotonic()
    assert "nested deeper than 50 levels" in faults(data)[0]
    assert time.monotonic() - started < (1 if parser == "C" else 10)  # seconds; the fallback is slow, not unbounded


def test_anchors_that_multiply_are_counted() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert "more than 200,000 keys and values" in faults("\n".join(lines))[0]


def test_anchors_cannot_be_nested_deeper_than_brackets() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    assert "nested deeper than 50 levels; write it out" in faults("\n".join(lines))[0]


def test_fifty_levels_are_enough() -> None:
    assert read("[" * 50 + "]" * 50)
    with pytest.raises(BookError):
        read("[" * 51 + "]" * 51)
