"""What is wrong with a book is told at once, each with its place and what to write instead."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import BookError, load, parse
from tests.broken_books import BROKEN, WHEN
from tests.rulebooks import book, faults

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("data", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_broken_book_says_where_and_what_to_write(data: str, fault: str) -> None:
    assert faults(data) == [fault]


# Faults that need no broken book: a file that is not there, or too large; YAML that is none; examples that fail.
ELSEWHERE = {"decoding.py", "document.py", "examples.py", "faults.py", "not_yaml.py"}


HUGE = {"lists in lists in lists", "a rule of too many phrases", "rules of too many phrases"}  # to trace these is slow


def noting() -> Iterator[tuple[str, range]]:
    """Where the rules note a fault: the file and the lines of each statement."""
    for path in (ROOT / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if path.name in ELSEWHERE or not isinstance(node, ast.Call) or "cannot read the book" in ast.unparse(node):
                continue
            if is_noting(node.func):
                yield path.name, range(node.lineno, (node.end_lineno or 0) + 1)


def is_noting(called: ast.expr) -> bool:
    match called:
        case ast.Attribute(value, "add" | "stop"):
            return "indings" in ast.unparse(value)
        case ast.Name(name):
            return name in ("wrong_kind", "PhraseError", "_too_long")
    return False


def lines_run(data: Iterable[str]) -> set[tuple[str, int]]:
    """The lines of the rules that reading these books runs."""
    run: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        path = Path(frame.f_code.co_filename)
        if path.parent.name != "rules":
            return None
        if event == "line":
            run.add((path.name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for each in data:
            faults(each)
    finally:
        sys.settrace(before)
    return run


def test_every_place_where_a_fault_is_noted_has_a_broken_book() -> None:
    places = list(noting())
    assert len(places) > 80
    run = lines_run(data for name, (data, _) in BROKEN.items() if name not in HUGE)
    missed = [(file, lines) for file, lines in places if not any((file, line) in run for line in lines)]
    assert {file for file, _ in missed} == {"phrase_count.py", "read_book.py"}
    assert len(missed) == 2


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        WHEN + "reply: '{x'\n- name: b\n  when: {any: ['?'], pattern: '('}\n  then: out\nburst: x\nname: !!str y"
    )
    assert [fault.split(": ")[0] for fault in found] == [
        f"test.yaml:{place}" for place in ("5:10", "7:16", "7:31", "8:9", "9:8", "10:7")
    ]


def test_rules_that_are_no_yaml_hide_no_faults_of_the_others() -> None:
    rules = (
        "- name a\n  when: anything\n  reply: b",
        "- name: b\n  when: {any: [*star]}\n  reply: c",
        "- name: c\n  whn: anything\n  reply: c",
        "- name: d\n  when: anything\n  reply: 'It's here'",
        "- name: e\n  when: {any: [f}\n  # so far\n\n  reply: e",
    )
    found = faults("version: 1\nrules:\n" + "\n".join(rules) + "\nburst: x")
    assert [fault.split(": ")[0] for fault in found] == [
        f"test.yaml:{place}" for place in ("3:3", "7:16", "10:3", "14:14", "16:17", "20:8")
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "typos: @on\nrules:\n- {name: a}\n- {name: a}",  # not in a rule
        "rules:\n- {name: a\n",  # no other rule
        "rules:\n- name: &a b\n  when: @a\n- name: *a\n",  # a rule that needs the other
        "rules:\n- name: a\n  when: {any: [b]\n- {name: b}\nburst: x",  # a bracket that goes on into the next
    ],
)
def test_nothing_is_told_of_what_hangs_on_a_rule_that_is_no_yaml(broken: str) -> None:
    assert len(faults(f"version: 1\n{broken}")) == 1


def test_an_anchor_used_twice_tells_its_fault_once() -> None:
    assert len(faults("version: 1\nrules:\n- &r {name: a, when: {any: '?'}, reply: b}\n- *r")) == 2


SHOP = """version: 1
rules:
- name: order
  when: {any: [order], none: [border]}
  reply: one
  examples: {matches: %s, ignores: %s, known_misses: [nothing like it, order]}
