"""An example put into the text of a book: where its author would write it, with nothing else touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import BookError, parse
from rules.difference import unified
from rules.inserting import LONGEST, CannotInsert, NewExample, with_example

BOOKS = sorted((Path(__file__).parent.parent / "rules" / "books").glob("*.yaml"))
HEAD = "version: 1\nrules:\n"


def added(text: str, message: str = "new one", rule: str = "a", **more: str) -> str:
    return with_example(text.encode(), rule, NewExample(message, **more)).decode()  # type: ignore[arg-type]


def new_lines(before: str, after: str) -> list[str]:
    """The lines that the diff adds; it may take none away but those it changes."""
    return [line[1:] for line in unified(before, after, "b").splitlines()[2:] if line.startswith("+")]


# Each way in which a book may be written: the text, and what the changed lines are

WAYS = {
    "a list in brackets": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches: [one, two]   # why\n",
        ["    matches: [one, two, new one]   # why"],
    ),
    "a list with dashes": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches:\n      - one\n      - two  # why\n"
        "      # end\n\n# next\n- {name: z, when: {exact: [q]}, reply: z}\n",
        ["      - new one"],
    ),
    "dashes under their key": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches:\n    - one\n    ignores: [x]\n",
        ["    - new one"],
    ),
    "brackets over several lines": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches: [\n      one,\n      two,\n    ]\n",
        ["      new one,"],
    ),
    "a list that has grown long": (
        f"- name: a\n  when: anything\n  reply: b\n  examples:\n    matches: [{'x' * 100}]\n",
        [f"    matches: [{'x' * 100},", "              new one]"],
    ),
    "one text": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches: one, two  # why\n",
        ["    matches:", "      - one, two", "      - new one  # why"],
    ),
    "one text in quotes": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    matches: 'one'\n",
        ["    matches: ['one', new one]"],
    ),
    "media alone": (
        "- name: a\n  when: {media: image}\n  reply: b\n  examples:\n    matches: {media: image}\n",
        ["    matches: [{media: image}, new one]"],
    ),
    "other examples": (
        "- name: a\n  when: anything\n  reply: b\n  examples:\n    # why\n    ignores: [x]\n",
        ["    matches: [new one]"],
    ),
    "other examples in braces": (
        "- name: a\n  when: anything\n  reply: b\n  examples: {ignores: [x]}\n",
        ["  examples: {matches: [new one], ignores: [x]}"],
    ),
    "no examples": (
        "- name: a\n  when: anything\n  reply: b  # why\n\n# next\n- {name: z, when: {exact: [q]}, reply: z}\n",
        ["  examples:", "    matches: [new one]"],
    ),
    "no examples, and a long text last": (
        "- name: a\n  when: anything\n  reply: |\n    b\n    c\n\n\n- {name: z, when: {exact: [q]}, reply: z}\n",
        ["  examples:", "    matches: [new one]"],
    ),
    "no examples, and a text last that keeps its empty lines": (
        "- name: a\n  when: anything\n  reply: |+\n    b\n\n\n- {name: z, when: {exact: [q]}, reply: z}\n",
        ["  examples:", "    matches: [new one]"],
    ),
    "a rule in braces": (
        "- {name: a, when: anything, reply: b}\n",
        ["- {name: a, when: anything, reply: b, examples: {matches: [new one]}}"],
    ),
    "a rule in braces with one example": (
        "- {name: a, when: anything, reply: b, examples: {matches: one}}\n",
        ["- {name: a, when: anything, reply: b, examples: {matches: [one, new one]}}"],
    ),
    "no line break at the end": (
        "- name: a\n  when: anything\n  reply: b",
        ["  reply: b", "  examples:", "    matches: [new one]"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_example_goes_where_the_author_would_write_it(way: str) -> None:
    rules, lines = WAYS[way]
    before = HEAD + rules
    after = added(before)
    assert new_lines(before, after) == lines
    tail = [each.text for each in parse(after.encode(), "b", examples=False).rules[0].examples.matches][-1]
    assert tail == "new one"


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_the_rules_of_each_shipped_book_take_one_and_keep_all_else(path: Path) -> None:
    data = path.read_bytes()
    before = parse(data, "b", examples=False)
    for number in range(0, len(before.rules), 4):
        rule = before.rules[number]
        after = parse(with_example(data, rule.name, NewExample("never said: 100 % #1")), "b", examples=False)
        texts = [[example.text for example in each.examples.matches] for each in after.rules]
        expected = [[example.text for example in each.examples.matches] for each in before.rules]
        expected[number].append("never said: 100 % #1")
        assert texts == expected


def test_lines_end_as_the_others_do_and_a_mark_of_the_byte_order_stays() -> None:
    before = "\ufeff" + (HEAD + WAYS["no examples"][0]).replace("\n", "\r\n")
    after = added(before)
    assert after.replace("\r\n", "") == before.replace("\r\n", "").replace(
        "# why", "# why  examples:    matches: [new one]"
    )
    assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("kind", ["matches", "ignores", "known_misses"])
def test_each_kind_of_example_has_its_list(kind: str) -> None:
    after = added(HEAD + "- {name: a, when: anything, reply: b}\n", kind=kind)
    (rule,) = parse(after.encode(), "b", examples=False).rules
    assert [example.text for example in getattr(rule.examples, kind)] == ["new one"]


def test_media_is_an_example_with_its_caption_or_without() -> None:
    text = HEAD + "- {name: a, when: anything, reply: b}\n"
    for message, shown in (("look: here", '{media: image, text: "look: here"}'), ("", "{media: image}")):
        assert f"matches: [{shown}]" in added(text, message, media="image")


@settings(max_examples=50)
@given(st.text(min_size=1))
def test_whatever_a_customer_writes_is_what_the_example_says_or_nothing_is_changed(message: str) -> None:
    text = HEAD + "- name: a\n  when: {exact: [q]}\n  reply: b\n  examples:\n    matches:\n      - q\n"
    example = NewExample(message)
    try:
        after = with_example(text.encode(), "a", example)
    except CannotInsert:
        assert example.tidy in ("", "q")
        return
    (line,) = new_lines(text, after.decode())
    assert line.startswith("      - ")
    assert len(example.tidy) <= LONGEST
    try:
        texts = [each.text for each in parse(after, "b", examples=False).rules[0].examples.matches]
    except BookError as error:  # as of a text that begins with a curved quote: a fault that is told, in its line
        faults = error.faults
        texts = ["q", example.tidy] if {fault.line for fault in faults} == {9} else []
    assert texts == ["q", example.tidy]


CANNOT = {
    "no rule": ("- {name: b, when: anything, reply: b}\n", 'the book has no rule "a"'),
    "there already": (
        "- {name: a, when: anything, reply: b, examples: {matches: [new one]}}\n",
        'rule "a" has this example already',
    ),
    "shared": (
        "- {name: a, when: {exact: [x]}, reply: b, examples: &e {matches: [x, y]}}\n"
        "- {name: c, when: {exact: [x]}, reply: b, examples: *e}\n",
        'the examples of rule "a" stand in a form that its author alone should change',
    ),
}


@pytest.mark.parametrize("why", CANNOT)
def test_what_cannot_be_inserted_is_refused_with_a_sentence(why: str) -> None:
    rules, said = CANNOT[why]
    with pytest.raises(CannotInsert, match=said):
        added(HEAD + rules)


def test_a_message_without_words_is_no_example() -> None:
    with pytest.raises(CannotInsert, match="no words"):
        added(HEAD + WAYS["no examples"][0], " \u2028\n")


def test_a_book_that_is_no_yaml_has_its_faults_told() -> None:
    with pytest.raises(BookError):
        added("rules: [")


# The diff


def applied(folder: Path, before: str, patch: str) -> str:
    """What another program makes of the patch."""
    (folder / "book.yaml").write_bytes(before.encode())
    (folder / "patch").write_bytes(patch.encode())
    command = ["git", "apply", "--whitespace=nowarn", "patch"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr + patch
    return (folder / "book.yaml").read_bytes().decode()


TEXTS = [
    ("a\nb\nc\n", "a\nB\nc\n"),
    ("a\nb\nc", "a\nb\nc\n"),
    ("a\nb\nc\n", "a\nb\nc"),
    ("a\n", "a\nb\nc\n"),
    ("a\nb\nc\n", "c\n"),
    ("", "a\n"),
    ("x\n" * 30, "y\n" + "x\n" * 28 + "z\nx\n"),
    ("".join(f"{n}\n" for n in range(100)), "".join(f"{n}\n" for n in range(100) if n not in (3, 50, 56, 99))),
    ("a\r\nb\r\n", "a\r\nB\r\nb\r\n"),
    ("".join(f"{n}\n" for n in range(5000)), "0\n" + "".join(f"{n} b\n" for n in range(1, 4999)) + "4999\n"),
]


@pytest.mark.parametrize("texts", TEXTS, ids=range(len(TEXTS)))
def test_another_program_applies_the_diff(tmp_path: Path, texts: tuple[str, str]) -> None:
    before, after = texts
    assert applied(tmp_path, before, unified(before, after, "book.yaml")) == after


def test_equal_texts_have_no_diff() -> None:
    assert unified("a\n", "a\n", "b") == ""


def test_the_diff_of_an_example_is_a_few_lines_and_applies(tmp_path: Path) -> None:
    before = BOOKS[-1].read_text()
    after = added(before, "get me a refund: now", rule=parse(before.encode(), "b").rules[2].name)
    patch = unified(before, after, "book.yaml", was="111", now="222")
    assert patch.startswith("--- a/book.yaml\t111\n+++ b/book.yaml\t222\n@@ ")
    assert len(patch.splitlines()) < 14
    assert applied(tmp_path, before, patch) == after
