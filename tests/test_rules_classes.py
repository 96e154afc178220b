"""`\\d` and `\\w` of a pattern are digits and letters of every script; a `\\b` that cannot be is a fault."""

from __future__ import annotations

import unicodedata

import pytest
import re2

from rules.classes import bounded_letter, equal_digits, of_every_script
from tests.rulebooks import answer, book

FOUND = [
    (r"order #?(?P<x>\d{5,9})\b", "order #٣٤٥٦٧, please", "٣٤٥٦٧"),
    (r"order (?P<x>[\d-]+)", "Order １２-３４!", "１２-３４"),
    (r"code (?P<x>٣\d)", "code 34", "34"),
    (r"my name is (?P<x>\w+)", "My name is José!", "José"),
    (r"(?P<x>[\w.]+)@", "пишите на олег.п@почта", "олег.п"),
    (r"(?P<x>\W)\w*$", "пока, मित्र", " "),
    (r"x(?P<x>[^\w\s]+)", "xé x!?", "!?"),
    (r"x(?P<x>[[:alpha:]\]\d]+)", "xa]٣é", "a]٣"),
    (r"x(?P<x>\Q\w\E)", r"x\w", r"\w"),
    (r"(?P<x>🎁?)\\d", r"🎁\d", "🎁"),
    (r"(?P<x>a)?b", "b", ""),
]


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_a_pattern_knows_the_digits_and_letters_of_every_script(pattern: str, text: str, found: str) -> None:
    rules = f"- name: a\n  when: {{pattern: '{pattern}'}}\n  reply: '<{{x}}>'"
    assert answer(book(rules), text).reply == f"<{found}>"
    many = "\n".join([rules, *(f"- {{name: r{n}, when: {{pattern: 'q{n}'}}, reply: b}}" for n in range(30))])
    assert answer(book(many), text).reply == f"<{found}>"  # also where many are searched at once


def test_a_pattern_with_other_classes_is_one_to_re2() -> None:
    for pattern in (r"[a[]\w", r"[]\w]", r"[^]\w]\w", r"[\W\d]", r"\[\w\]", r"[[:^word:]\w]", r"\pL[\pN]\w"):
        re2.compile(of_every_script(pattern))


def test_equal_digits_have_the_length_of_the_text() -> None:
    everything = "".join(each for each in map(chr, range(0x110000)) if unicodedata.category(each) != "Cs")
    equal = equal_digits(everything)
    assert len(equal) == len(everything)
    assert all(a == b or unicodedata.decimal(a) == int(b) for a, b in zip(everything, equal, strict=True) if a != b)


@pytest.mark.parametrize(
    "pattern",
    [r"\bзаказ", r"un café\b", r"(?:order|café)\b", r"caf(é)\b", r"\b(?P<x>é)", r"\b(order|был)", r"\bx\b.*é\b"],
)
def test_a_border_beside_a_letter_of_another_script_is_found(pattern: str) -> None:
    assert bounded_letter(pattern) is not None


@pytest.mark.parametrize("pattern", [r"\bcafés\b", r"\border\b.*é", r"é\s\b", r"\B é", r"(é|x)\s*\b", "é b", r"\b\w+é"])
def test_a_border_elsewhere_is_none(pattern: str) -> None:
    assert bounded_letter(pattern) is None