- name: price
  when: {any: [price, order price]}
  reply: two
  examples: {matches: %s}
"""


def test_examples_that_come_out_are_no_faults() -> None:
    assert faults(SHOP % ("my order", "[price, the border of my order]", "[the price]")) == []


def test_an_example_that_another_rule_takes_names_that_rule() -> None:
    assert faults(SHOP % ("order", "x", "[price of my ordr]")) == [
        'test.yaml:10:24: rule "price": this rule should answer "price of my ordr", but rule "order" takes it by '
        'any: "order" from "ordr"; '
        "change the phrases or the order of the rules, or move the example to `known_misses`"
    ]


def test_an_example_that_no_rule_takes_says_why_its_own_does_not() -> None:
    assert faults(SHOP % ("[order at the border]", "x", "price")) == [
        'test.yaml:6:24: rule "order": this rule should answer "order at the border", but no rule answers; '
        'here none: "border" occurs; add a phrase, or move the example to `known_misses`'
    ]


def test_an_example_to_be_ignored_that_is_answered_says_by_what() -> None:
    assert faults(SHOP % ("order", "[my order]", "price")) == [
        'test.yaml:6:40: rule "order": this rule should ignore "my order", but answers it by '
        'any: "order"; change the phrases, or add one to `none`'
    ]


def test_examples_wait_until_there_is_no_other_fault() -> None:
    assert len(faults(SHOP % ("[nope]", "x", "price") + "burst: x")) == 1


def test_a_single_text_is_a_list_of_one() -> None:
    assert (
        faults("version: 1\nskip_words: a\nrules:\n- {name: a, when: {any: b}, reply: c, examples: {matches: b}}") == []
    )


def test_a_reply_is_as_long_as_what_is_sent() -> None:
    assert faults(WHEN + f"reply: '{'{{' * 4096}'") == []
    (fault,) = faults(WHEN + f"reply: '{'{{' * 4097}'")
    assert "the reply has 4097 characters" in fault


def test_a_long_text_in_a_message_is_cut() -> None:
    (fault,) = faults(SHOP % (f"[{'nope ' * 100}]", "x", "price"))
    assert len(fault) < 300


def test_a_file_is_loaded_and_one_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP % ("order", "x", "price"))
    assert load(path).name == "shop"
    assert load(str(path)).version == load(path).version
    with pytest.raises(BookError) as error:
        load(tmp_path / "none.yaml")
    assert str(error.value).endswith(
        "none.yaml:1:1: cannot read the book: No such file or directory; check the path and its permissions"
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_a_book_or_faults(data: bytes) -> None:
    assert faults(data), "no 300 random bytes are a book"


GOOD = (Path(__file__).parents[1] / "rules" / "books" / "support.yaml").read_bytes()
SNIPPETS = [
    b"",
    b"[",
    b"{",
    b"- ",
    b": ",
    b"*",
    b"&a ",
    b"*a",
    b"!",
    b"'",
    b'"',
    b"\n",
    b"\t",
    b"{{",
    b"}",
    b"\0",
    b"any",
    b"\xff",
    b"|",
]


@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 40), st.sampled_from(SNIPPETS)), min_size=1, max_size=5
    )
)
def test_a_good_book_with_mistakes_is_a_book_or_faults(edits: list[tuple[int, int, bytes]]) -> None:
    data = GOOD
    for place, length, snippet in edits:
        data = data[:place] + snippet + data[place + length :]
    for fault in faults(data):
        assert fault.startswith("test.yaml:")


def test_a_book_of_the_same_bytes_is_the_same() -> None:
    data = (SHOP % ("order", "x", "price")).encode()
    one, other = parse(data, "a.yaml"), parse(data, "a.yaml")
    assert (one.version, one.name) == (other.version, other.name)
    assert [rule.name for rule in one.rules] == [rule.name for rule in other.rules] == ["order", "price"]
    assert [rule.name for rule in book("- {name: a, when: anything, reply: b}").rules] == ["a"]
