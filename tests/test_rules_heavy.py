"""Files of five megabytes of the worst kinds: each is refused soon, in few words, and takes no memory to speak of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.faults import MOST_FAULTS
from tests.rulebooks import faults


def full(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """A file of just under 5 MB."""
    return head + unit * ((4_999_990 - len(head) - len(tail)) // len(unit)) + tail


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
def test_a_heavy_file_is_refused_soon_and_in_few_words(make: Callable[[], bytes]) -> None:
    """Measured by hand: under a second on a quiet machine, those of 400,000 nodes under two."""
    found = faults(make())
    assert 0 < len(found) <= MOST_FAULTS
    assert all(len(fault) < 1000 and fault.isprintable() for fault in found)
