"""Which rule answers, with what, and what is said about the others."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Action, Conversation, Message, Step, decide, decision_json, load
from rules.durations import read_duration, write_duration
from tests.rulebooks import NEW, NOON, answer, book, message

SUPPORT = load(Path(__file__).parents[1] / "rules" / "books" / "support.yaml")

TWO = """
- name: first
  when: {any: [order]}
  reply: one
- name: second
  when: {any: [order, price]}
  reply: two"""


def test_the_first_rule_that_holds_answers() -> None:
    assert answer(book(TWO), "price of my order").reply == "one"
    assert answer(book(TWO), "price").reply == "two"


def test_nothing_answers_where_nothing_holds() -> None:
    decision = answer(book(TWO), "hello")
    assert (decision.rule, decision.reply, decision.silence) == (None, None, "no_rule")


def test_the_trace_has_every_rule_in_order() -> None:
    of = book(f"- name: zero\n  when: {{exact: [price]}}\n  reply: zero{TWO}")
    assert answer(of, "my order").trace == (
        Step("zero", "no", "exact: the message is none of the phrases"),
        Step("first", "answers", 'any: "order"'),
        Step("second", "not reached", '"first" above it answers'),
    )


REASONS = [
    # when, message, holds, because
    ("{any: [refund]}", "refund", True, 'any: "refund"'),
    ("{any: [refund]}", "Refnud", True, 'any: "refund" from "Refnud"'),
    ("{any: [refund]}", "hello", False, "any: none of the phrases occurs"),
    ("{all: [refund, order]}", "refund my ordr", True, 'all: "refund", "order" from "ordr"'),
    ("{all: [refund, order]}", "refund", False, 'all: "order" does not occur'),
    ("{none: [refund]}", "hello", True, "none: none of the phrases occurs"),
    ("{none: [refund policy]}", "Refund policy?", False, 'none: "refund policy" occurs'),
    ("{exact: [stop]}", "Stop!!", True, 'exact: "stop"'),
    ("{exact: [stop]}", "please stop", True, 'exact: "stop"'),
    ("{exact: [stop]}", "stop it", False, "exact: the message is none of the phrases"),
    ("{exact: [please stop]}", "stop", True, 'exact: "please stop"'),
    ("{exact: [please]}", "Please.", True, 'exact: "please"'),
    ("{exact: [please]}", "please please", False, "exact: the message is none of the phrases"),
    ("{exact: [stop]}", "stop por favor", True, 'exact: "stop"'),
    ("{exact: ['stop* it']}", "stopping it", True, 'exact: "stop* it"'),
    ("{exact: ['please*']}", "please", True, 'exact: "please*"'),
    ("{starts: [menu]}", "menu please", True, 'starts: "menu"'),
    ("{starts: [menu]}", "the menu", False, "starts: the message begins with none of the phrases"),
    ("{starts: [menu], any: [x, menu]}", "menu", True, 'starts: "menu"; any: "menu"'),
    (r"{pattern: 'no (\d+)'}", "No 12", True, 'pattern: found "No 12"'),
    ("{pattern: 'é'}", "cafe\u0301", True, 'pattern: found "é"'),
    ("{pattern: 'e\u0301'}", "CAFÉ", True, 'pattern: found "É"'),
    ("{pattern: 'x'}", "hello", False, "pattern: it is not found"),
    ("{any: [a], pattern: 'b'}", "a b", True, 'any: "a"; pattern: found "b"'),
    ("{any: [a], pattern: 'b'}", "a", False, "pattern: it is not found"),
    ("{pattern: 'b', any: [a]}", "c", False, "any: none of the phrases occurs"),
    ("anything", "", True, "anything"),
]


@pytest.mark.parametrize(("when", "text", "holds", "because"), REASONS)
def test_each_condition_says_why(when: str, text: str, holds: bool, because: str) -> None:
    of = book(f"- name: only\n  when: {when}\n  reply: yes", top="skip_words: [please, por favor]")
    assert answer(of, text).trace == (Step("only", "answers" if holds else "no", because),)


OUT = """
- name: out
  when: {exact: [stop]}
  reply: bye
  then: opt_out
