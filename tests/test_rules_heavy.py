"""Files of five megabytes of the worst kinds: each is refused in few words, and after a bounded number of steps.

A step is a call of a function of Python. A million take about half a second; what a file cannot multiply, such as one
search of its whole text, is not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from rules.faults import MOST_FAULTS
from tests.rulebooks import faults

MOST_STEPS = 3_500_000


def full(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """A file of just under 5 MB."""
    return head + unit * ((4_999_990 - len(head) - len(tail)) // len(unit)) + tail


def one_rule(keys: str) -> bytes:
    """A book of one rule with these keys."""
    return f"version: 1\nrules: [{{name: a, {keys}, reply: b}}]".encode()


def counted(work: Callable[[], list[str]]) -> tuple[list[str], int]:
    """What the work comes to, and how many functions it has called."""
    steps = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal steps
        if event == "call":
            steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = work()
    finally:
        sys.setprofile(before)
    return found, steps


def patterns(written: str) -> bytes:
    """A book of 1,500 rules with such a pattern each."""
    rules = "".join(f"- {{name: r{n}, when: {{pattern: '{n}{written}'}}, reply: b}}\n" for n in range(1500))
    return b"version: 1\nrules:\n" + rules.encode()


HEAVY = {
    "patterns that do not fit": lambda: patterns(r"(x{0,100}yN){0,9}\pL{100}"),
    "patterns that fit but not together": lambda: patterns(r"\pL{2,20}"),
    "patterns of gaps": lambda: patterns("x.{0,500}y"),
    "patterns of classes": lambda: patterns("|".join([r"\pL"] * 200)),
    "patterns of one class": lambda: patterns("[" + r"\pL" * 300 + "]"),
    "broken patterns of classes": lambda: patterns("|".join([r"\pL"] * 200) + "("),
    "small nodes": lambda: full(b"[", b"a,", b"a]"),
    "keys that are not known": lambda: b"".join(b"k%d: x\n" % number for number in range(20_000)),
    "keys that differ": lambda: b"".join(b"k%d: x\n" % number for number in range(380_000)),
    "one key again and again": lambda: full(b"version: 1\n", b"a: b\n"),
    "dashes": lambda: full(b"", b"-\n"),
    "tabs": lambda: full(b"", b"\t"),
    "phrases without words": lambda: one_rule("when: {any: [" + "'?', " * 240_000 + "b]}"),
    "keys that a rule has not": lambda: one_rule(", ".join(f"k{number}: b" for number in range(120_000))),
    "rules that are none": lambda: full(b"version: 1\nrules:\n", b"- {nam: a}\n"),
    "rules without their name": lambda: b"version: 1\nrules:\n" + b"- {nam: a}\n" * 50_000,
    "placeholders that are not known": lambda: (
        b"version: 1\nrules:\n"
        + b"".join(b"- {name: r%d, when: anything, reply: '%s'}\n" % (number, b"{x}" * 1300) for number in range(1200))
    ),
    "lists that multiply": lambda: (
        b"version: 1\nwords:\n  x: ["
        + b", ".join(b"w%d" % number for number in range(30))
        + b"]\nrules:\n"
        + b"".join(b"- {name: r%d, when: {any: ['{x} {x}']}, reply: b}\n" % number for number in range(400))
    ),
    "rules that are no YAML": lambda: b"version: 1\nrules:\n" + b"- {name: a, when: @b, reply: c}\n" * 3_000,
    "a huge text": lambda: full(b"version: ", b"x"),
    "a huge text in quotes": lambda: full(b"version: '", b"x", b"'"),
    "a huge block": lambda: full(b"version: |\n  ", b"x\n  "),
    "a huge phrase": lambda: full(b"version: 1\nrules: [{name: a, when: {any: '", "é ".encode(), b"'}, reply: b}]"),
    "a huge reply": lambda: full(b"version: 1\nrules: [{name: a, when: anything, reply: '", b"{", b"'}]"),
    "a huge key": lambda: full(b"", b"x", b": y"),
    "escapes": lambda: full(b'version: "', b"\\x41", b'"'),
    "escaped pairs": lambda: full(b'version: "', b"\\ud83c\\udf81", b'"'),
    "a quote that is not closed": lambda: full(b"version: '", b"x\n  "),
    "comments": lambda: full(b"version: 1\n", b"#\n"),
    "signs of comments": lambda: full(b"version: 1 ", b"x #y\n"),
    "newlines": lambda: full(b"version: 1", b"\n"),
    "deep lines": lambda: b"".join(b" " * depth + b"a:\n" for depth in range(3000)),
    "balanced brackets": lambda: b"[" * 2_499_000 + b"]" * 2_499_000,
    "colons": lambda: full(b"", b": "),
    "anchors": lambda: b"[" + b",".join(b"&a%d x" % number for number in range(400_000)) + b"]",
    "one anchor again and again": lambda: full(b"[", b"&a x,"),
    "aliases": lambda: full(b"[&a x,", b"*a,"),
    "tags": lambda: full(b"[", b"!a x,"),
    "directives": lambda: b"".join(b"%%TAG !a%d! b\n" % number for number in range(200_000)) + b"--- a",
    "documents": lambda: full(b"", b"---\n"),
    "lists in lists": lambda: (
        b"version: 1\nwords:\n  l0: ["
        + b"x, " * 999
        + b"x]\n"
        + b"".join(b"  l%d: [%s'{l%d}']\n" % (n, b"'{l%d}', " % (n - 1) * 999, n - 1) for n in range(1, 9))
    ),
    "lists side by side": lambda: (
        b"version: 1\nwords:\n  l0: ["
        + b"x" * 1000
        + b"]\n"
        + b"".join(b"  l%d: ['%s']\n" % (n, b"{l%d}" % (n - 1) * 100) for n in range(1, 9))
    ),
}


@pytest.mark.parametrize("make", HEAVY.values(), ids=HEAVY)
def test_a_heavy_file_is_refused_after_few_steps_and_in_few_words(make: Callable[[], bytes]) -> None:
    data = make()
    found, steps = counted(lambda: faults(data))
    assert 0 < len(found) <= MOST_FAULTS + 1
    assert all(len(fault) < 1000 and fault.isprintable() for fault in found)
    assert steps < MOST_STEPS


def test_a_book_with_too_many_faults_says_that_there_may_be_more() -> None:
    *told, last = faults(HEAVY["rules without their name"]())
    assert len(told) == MOST_FAULTS
    assert last.endswith(": there may be more; mend these first")
