"""Rules are found by what a message has, not asked one by one: and nothing that would have held is missed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rules import Conversation, decide
from rules.automaton import Automaton
from rules.decision import ask
from rules.examples import question_about
from rules.patterns import Patterns, PatternSet
from rules.question import Question
from rules.repeats import loosened
from rules.spans import spans
from rules.text import LONGEST_FOLDED, normalise, tokens, written
from rules.typos import Spellings, allowed_edits, may_be_mistyped, scripts
from rules.vocabulary import MOST_CORRECTED
from rules.words import Words
from tests.rulebooks import NEW, NOON, answer, book, message

SYMBOLS = st.integers(0, 3)


@given(
    st.lists(st.lists(SYMBOLS, min_size=1, max_size=4), max_size=8, unique_by=tuple),
    st.lists(st.lists(SYMBOLS, max_size=2, unique=True), max_size=8),
)
def test_the_automaton_finds_every_sequence_that_occurs_and_no_other(
    sequences: list[list[int]], searched: list[list[int]]
) -> None:
    wanted: dict[int, int] = {}  # where each first ends
    for end in range(len(searched)):
        for start in range(end + 1):
            readings = list(map(list, product(*searched[start : end + 1])))
            for number, sequence in enumerate(sequences):
                if sequence in readings:
                    wanted.setdefault(number, end)
    assert Automaton(enumerate(sequences)).find(searched) == wanted


WORDS = st.text("abcdefgh", min_size=1, max_size=11) | st.text("абвгд", min_size=4, max_size=9)


@given(st.sets(WORDS, max_size=12), WORDS)
def test_the_words_that_are_near_are_those_within_the_edits_they_forgive(words: set[str], said: str) -> None:
    within = {w for w in words if 0 < OSA.distance(w, said) <= allowed_edits(w) and scripts(w) == scripts(said)}
    found = Spellings(words).near(said) if may_be_mistyped(said) else ()
    assert set(found) == within


@given(st.sampled_from(["delivery", "tracking", "refunded", "подписка", "опоздание"]), st.data())
def test_two_typing_errors_anywhere_are_near(word: str, data: st.DataObject) -> None:
    said = word
    for _ in range(2):
        at = data.draw(st.integers(0, len(said) - 2))
        kind = data.draw(st.sampled_from("idrs"))
        letter = data.draw(st.sampled_from(word))
        said = {
            "i": said[:at] + letter + said[at:],
            "d": said[:at] + said[at + 1 :],
            "r": said[:at] + letter + said[at + 1 :],
            "s": said[:at] + said[at + 1] + said[at] + said[at + 2 :],
        }[kind]
    near = OSA.distance(word, said) in (1, 2)
    assert (word in Spellings([word]).near(said)) == near


def test_words_that_begin_alike_are_told_apart_by_how_they_end() -> None:
    luck = Random(3)  # noqa: S311
    words = sorted({"internat" + "".join(luck.choices("abcdefghij", k=luck.randint(4, 6))) for _ in range(500)})
    spellings = Spellings(words)
    for word in words:
        at = luck.randrange(len(word))
        said = word[:at] + luck.choice(["", "x", "xy"]) + word[at + 1 :]
        assert spellings.near(said) == tuple(each for each in words if 0 < OSA.distance(each, said) <= 2)


def test_of_a_crowd_of_words_alike_at_both_ends_the_first_are_found() -> None:
    crowd = [f"internat{a}{b}{c}ization" for a, b, c in product("abcdefgh", repeat=3)]
    near = Spellings(crowd).near("internataaxization")
    assert "internataaaization" in near
    assert len(near) < sum(OSA.distance(each, "internataaxization") <= 2 for each in crowd)


PHRASES = st.sampled_from(
    [
        "a",
        "b",
        "a b",
        "b a",
        "a a",
        "order",
        "border",
        "ordering",
        "order*",
        "o*",
        "order status",
        "status",
        "1",
        "🎁",
        "价格",
        "价",
    ]
)
LISTS = st.lists(PHRASES, min_size=1, max_size=3).map(lambda phrases: "[" + ", ".join(f"'{p}'" for p in phrases) + "]")
PATTERNS = st.sampled_from(["'a+b'", "'order'", "'(?P<x>\\d)'", "'.'", "'^$'"])
LEAF = st.one_of(
    st.tuples(st.sampled_from(["any", "all", "none", "exact", "starts"]), LISTS).map(lambda kv: f"{kv[0]}: {kv[1]}"),
    PATTERNS.map(lambda pattern: f"pattern: {pattern}"),
    st.sampled_from(
        ["first_message: true", "tagged: vip", "not_tagged: vip", "from: +33", "media: any", "media: image"]
    ),
)


def _map(keys: list[str]) -> str:
    return "{" + ", ".join({key.split(":")[0]: key for key in keys}.values()) + "}"


SIMPLE = st.lists(LEAF, min_size=1, max_size=3).map(_map)
WHENS = st.recursive(
    SIMPLE | st.just("anything"),
    lambda inside: st.one_of(
        st.lists(inside, min_size=2, max_size=3).map(lambda whens: f"{{either: [{', '.join(whens)}]}}"),
        inside.map(lambda when: f"{{not: {when}}}"),
        st.tuples(inside, LEAF).map(lambda pair: f"{{not: {pair[0]}, {pair[1]}}}"),
    ),
    max_leaves=4,
)
MODES = st.sampled_from(["", "\n  mode: shadow", "\n  mode: off", "\n  once_per: 1h", "\n  only_for: '+33612345678'"])
RULES = st.lists(st.tuples(WHENS, MODES), min_size=1, max_size=5)
TEXTS = st.lists(
    st.sampled_from(
        ["a", "b", "order", "oder", "orderr", "border", "status", "statsu", "1", "🎁", "价", "格", "!", "please"]
    ),
    max_size=6,
).flatmap(lambda words: st.sampled_from([" ", "", ", "]).map(lambda between: between.join(words)))
CONVERSATIONS = st.builds(
    Conversation,
    first_message=st.booleans(),
    opted_out=st.sampled_from([False, False, False, True]),
    tags=st.sampled_from([frozenset(), frozenset({"vip"})]),
    fired=st.sampled_from([{}, {"rule 0": NOON}, {"rule 1": NOON}]),
)


@given(RULES, TEXTS, CONVERSATIONS, st.sampled_from([None, None, "image", "audio"]))
def test_a_decision_is_the_same_as_if_every_rule_were_asked(
    rules: list[tuple[str, str]], text: str, conversation: Conversation, media: str | None
) -> None:
    lines = [f"- name: rule {n}\n  when: {when}\n  reply: reply {n}{mode}" for n, (when, mode) in enumerate(rules)]
    of = book("\n".join(lines), top="skip_words: [please]")
    asked = message(text, media=media)
    decision = decide(of, asked, conversation, NOON)
    verdicts = {step.rule: step.verdict for step in decision.trace}
    assert decision.rule == next((rule for rule, verdict in verdicts.items() if verdict == "answers"), None)
    assert [each.rule for each in decision.shadows] == [
        rule for rule, verdict in verdicts.items() if verdict == "shadow"
    ]
    assert decision == decide(of, asked, conversation, NOON)


@pytest.mark.parametrize("count", [3, 600, 1200])
def test_patterns_are_found_among_many(count: int) -> None:
    rules = "\n".join(f"- name: r{n}\n  when: {{pattern: '\\bno{n}\\b'}}\n  reply: '{n}'" for n in range(count))
    of = book(rules)
    for n in (0, 1, count - 1):
        assert answer(of, f"is it no{n}?").rule == f"r{n}"
    assert answer(of, "no").rule is None


@pytest.mark.parametrize("memory", [1 << 12, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 20])
def test_no_pattern_is_missed_where_an_automaton_outgrows_its_memory(memory: int) -> None:
    greedy = [f"(?:a|b)*a(?:a|b){{{n}}}c" for n in range(100)]
    text = "ab" * 100 + "c"
    found = set(PatternSet(greedy, memory).find(text))
    assert found >= {n for n, pattern in enumerate(greedy) if re2.search(pattern, text)}


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\border\s*#?(?P<order>\d{5,9})\b", r"[\w.+-]+@[\w-]+\.[a-z]{2,}", r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"),
        *("refund.{0,50}order", "refund.{0,50}order.{0,50}today", r"\brefund\b.{0,300}\border\b.{0,300}\btoday"),
        *(r"\pL{2,20}", r"my name is (?P<name>[\p{L} .-]{2,40})", r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}", ".{1,500}"),
        *(r"(?:\d{1,3}\.){3}\d{1,3}", "[一-龥]{2,10}", r"[{2,3}]\{4}\Q{5}\E\x{100}\p{Greek}{3}(?P<é>.){0,2}?"),
    ],
)
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    alone = Patterns()
    assert alone.compile(pattern) is alone.compile(pattern)
    PatternSet([pattern])
    re2.compile(loosened(pattern))


def test_twenty_rules_of_bounded_gaps_are_taken() -> None:
    many = Patterns()
    for n in range(20):
        many.compile(f"refund.{{0,50}}order.{{0,50}}today{n}")


_PIECES = st.sampled_from(["a", "b", "[ab]", ".", r"\pL", "(a|b)", "(?:ab)", r"[^a{2}]", r"\Qa{2}\E", r"\{"])
_TIMES = st.sampled_from(["", "{2}", "{0,2}", "{1,3}?", "{2,}", "{0}", "*", "?"])


@given(st.lists(st.tuples(_PIECES, _TIMES), max_size=5), st.text("abx{}2", max_size=12))
def test_what_a_pattern_is_found_in_its_loosened_self_is_found_in(parts: list[tuple[str, str]], text: str) -> None:
    pattern = "".join(piece + times for piece, times in parts)
    if re2.search(pattern, text):
        assert re2.search(loosened(pattern), text)
        assert list(PatternSet([pattern]).find(text)) == [0]


def test_a_gap_that_a_message_cannot_close_is_not_searched() -> None:
    assert list(PatternSet(["refund.{0,50}order.{0,50}today", "refund.{0,50}order"]).find("refund order " * 300)) == [1]


def test_a_common_phrase_does_not_make_every_rule_that_has_it_be_asked() -> None:
    rules = "\n".join(f"- name: r{n}\n  when: {{all: [order, thing{n}]}}\n  reply: '{n}'" for n in range(50))
    of = book(rules)
    assert list(of.index.candidates(question_about(of, "order of thing7"))) == [7]


def test_of_rules_that_share_a_word_those_of_other_conversations_are_not_asked() -> None:
    tagged = [f"- name: t{n}\n  when: {{any: [order], tagged: [vip, tag{n}]}}\n  reply: '{n}'" for n in range(50)]
    numbered = [f"- name: n{n}\n  when: {{any: [order], from: '+33{n}'}}\n  reply: '{n}'" for n in range(50, 99)]
    of = book("\n".join(tagged + numbered))
    about = question_about(of, "my order")
    assert list(of.index.candidates(about)) == list(range(99))  # circumstances may hold for each
    asked = replace(about, assumed=None, message=replace(about.message, sender="+337712"))
    assert list(of.index.candidates(asked)) == [77]
    asked.conversation = Conversation(tags=frozenset({"vip", "tag7"}))
    assert list(of.index.candidates(asked)) == [7, 77]


@given(st.text(max_size=300))
def test_words_are_where_the_message_has_them(text: str) -> None:
    text = written(text)
    found = spans(text)
    if found is not None:
        assert len(found) == len(tokens(normalise(text)))
        assert all(0 <= start < end <= len(text) for start, end in found)


@pytest.mark.parametrize("unit", ["é, refund. ", "请问价格", "ｱｲｳ", "🎁👍🏽", "какая цена ", "x’y "])
def test_a_word_late_in_a_long_message_is_told_as_it_was_written(unit: str) -> None:
    of = book('- name: only\n  when: {any: ["schluß"]}\n  reply: yes')
    text = unit * (3900 // len(unit)) + " SCHLUSS " + unit * 5
    assert answer(of, text).matched.words == ("SCHLUSS",)


@given(
    st.lists(
        st.sampled_from(["order", "oder", "statsu", "status", "tracking", "track", "tra", "price", "价", "x1"]),
        max_size=8,
    )
)
def test_in_a_long_message_the_same_is_found_as_in_a_short_one(said: list[str]) -> None:
    of = book("- {name: only, when: {any: [order status, status, track*, tracking price, tra*, 价]}, reply: yes}")
    before = [str(number) for number in range(MOST_CORRECTED)]
    short, long = (Words(" ".join(words), of.vocabulary, of.skipped) for words in (said, [*before, *said]))
    for found, wanted in ((long.said, short.said), (long.meant, short.meant)):
        assert found == {key: end + len(before) for key, end in wanted.items()}


def test_typing_errors_are_forgiven_in_the_first_different_words_only() -> None:
    of = book("- name: only\n  when: {any: [refund]}\n  reply: yes")
    strangers = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(MOST_CORRECTED)]
    assert answer(of, " ".join([*strangers[:-1], "refnud"])).rule == "only"
    assert answer(of, " ".join([*strangers, "refnud"])).rule is None
    assert answer(of, " ".join([*strangers, "refund"])).rule == "only"


def test_letters_that_fold_into_many_are_folded_up_to_a_length() -> None:
    assert len(normalise("ﷺ" * 4096)) <= LONGEST_FOLDED


def test_a_tower_of_marks_is_cut() -> None:
    assert len(written("a" + "\u0316\u0301" * 2000)) <= 31


def test_a_rule_that_is_off_says_so() -> None:
    of = book("- {name: a, when: anything, reply: b, mode: off}")
    question = Question(Words("x", of.vocabulary, of.skipped), message("x"), NEW, NOON)
    assert ask(of.rules[0], question)[0] == "no"
    assert answer(of, "x").trace[0].because == "mode: it is off"


@pytest.mark.parametrize(
    "text", ["refund เ ok", "ราคา เ-1", "ราคาเท่าไหร่ แ ok", "refund ไ!yes", "refund င္ ok", "เ refund", "refund เ refund"]
)
def test_half_a_syllable_swallows_no_word_behind_it(text: str) -> None:
    of = book("- {name: only, when: {any: [refund, ราคา]}, reply: yes}")
    assert answer(of, text).rule == "only"


@given(
    st.lists(st.sampled_from([*"เแกา์ရ္င្រ🇺🇸🇦é1", "refund", " ", "-", "'", "\u200d", "\u0301"]), max_size=12).map("".join)
)
def test_any_letters_side_by_side_are_decided_and_told(text: str) -> None:
    of = book(
        "- {name: only, when: {any: [refund, กา, 🇺🇸, é, '1']}, reply: yes}\n- {name: rest, when: anything, reply: no}"
    )
    decision = answer(of, text)
    assert decision.rule == next(step.rule for step in decision.trace if step.verdict == "answers")


def test_what_is_off_changes_nothing_for_the_others() -> None:
    rules = "- {name: a, when: {any: [refund]}, reply: a}\n- {name: b, mode: off, when: {any: [refunds]}, reply: b"
    of = book(f"{rules}, examples: {{matches: refunds}}}}")
    assert answer(of, "refunds").rule == "a"
