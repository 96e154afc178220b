"""Phrases beyond the table of `tests/matching.py`: typing errors between rules, words as reported, what is refused."""

from __future__ import annotations

import pytest

from rules.phrases import PhraseError, SkipWords, compile_phrase
from tests.rulebooks import answer, book, phrase_book


@pytest.mark.parametrize(("kind", "forgives"), [("any", True), ("all", True), ("starts", True), ("exact", False)])
def test_an_exact_phrase_forgives_nothing(kind: str, forgives: bool) -> None:
    assert (answer(phrase_book("refund", kind), "refnud").rule == "only") == forgives


def test_none_forgives_typing_errors_too() -> None:
    of = book("- name: only\n  when: {any: [money], none: [policy]}\n  reply: yes")
    decision = answer(of, "money polciy")
    assert decision.rule is None
    assert decision.trace[0].because == 'none: "policy" from "polciy" occurs'


def test_nobody_opts_out_by_a_typing_error() -> None:
    rule = "- name: out\n  when: {{starts: [unsubscribe]}}\n  reply: bye\n  then: {}"
    for action in ("opt_out", "opt_in", "[opt_out, {hand_off: 1h}]"):
        assert answer(book(rule.format(action)), "unsubscrbe").rule is None
    assert answer(book(rule.format("{hand_off: 1h}")), "unsubscrbe").rule == "out"


@pytest.mark.parametrize("other", ["any: [border]", "exact: [border]", "none: [the border]", "starts: ['bord*']"])
def test_a_word_of_another_rule_is_no_typing_error(other: str) -> None:
    first = "- name: first\n  when: {any: [order]}\n  reply: order"
    assert answer(book(first), "border").rule == "first"
    of = book(f"{first}\n- name: second\n  when: {{{other}}}\n  reply: border")
    assert answer(of, "border").rule != "first"


def test_a_word_of_the_same_rule_is_no_typing_error_either() -> None:
    of = book("- name: only\n  when: {any: [order], none: [border]}\n  reply: yes")
    assert answer(of, "my order").rule == "only"
    assert answer(of, "my ordr").rule == "only"
    assert answer(of, "the order of the border").rule is None


def test_a_phrase_letter_by_letter_goes_before_one_that_is_nearly_there() -> None:
    of = book("- name: only\n  when: {any: [refund, price]}\n  reply: yes")
    decision = answer(of, "refnud price")
    assert decision.matched.phrase == "price"
    assert decision.matched.words == ("price",)


def test_typing_errors_can_be_turned_off() -> None:
    of = book("- name: only\n  when: {any: [refund]}\n  reply: yes", top="typos: off")
    assert answer(of, "refnud").rule is None


WORDS = [
    ("order status", "my Order... STATUS?", ("Order", "STATUS"), "as they were written"),
    ("价格", "请问价格多少", ("价格",), "a run stays a run"),
    ("whats", "What’s", ("What’s",), "with its apostrophe"),
    ("refund", "REFNUD!", ("REFNUD",), "the typing error itself"),
    ("👍", "ok 👍🏽", ("👍🏽",), "with its skin tone"),
    ("5", "５", ("５",), "with its width"),
    ("1 2", "½", ("½",), "several words of one character"),
    ("refund", "re\u200bfund", ("re\u200bfund",), "with what cannot be seen"),
    ("cafe", "\u0301Café", ("Café",), "after a mark without a letter"),
    ("각", "\u1100\u200b\u1161\u11a8", ("각",), "folded, where folding crosses the borders of characters"),
]


@pytest.mark.parametrize(("phrase", "text", "words", "why"), WORDS, ids=[why for *_, why in WORDS])
def test_the_words_are_reported_as_the_message_has_them(
    phrase: str, text: str, words: tuple[str, ...], why: str
) -> None:
    assert answer(phrase_book(phrase), text).matched.words == words, why


@pytest.mark.parametrize("phrase", ["", "?!", "*", "a * b", "*a", "a*b", "a**", "a, \u0301*", "'*"])
def test_a_phrase_that_cannot_mean_anything_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrase(phrase, typos=True)


@pytest.mark.parametrize("phrase", ["की*", "🎁*", "a* b*", "(track*)", "track＊"])
def test_a_star_stands_at_the_end_of_a_word_of_any_script(phrase: str) -> None:
    assert any(word.prefix for word in compile_phrase(phrase, typos=True).words)


def test_the_longest_skip_phrase_is_dropped_first() -> None:
    skipped = SkipWords([("por",), ("por", "favor")])
    assert skipped.drop(["stop", "por", "favor", "por"]) == [0]
