"""The table of `tests/matching.py`, asked through the front door: a book is read, a message is decided."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from rules import Book
from tests.matching import BARE, EXACT, FORGIVEN, FOUND, RIVALS, Case, Rival
from tests.rulebooks import answer, book

PARAMETERS = ("phrase", "text", "found", "why")


def rule(name: str, phrase: str, kind: str = "any") -> str:
    return rule_of(name, [phrase], kind)


def rule_of(name: str, phrases: list[str], kind: str = "any") -> str:
    written = {"name": name, "when": {kind: phrases}, "reply": "yes"}
    return f"- {json.dumps(written, ensure_ascii=False)}"


def strangers(phrase: str, where: str) -> list[str]:
    """Rules of fifty phrases that are in no message of the table, though they begin or end as this one does."""
    return [
        rule_of(f"begin so, {where}", [f"{phrase} stranger{number}" for number in range(25)]),
        rule_of(f"end so, {where}", [f"stranger{number} {phrase}" for number in range(15)], "all"),
        rule_of(f"star, {where}", [f"stranger{number}*" for number in range(5)], "starts"),
        rule_of(f"exact, {where}", [f"無関係{number}" for number in range(5)], "exact"),
    ]


def book_of(*rules: str, typos: str = "off") -> Book:
    return book("\n".join(rules), top=f"typos: {typos}")


def named(cases: Iterable[Case | Rival], topic: str = "") -> list[object]:
    return [pytest.param(*case, id=f"{topic or case.phrase}: {case.why}") for case in cases]


def every(table: dict[str, list[Case]]) -> list[object]:
    return [case for topic, cases in table.items() for case in named(cases, topic)]


@pytest.mark.parametrize(PARAMETERS, every(FOUND))
def test_a_phrase_is_found_as_whole_words_in_every_script(phrase: str, text: str, found: bool, why: str) -> None:
    assert (answer(book_of(rule("only", phrase)), text).rule == "only") == found, why


@pytest.mark.parametrize(PARAMETERS, every(FOUND))
def test_strangers_before_and_after_change_nothing(phrase: str, text: str, found: bool, why: str) -> None:
    of = book_of(*strangers(phrase, "before"), rule("only", phrase), *strangers(phrase, "after"))
    assert answer(of, text).rule == ("only" if found else None), why


@pytest.mark.parametrize("topic", FOUND)
def test_of_many_phrases_the_first_in_the_file_answers_that_would_answer_alone(topic: str) -> None:
    phrases = list({case.phrase: None for case in FOUND[topic]})
    alone = {phrase: book_of(rule(phrase, phrase)) for phrase in phrases}
    for order in phrases, phrases[::-1]:
        together = book_of(*(rule(phrase, phrase) for phrase in order))
        for text in {case.text for case in FOUND[topic]}:
            first = next((phrase for phrase in order if answer(alone[phrase], text).rule), None)
            assert answer(together, text).rule == first, text


@pytest.mark.parametrize(PARAMETERS, named(BARE))
def test_a_phrase_without_quotes_is_the_word_that_is_written(phrase: str, text: str, found: bool, why: str) -> None:
    of = book_of(f"- name: only\n  when:\n    any:\n    - {phrase}\n  reply: yes")
    assert (answer(of, text).rule == "only") == found, why


@pytest.mark.parametrize(PARAMETERS, every(FORGIVEN))
def test_a_typing_error_is_forgiven_within_bounds(phrase: str, text: str, found: bool, why: str) -> None:
    assert (answer(book_of(rule("only", phrase), typos="on"), text).rule == "only") == found, why


@pytest.mark.parametrize(PARAMETERS, named(EXACT))
def test_exact_is_the_whole_message_letter_by_letter(phrase: str, text: str, found: bool, why: str) -> None:
    assert (answer(book_of(rule("only", phrase, "exact"), typos="on"), text).rule == "only") == found, why


@pytest.mark.parametrize(("phrase", "other", "text", "found", "why"), named(RIVALS))
def test_a_word_of_another_rule_is_no_typing_error(phrase: str, other: str, text: str, found: bool, why: str) -> None:
    of = book_of(rule("only", phrase), rule("other", other), typos="on")
    assert (answer(of, text).rule == "only") == found, why


def test_the_table_is_large_and_asks_each_question_both_ways() -> None:
    cases = [case for table in (FOUND, FORGIVEN) for group in table.values() for case in group]
    assert len({(case.phrase, case.text) for case in cases}) >= 200
    for topic, group in (FOUND | FORGIVEN | {"bare": BARE, "exact": EXACT}).items():
        assert {case.found for case in group} == {True, False}, topic
        assert len({case.why for case in group}) == len(group), topic
        assert len({(case.phrase, case.text) for case in group}) == len(group), topic