- name: in
  when: {exact: [start]}
  reply: hello again
  then: opt_in
- name: hint
  when: {exact: [how]}
  then: opt_in
- name: rest
  when: anything
  reply: rest"""


def test_who_opted_out_is_answered_by_opt_in_rules_alone() -> None:
    gone = Conversation(opted_out=True)
    decision = answer(book(OUT), "order", gone)
    assert (decision.rule, decision.silence) == (None, "opted_out")
    assert [step.because for step in decision.trace if step.rule in ("out", "rest")] == ["the sender has opted out"] * 2
    decision = answer(book(OUT), "START", gone)
    assert (decision.reply, decision.silence, decision.actions) == ("hello again", None, (Action("opt_in"),))


def test_who_opted_out_can_come_back_while_a_person_answers() -> None:
    both = Conversation(opted_out=True, handed_off_until=NOON + timedelta(hours=1))
    decision = answer(book(OUT), "start", both)
    assert (decision.rule, decision.reply, decision.silence) == ("in", None, "handed_off")
    assert decision.actions == (Action("opt_in"),)
    assert answer(book(OUT), "order", both).silence == "opted_out"


def test_nothing_is_said_while_a_person_answers() -> None:
    decision = answer(book(OUT), "order", Conversation(handed_off_until=NOON + timedelta(seconds=1)))
    assert (decision.rule, decision.reply, decision.silence) == (None, None, "handed_off")
    assert decision.trace[-1] == Step("rest", "no", "a person answers until 2026-03-02 12:00 UTC")
    assert len(decision.trace) == 4


def test_while_a_person_answers_nobody_opts_out_by_what_another_rule_would_take() -> None:
    of = book(f"- {{name: exception, when: {{exact: [stop my order]}}, reply: which?}}{OUT.replace('exact', 'any')}")
    handed_off = Conversation(handed_off_until=NOON + timedelta(seconds=1))
    decision = answer(of, "stop my order", handed_off)
    assert (decision.rule, decision.actions, decision.silence) == (None, (), "handed_off")
    assert answer(of, "stop", handed_off).actions == (Action("opt_out"),)


def test_who_opts_out_while_a_person_answers_stays_out_and_is_not_spoken_to() -> None:
    decision = answer(book(OUT), "stop", Conversation(handed_off_until=NOON + timedelta(seconds=1)))
    assert (decision.rule, decision.reply, decision.silence) == ("out", None, "handed_off")
    assert decision.actions == (Action("opt_out"),)


def test_a_hand_off_is_over_at_its_end() -> None:
    assert answer(book(OUT), "order", Conversation(handed_off_until=NOON)).rule == "rest"


def test_of_a_message_longer_than_whatsapp_allows_the_first_4096_characters_are_looked_at() -> None:
    late = book("\n- name: late\n  when: {any: [cat]}\n  reply: yes")
    assert answer(late, " " * 4093 + "cat").rule == "late"
    assert answer(late, " " * 4094 + "cat").rule is None


def test_a_rule_may_act_and_say_nothing() -> None:
    decision = answer(book(OUT), "how")
    assert (decision.rule, decision.reply, decision.silence) == ("hint", None, "no_reply")
    assert decision.actions == (Action("opt_in"),)


VARIANTS = "- name: only\n  when: anything\n  reply: [a, b, c]"


def test_a_message_gets_the_same_variant_each_time_and_messages_get_all() -> None:
    of = book(VARIANTS)
    replies = [decide(of, message("hi", wamid=f"wamid.{n}"), NEW, NOON).reply for n in range(60)]
    assert set(replies) == {"a", "b", "c"}
    assert replies == [decide(of, message("ho", wamid=f"wamid.{n}"), NEW, NOON).reply for n in range(60)]
    assert replies[:6] == ["a", "c", "b", "a", "b", "c"]  # on any machine


ORDER = r"""
- name: only
  when: {pattern: 'order #?(?P<order>\w+)(?P<rest> .*)?'}
  reply: '{order}{{{rest}}} of {book}'"""


def test_placeholders_are_the_groups_of_the_pattern_and_the_book() -> None:
    decision = answer(book(ORDER, top="name: Acme"), "my ORDER #A12")
    assert decision.reply == "A12{} of Acme"
    assert decision.placeholders == {"order": "A12", "rest": "", "book": "Acme"}


def test_what_the_customer_wrote_is_never_read_as_a_placeholder() -> None:
    assert answer(book(ORDER, top="name: '{order}'"), "order A {book}{{").reply == "A{ {book}{{} of {order}"


def test_a_reply_is_cut_at_what_whatsapp_takes() -> None:
    of = book(r"- {name: only, when: {pattern: '(?P<all>.*)'}, reply: 'You: {all}'}")
    assert answer(of, "x" * 5000).reply == "You: " + "x" * 4091


def test_a_reply_that_came_out_blank_is_none() -> None:
    of = book(r"- {name: only, when: {pattern: 'a(?P<b>b)?'}, reply: '{b}'}")
    decision = answer(of, "a")
    assert (decision.rule, decision.reply, decision.silence) == ("only", None, "no_reply")


def test_a_book_without_a_name_is_called_after_its_file() -> None:
    assert book(TWO).name == "test"
    assert book(TWO, top="name: Acme").name == "Acme"


def test_the_version_is_the_hash_of_the_bytes() -> None:
    assert book(TWO).version == book(TWO).version
    assert len(book(TWO).version) == 12
    assert book(TWO).version != book(TWO + " ").version


def test_a_decision_as_json_is_what_scripts_read() -> None:
    of = book(
        "- {name: no, when: {any: [x]}, reply: x}\n- {name: only, when: {any: [refund]}, reply: 'yes', "
        "then: [opt_out, {hand_off: 240m}]}"
    )
    assert json.loads(json.dumps(decision_json(answer(of, "REFUND!")))) == {
        "rule": "only",
        "reply": "yes",
        "matched": {"phrase": "refund", "words": ["REFUND"]},
        "actions": ["opt_out", {"hand_off": "4h"}],
        "placeholders": {},
        "trace": [
            {"rule": "no", "verdict": "no", "because": "any: none of the phrases occurs"},
            {"rule": "only", "verdict": "answers", "because": 'any: "refund"'},
        ],
    }


@pytest.mark.parametrize("text", ["30s", "10m", "4h", "2d", "90m", "365d"])
def test_a_duration_is_written_as_it_was_read(text: str) -> None:
    duration = read_duration(text)
    assert duration is not None
    assert write_duration(duration) == text


def test_a_part_of_a_second_is_no_duration_of_a_book() -> None:
    with pytest.raises(ValueError, match="whole number of seconds"):
        write_duration(timedelta(milliseconds=1))


PIECES = ["refund", "order", "12345", "human", "stop", "’", "价格", "{book}", "\ud800"]
ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.sampled_from(PIECES)).map(" ".join),
)


@given(ANY_TEXT, st.booleans(), st.sampled_from(["wamid.1", "\ud800", ""]))
def test_any_text_gets_a_decision_and_always_the_same(text: str, opted_out: bool, wamid: str) -> None:
    one: Message = message(text, wamid=wamid)
    conversation = Conversation(opted_out=opted_out)
    decision = decide(SUPPORT, one, conversation, NOON)
    assert decision == decide(SUPPORT, one, conversation, NOON)
    assert [step.rule for step in decision.trace] == [rule.name for rule in SUPPORT.rules]
    assert (decision.reply is None) == (decision.silence is not None)
    json.dumps(decision_json(decision), ensure_ascii=False).encode()
