"""Bytes to a tree: every scalar is text, and nothing hostile gets through or takes long."""

from __future__ import annotations

import json
import time

import pytest
import yaml

from rules import document
from rules.document import MOST_NODES, read_document
from rules.faults import BookError, Findings, Place
from rules.tree import List, Map, Text
from tests.rulebooks import answer, book, faults

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


SCALARS = [
    *(
        "no",
        "on",
        "yes",
        "12:30",
        "1:2:3",
        "2026-12-25",
        "+336",
        "-1",
        "1e3",
        "~",
        "null",
        "0x10",
        "0o7",
        "010",
        "1_000",
    ),
    *(".inf", "<<", "="),
]


@pytest.mark.parametrize("word", SCALARS)
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


REFUSED: list[tuple[bytes, str]] = [
    (b"", "1:1: the book is empty; begin with `version: 1`"),
    (b"# only a comment\n", "1:1: the book is empty; begin with `version: 1`"),
    (b"\xef\xbb\xbf", "1:1: the book is empty; begin with `version: 1`"),
    (b"   \n\n", "1:1: the book is empty; begin with `version: 1`"),
    (b"a: b\n\xc3(", "2:1: byte 0xc3 is not UTF-8; save the file as UTF-8"),
    (b"a: b\r\n\xe9", "2:1: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    (b"a: b\r\xe9", "2:1: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    (b"\xff\xfe\xe9\x00", '1:1: the file is in UTF-16 or UTF-32; save it as UTF-8; Windows also calls it "Unicode"'),
    (b"\x00\xe9", "1:2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    (
        b"\xff\xfe\x00\x00\xe9\x00\x00\x00",
        '1:1: the file is in UTF-16 or UTF-32; save it as UTF-8; Windows also calls it "Unicode"',
    ),
    (
        b"\x00\x00\xfe\xff\x00\x00\x00a",
        '1:1: the file is in UTF-16 or UTF-32; save it as UTF-8; Windows also calls it "Unicode"',
    ),
    (b"a\x00:\x00 \x00b\x00", "1:2: control character U+0000; remove it, or save the file as UTF-8"),
    (b"a: b\nc: d\x00e", "2:5: control character U+0000; remove it, or save the file as UTF-8"),
    (b'a: "\\0"', "1:4: control character U+0000 in the text; remove it"),
    (b"a: b\xef\xbb\xbf", "1:5: control character U+FEFF; remove it"),
    (b"a: b\xc2\x85c", "1:5: line separator U+0085; begin a new line instead"),
    (b"a: b\xe2\x80\xa8c", "1:5: line separator U+2028; begin a new line instead"),
    (b"a: \x1b[31m", "1:4: control character U+001B; remove it"),
    (b'a: "\\e[31m"', "1:4: control character U+001B in the text; remove it"),
    (b'a: "\\border"', "1:4: `\\b` in double quotes is a backspace; use single quotes around a pattern"),
    (b'a: "\\ud83c"', "1:7: this escape stands for no character; write the character itself, such as 🎁"),
    (b'a: "\\udf81\\ud83c"', "1:7: this escape stands for no character; write the character itself, such as 🎁"),
    (b"a: !!int 3", "1:4: tag `tag:yaml.org,2002:int`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !x [b]", "1:4: tag `!x`; remove it, or put a text that begins with ! in quotes"),
    (
        b"a: !!python/object/apply:os.system [ls]",
        "1:4: tag `tag:yaml.org,2002:python/object/apply:os.system`; "
        "remove it, or put a text that begins with ! in quotes",
    ),
    (b"a: !!binary aGk=", "1:4: tag `tag:yaml.org,2002:binary`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !include other.yaml", "1:4: tag `!include`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !!set {b}", "1:4: tag `tag:yaml.org,2002:set`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !", "1:4: tag `!`; remove it, or put a text that begins with ! in quotes"),
    (b"a: !h!x b", "1:4: a text cannot begin with `!`; put the whole text in quotes"),
    (b"a: *b", "1:4: unknown alias `*b`; put a text that begins with a star in quotes"),
    (b"&a [*a]", "1:5: unknown alias `*a`; put a text that begins with a star in quotes"),
    (b"a: &b c", "1:4: `&b` names something that is used nowhere; put a text that begins with & in quotes"),
    (b"&k a: b", "1:1: `&k` names something that is used nowhere; put a text that begins with & in quotes"),
    (b"a: *", "1:4: a text cannot begin with `*`; put the whole text in quotes"),
    (b"a: & b", "1:4: a text cannot begin with `&`; put the whole text in quotes"),
    (b"a: b\na: c", "2:1: duplicate key `a`, first in line 1; remove one of them"),
    (b"{a: {b: {c: d, c: e}}}", "1:16: duplicate key `c`, first in line 1; remove one of them"),
    (b"- {a: b, 'a': c}", "1:10: duplicate key `a`, first in line 1; remove one of them"),
    (b"{a: b, [c]: d}", "1:8: a key is a list or a map; write one word before the colon"),
    (b"? {a: b}\n: c", "1:3: a key is a list or a map; write one word before the colon"),
    (b"? [a]\n", "1:3: a key is a list or a map; write one word before the colon"),
    (b"a: b\n---\nc: d", "2:1: a second document begins here; remove the line `---`"),
    (
        b"a: b\n...\nc: d",
        "3:1: the document has ended above; begin all keys at the same column, and remove a line `...` above",
    ),
    (b"--- a\n--- b\n", "2:1: a second document begins here; remove the line `---`"),
    (b"%YAML 3.0\n---\na: b", "1:1: `%YAML 3.0` is a directive; remove the line"),
    (b"%TAG ! x:\n---\na: b", "1:1: `%TAG ! x:` is a directive; remove the line"),
    (b"%FOO bar\n---\na: b", "1:1: `%FOO bar` is a directive; remove the line"),
    (b"a: b: c", "1:5: a text with a colon and a space needs quotes; put the whole text in quotes"),
    (
        b"a: b\n  c: d",
        "2:4: `c:` is indented deeper than the line above, which is complete; "
        "indent it like the key above; if it is part of the text above, put that in quotes",
    ),
    (b"a:\n\tb: c", "2:1: a tab stands where YAML wants spaces; indent with spaces"),
    (b"\ta: b", "1:1: a tab stands where YAML wants spaces; indent with spaces"),
    (b"a: |\n\tb", "2:1: a tab stands where YAML wants spaces; indent with spaces"),
    (b"a: [\n\tb: @]", "2:5: a text cannot begin with `@`; put the whole text in quotes"),
    (b"a: 'b", "1:4: the quote that begins here is never closed; close it; inside single quotes write `''` for one"),
    (
        b'a: "b\nc: d',
        "1:4: the quote that begins here is never closed; close it; inside single quotes write `''` for one",
    ),
    (b"a: 'b' c", "1:8: the text goes on after its closing quote; put the whole text in double quotes"),
    (b'a: "b" c', "1:8: the text goes on after its closing quote; put the whole text in single quotes"),
    (
        b'a: "\\d"',
        "1:5: a backslash in double quotes has a meaning of its own; use single quotes around a text with backslashes",
    ),
    (b"a: {b} c", "1:8: the text goes on after its closing bracket; put the whole text in quotes"),
    (b"a: [b] c", "1:8: the text goes on after its closing bracket; put the whole text in quotes"),
    (
        b"a: [b",
        "2:1: the `[` of line 1, column 4 is not closed before this; "
        "close it with `]`; put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    (
        b"a: {b: c",
        "2:1: the `{` of line 1, column 4 is not closed before this; "
        "close it with `}`; put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    (
        b"a: [b}",
        "1:6: the `[` of line 1, column 4 is not closed before this; "
        "close it with `]`; put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    (
        b"a: [b,,c]",
        "1:7: a text is missing here; remove the comma or bracket that is too many, or put the text in quotes",
    ),
    (b"a: `b`", "1:4: a text cannot begin with a backtick; put the whole text in quotes"),
    (b"a: @b", "1:4: a text cannot begin with `@`; put the whole text in quotes"),
    (b"a: %b", "1:4: a text cannot begin with `%`; put the whole text in quotes"),
    (b"a: |b", "1:4: a text cannot begin with `|`; put the whole text in quotes, or begin it on the next line"),
    (b"a: > b", "1:4: a text cannot begin with `>`; put the whole text in quotes, or begin it on the next line"),
    (
        b"a: - b",
        "1:4: a list cannot begin here; begin it on its own line, or put a text that begins with `-` in quotes",
    ),
    (
        b"a:\n- b\n c\n- d\n e: f",
        "5:3: `e:` is indented deeper than the line above, which is complete; "
        "indent it like the key above; if it is part of the text above, put that in quotes",
    ),
    (
        b" a: b\nc: d",
        "2:1: the document has ended above; begin all keys at the same column, and remove a line `...` above",
    ),
    (b"a:b\nc: d", "2:2: the line above is no key; write `key: value`, with a space after the colon"),
    (b"-a\nb: c", "2:2: the line above is no key; write `key: value`, with a space after the colon"),
    (b"a\nb: c", "2:2: the line above is no key; write `key: value`, with a space after the colon"),
    (
        b"a: b #c",
        "1:6: the text ends before ` #`, which begins a comment; "
        "put the whole text in quotes; or write a space after the # of a comment",
    ),
]

# PyYAML's own parser sees these elsewhere, or says less.
OTHERWISE = [
    b'a: "\\ud83c"',
    b'a: "\\udf81\\ud83c"',
    b"a: [\n\tb: @]",
    b'a: "\\d"',
    b"a: [b",
    b"a: {b: c",
    b"a: |b",
]


@pytest.mark.parametrize(("data", "fault"), REFUSED)
def test_what_is_no_document_is_refused_with_its_place_and_what_to_write(data: bytes, fault: str, parser: str) -> None:
    with pytest.raises(BookError) as error:
        read(data)
    if parser == "C" or data not in OTHERWISE:
        assert str(error.value) == f"test.yaml:{fault}"


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
def test_a_megabyte_of_brackets_is_a_fault_at_once(data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(BookError, match="nested deeper than 50 levels"):
        read(data)
    assert time.monotonic() - started < 10  # seconds; a fiftieth of one on a quiet machine


def test_anchors_that_multiply_are_counted() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    with pytest.raises(BookError, match=f"more than {MOST_NODES:,} keys and values"):
        read("\n".join(lines))


def test_anchors_cannot_be_nested_deeper_than_brackets() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    with pytest.raises(BookError, match="nested deeper than 50 levels; write it out"):
        read("\n".join(lines))


def test_fifty_levels_are_enough() -> None:
    assert read("[" * 50 + "]" * 50)
    with pytest.raises(BookError):
        read("[" * 51 + "]" * 51)


SYSTEMS = [
    *(b"a: b\r\nc: d\r\n", b"a: b\rc: d", b"\xef\xbb\xbfa: b\nc: d"),
    b"%YAML 1.2\n---\na: b\nc: d\n...\n",
]


@pytest.mark.parametrize("data", SYSTEMS)
def test_what_editors_of_all_systems_write_is_read(data: bytes) -> None:
    assert read(data) == {"a": "b", "c": "d"}


def test_a_book_that_a_tool_has_written_as_json_is_read_with_its_places() -> None:
    value = {"🎁": ["\\ud83c\\udf81", "a 🎁\n\t👋🏽", 'é"\\']}
    assert read(json.dumps(value)) == read(json.dumps(value, ensure_ascii=False)) == value
    findings = Findings("x")
    node = read_document(json.dumps(["🎁", "b"]).encode(), findings, LOADERS[0])
    assert isinstance(node, List)
    assert node.items[1].place == Place(1, 18)


def test_a_fault_has_no_character_in_it_that_a_terminal_obeys() -> None:
    (first, *_) = faults(b'"\\e[31m": x')
    assert first.isprintable()


WORDS = [
    "no",
    "yes",
    "12:30",
    "2026-12-25",
    "+336",
    "1e3",
    "~1",
    "0x1F",
    "1_000",
    "null",
    ".inf",
    "=",
    "true",
    "+",
    "$",
]


@pytest.mark.parametrize("word", WORDS)
def test_what_other_readers_take_for_something_else_is_a_keyword(word: str, parser: str) -> None:
    of = book(f"- name: a\n  when: {{exact: [{word}]}}\n  reply: {word}")
    assert answer(of, word).reply == word


def test_a_tilde_alone_is_a_symbol_and_a_keyword() -> None:
    assert answer(book("- {name: a, when: {exact: [~]}, reply: ~}"), "~").reply == "~"
