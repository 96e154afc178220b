"""What the keys of a book mean beyond its phrases: circumstances, modes, limits, what a reply tells. One test a line of
the language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules import Action, Book, Conversation, Decision, decide
from rules.book import Burst, Limit, Template
from rules.examples import run_examples
from rules.media import KINDS
from rules.model import Shadow
from tests.rulebooks import NEW, NOON, answer, book, faults, message

PARIS = "timezone: Europe/Paris\nhours: {support: {mon-fri: ['09:00-12:30', '13:30-18:00'], sat: 10:00-14:00}}"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # Paris is an hour ahead


def at(
    of: Book, text: str, now: datetime, conversation: Conversation = NEW, *, sender: str = "+33612345678"
) -> Decision:
    """What the book says to a text that was sent now."""
    return decide(of, replace(message(text), sender=sender, sent_at=now), conversation, now)


def one(when: str, *, top: str = "", extra: str = "") -> Book:
    """A book of one rule."""
    return book(f"- name: only\n  when: {when}\n  reply: yes{extra}", top=top)


def answers(of: Book, text: str = "hi", conversation: Conversation = NEW, now: datetime = NOON, **more: str) -> bool:
    """Whether its only rule answers."""
    return at(of, text, now, conversation, **more).rule == "only"


# Conditions


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(7, 59, False), (8, 0, True), (11, 29, True), (11, 30, False), (12, 30, True), (16, 59, True), (17, 0, False)],
)
def test_during_and_outside_are_the_hours_in_the_books_zone(hour: int, minute: int, *, is_open: bool) -> None:
    now = MONDAY.replace(hour=hour, minute=minute)
    assert answers(one("{during: support}", top=PARIS), now=now) is is_open
    assert answers(one("{outside: support}", top=PARIS), now=now) is not is_open


def test_the_trace_tells_the_hour_and_the_hours() -> None:
    decision = at(one("{outside: support}", top=PARIS), "hi", MONDAY.replace(hour=9))
    assert decision.trace[0].because == 'outside: it is Mon 10:00, "support" is open'


@pytest.mark.parametrize("first", [True, False])
def test_first_message_is_about_what_is_remembered(*, first: bool) -> None:
    assert answers(one("{first_message: true}"), conversation=Conversation(first_message=first)) is first
    assert answers(one("{first_message: false}"), conversation=Conversation(first_message=first)) is not first


TAGS = [
    ("{tagged: vip}", {"vip"}, True),
    ("{tagged: vip}", {"VIP"}, False),
    ("{tagged: vip}", set(), False),
    ("{tagged: [vip, late]}", {"vip"}, False),
    ("{tagged: [vip, late]}", {"vip", "late", "x"}, True),
    ("{not_tagged: vip}", set(), True),
    ("{not_tagged: vip}", {"vip"}, False),
    ("{not_tagged: [vip, late]}", {"late"}, False),
    ("{not_tagged: [vip, late]}", {"x"}, True),
]


@pytest.mark.parametrize(("when", "tags", "holds"), TAGS)
def test_tagged_bears_and_not_tagged_lacks_every_tag(when: str, tags: set[str], *, holds: bool) -> None:
    assert answers(one(when), conversation=Conversation(tags=frozenset(tags))) is holds


SENDERS = [
    ("+33", "+33612345678", True),
    ("+33", "33612345678", True),  # as Meta writes numbers
    ("+33 6", "+33612345678", True),
    ("[+44, +336]", "+33612345678", True),
    ("+34", "+33612345678", False),
    ("+3361234567890", "+33612345678", False),
    ("+33", "user-33612345678", False),  # an id that is no number
]


@pytest.mark.parametrize(("prefix", "sender", "holds"), SENDERS)
def test_from_is_the_beginning_of_the_senders_number(prefix: str, sender: str, *, holds: bool) -> None:
    assert answers(one(f"{{from: {prefix}}}"), sender=sender) is holds


MEDIA = [
    ("any", "image", True),
    ("any", "hologram", True),  # of a newer version
    ("any", None, False),
    ("image", "image", True),
    ("image", "video", False),
    ("image", None, False),
    ("[audio, video]", "audio", True),
    ("[audio, video]", "video", True),
    ("[audio, video]", "sticker", False),
]


@pytest.mark.parametrize("text", ["", "look"])
@pytest.mark.parametrize(("kinds", "media", "holds"), MEDIA)
def test_media_alone_holds_for_its_kinds_whatever_the_text(
    kinds: str, media: str | None, text: str, *, holds: bool
) -> None:
    assert (answer(one(f"{{media: {kinds}}}"), text, media=media).rule == "only") is holds


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_media_can_be_asked_for(kind: str) -> None:
    of = one(f"{{media: {kind}}}")
    assert [each for each in KINDS if answer(of, "", media=each).rule] == [kind]


def test_media_and_the_text_below_it_must_both_hold() -> None:
    of = one("{media: image, any: [invoice]}")
    assert answer(of, "my invoice", media="image").rule == "only"
    assert answer(of, "my invoice").rule is None
    assert answer(of, "", media="image").rule is None
    assert answer(of, "my invoice", media="audio").rule is None


def test_media_may_be_an_alternative_or_stand_in_a_not() -> None:
    either = one("{either: [{media: image}, {any: [picture]}]}")
    assert [answer(either, *each).rule for each in (("a picture",), ("x",))] == ["only", None]
    assert answer(either, "x", media="image").rule == "only"
    texts = one("{not: {media: any}}")
    assert answer(texts, "x").rule == "only"
    assert answer(texts, "x", media="image").rule is None
    others = one("{media: any, not: {media: [image, video]}}")
    assert [answer(others, "", media=media).rule for media in ("audio", "video", None)] == ["only", None, None]


def test_the_trace_tells_what_the_media_is() -> None:
    of = one("{media: [audio, video]}")
    told = [answer(of, "hi", media=media).trace[0].because for media in ("audio", "image", None)]
    assert told == ["media: audio", "media: it is image", "media: there is none"]
    both = one("{media: image, any: [look]}")
    assert answer(both, "look", media="image").trace[0].because == 'any: "look"'
    assert answer(both, "look").trace[0].because == "media: there is none"


BARE = [
    ("anything", True),
    ("{none: [refund]}", True),
    ("{not: {any: [refund]}}", True),
    ("{first_message: true}", True),
    ("{any: [refund]}", False),
    ("{all: [refund]}", False),
    ("{exact: [refund]}", False),
    ("{starts: [refund]}", False),
    ("{pattern: 'refund'}", False),
]


@pytest.mark.parametrize(("when", "holds"), BARE)
def test_media_without_words_is_a_message_whose_text_is_empty(when: str, *, holds: bool) -> None:
    assert (answer(one(when), "", media="image").rule == "only") is holds


def test_the_fallback_answers_a_bare_picture_unless_a_rule_for_media_did() -> None:
    fallback = "- {name: order, when: {any: [order]}, reply: a}\n- {name: fallback, when: anything, reply: b}"
    assert answer(book(fallback), "", media="image").rule == "fallback"
    both = book("- {name: photo, when: {media: image}, reply: c}\n" + fallback)
    assert [answer(both, "", media=media).rule for media in ("image", "video")] == ["photo", "fallback"]
    assert [answer(both, "my order", media=media).rule for media in ("image", "video", None)] == [
        "photo",
        "order",
        "order",
    ]


def test_words_below_a_picture_are_answered_as_any_others() -> None:
    assert answers(one("{any: [refund]}"), "a refund for this")
    assert answer(one("{any: [refund]}"), "a refund for this", media="image").rule == "only"


def test_either_holds_where_one_of_its_alternatives_does() -> None:
    of = one("{either: [{any: [refund], none: [policy]}, {exact: [money]}, {pattern: 'x\\d'}]}")
    assert [answers(of, text) for text in ("a refund", "refund policy", "money", "my money", "ax1")] == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_either_tells_the_alternative_that_holds_and_why_none_does() -> None:
    of = one("{either: [{any: [refund]}, {starts: [money]}]}")
    assert answer(of, "money back").trace[0].because == 'starts: "money"'
    assert answer(of, "hi").trace[0].because == (
        "either: any: none of the phrases occurs / starts: the message begins with none of the phrases"
    )


def test_not_holds_where_what_is_inside_does_not() -> None:
    of = one("{any: [order], not: {any: [cancel], tagged: vip}}")
    assert answers(of, "cancel my order")
    assert not answers(of, "cancel my order", Conversation(tags=frozenset({"vip"})))
    assert answer(of, "order").trace[0].because == 'any: "order"'


def test_anything_may_be_an_alternative() -> None:
    assert answers(one("{either: [anything, {any: [x]}]}"), "whatever")


def test_all_keys_of_a_when_must_hold() -> None:
    of = one("{any: [refund], during: support, tagged: vip, from: +33, first_message: false}", top=PARIS)
    known = Conversation(first_message=False, tags=frozenset({"vip"}))
    open_ = MONDAY.replace(hour=9)
    assert answers(of, "refund", known, open_)
    assert not answers(of, "refund", known, open_ + timedelta(hours=12))
    assert not answers(of, "refund", replace(known, first_message=True), open_)
    assert not answers(of, "refund", replace(known, tags=frozenset()), open_)
    assert not answers(of, "hello", known, open_)


# Order, modes, limits

COOL = """
- {name: first, when: anything, once_per: 10m, reply: first}
- {name: second, when: anything, reply: second}"""


def test_a_rule_in_cooldown_is_passed_over_and_the_next_is_asked() -> None:
    of = book(COOL)
    just_now = Conversation(fired={"first": NOON - timedelta(minutes=9)})
    decision = at(of, "hi", NOON, just_now)
    assert decision.rule == "second"
    assert decision.trace[0].verdict == "no"
    assert decision.trace[0].because == (
        "once_per: it has answered, and does not again until 2026-03-02 12:01 UTC; anything"
    )
    assert at(of, "hi", NOON, Conversation(fired={"first": NOON - timedelta(minutes=10)})).rule == "first"
    assert at(of, "hi", NOON, Conversation(fired={"second": NOON})).rule == "first"


def test_silence_says_that_a_rule_would_have_answered_but_for_its_cooldown() -> None:
    of = one("anything", extra="\n  once_per: 1h")
    decision = at(of, "hi", NOON, Conversation(fired={"only": NOON}))
    assert (decision.rule, decision.silence) == (None, "cooldown")


def test_a_shadow_is_told_and_the_rules_below_answer() -> None:
    of = book(
        "- {name: trial, when: {any: [menu]}, mode: shadow, reply: 1 or 2}\n- {name: rest, when: anything, reply: rest}"
    )
    decision = answer(of, "menu")
    assert (decision.rule, decision.shadows) == ("rest", (Shadow("trial", "1 or 2"),))
    assert decision.trace[0].verdict == "shadow"
    assert answer(of, "hi").shadows == ()


def test_silence_says_that_only_a_shadow_would_have_answered() -> None:
    decision = answer(one("anything", extra="\n  mode: shadow"), "hi")
    assert (decision.rule, decision.reply, decision.silence) == (None, None, "shadow")


def test_a_rule_that_is_off_does_nothing() -> None:
    assert answer(one("anything", extra="\n  mode: off"), "hi").silence == "no_rule"


@pytest.mark.parametrize(("mode", "verdict"), [("", "no"), ("\n  mode: shadow", "shadow"), ("\n  mode: live", "no")])
def test_only_for_makes_a_rule_live_for_these_senders_alone(mode: str, verdict: str) -> None:
    of = one("anything", extra=f"{mode}\n  only_for: ['+33 6 12 34 56 78', user-7]")
    assert answers(of, sender="+33612345678")
    assert answers(of, sender="33612345678")
    assert answers(of, sender="user-7")
    assert at(of, "hi", NOON, sender="+33600000000").trace[0].verdict == verdict


LIMITED = "reply_limit: {replies: 2, per: 10m}"


def test_over_the_limit_a_rule_acts_and_does_not_reply() -> None:
    of = one("anything", top=LIMITED, extra="\n  then: opt_out")
    often = Conversation(replied=(NOON - timedelta(minutes=9), NOON - timedelta(minutes=1)))
    decision = at(of, "hi", NOON, often)
    assert (decision.rule, decision.reply, decision.silence) == ("only", None, "reply_limit")
    assert decision.actions == (Action("opt_out"),)
    assert at(of, "hi", NOON + timedelta(minutes=1), often).reply == "yes"


def test_a_message_that_waited_gets_the_late_reply_of_its_rule() -> None:
    of = book(
        "- {name: a, when: {any: [a]}, reply: soon, late_reply: 'sorry, it is {time}'}\n"
        "- {name: b, when: {any: [b]}, reply: soon}",
        top="late_after: 15m\ntimezone: Europe/Paris",
    )
    for text, waited, reply in (
        ("a", 15, "soon"),
        ("a", 16, "sorry, it is 13:16"),
        ("b", 16, "soon"),
    ):
        now = NOON + timedelta(minutes=waited)
        assert decide(of, message(text), NEW, now).reply == reply


# What stands at the top of a book


def test_a_list_of_words_stands_for_each_of_its_items() -> None:
    top = "words: {refund: [refund, money back], want: [want, need], ask: ['{want} {refund}', 'repay*']}"
    of = one("{any: ['{want} my {refund}', '{ask}']}", top=top)
    for text in ("I want my money back", "need my refund", "we want refund", "repayment"):
        assert answers(of, text), text
    assert not answers(of, "money back")
    assert answer(of, "need my refund").matched.phrase == "need my refund"


def test_what_the_top_of_a_book_says_is_in_the_book() -> None:
    of = one(
        "anything",
        top="burst: {quiet: 2s, at_most: 8s}\nreply_limit: {replies: 5, per: 10m}\nlate_after: 15m\n"
        "window_closed: {template: {id: t_1, variables: {shop: Acme}}}",
    )
    assert of.burst == Burst(timedelta(seconds=2), timedelta(seconds=8))
    assert of.reply_limit == Limit(5, timedelta(minutes=10))
    assert of.late_after == timedelta(minutes=15)
    assert of.window_closed == Template("t_1", {"shop": "Acme"})
    assert one("anything", top="burst: off").burst is None


# Replies and actions


def test_a_reply_tells_the_date_the_time_the_hours_and_when_it_opens() -> None:
    reply = "'{date}, {time}. {hours}. {next_open}.'"
    of = book(f"- {{name: only, when: anything, reply: {reply}}}", top=PARIS)
    assert at(of, "hi", MONDAY.replace(hour=20)).reply == (
        "2 March 2026, 21:00. Mon–Fri 9:00–12:30 and 13:30–18:00, Sat 10:00–14:00. tomorrow at 9:00."
    )


def test_times_are_told_in_the_books_language() -> None:
    of = book("- {name: only, when: anything, reply: 'Wieder {next_open}.'}", top=f"language: de\n{PARIS}")
    assert at(of, "hi", MONDAY.replace(hour=20)).reply == "Wieder morgen um 9:00 Uhr."


def test_placeholders_speak_of_the_hours_that_the_rule_names() -> None:
    top = "timezone: UTC\nhours: {shop: {mon: 09:00-10:00}, phone: {mon: 11:00-13:00}}"
    of = book("- {name: only, when: {during: phone}, reply: '{hours}'}", top=top)
    assert at(of, "hi", MONDAY.replace(hour=12)).reply == "Mon 11:00–13:00"
    assert faults(f"version: 1\n{top}\nrules: [{{name: a, when: anything, reply: '{{hours}}'}}]") == [
        'test.yaml:4:42: rule "a": `{hours}` does not say whose hours; the book has several, `shop`, `phone`: name one'
        " in `when`, as `during` or `outside`"
    ]


def test_a_group_of_an_alternative_that_took_no_part_is_empty() -> None:
    of = book(
        r"- name: only"
        "\n"
        r"  when: {either: [{pattern: 'order (?P<order>\d+)'}, {any: [parcel]}]}"
        "\n"
        r"  reply: 'Order <{order}>'"
    )
    assert answer(of, "order 5").reply == "Order <5>"
    assert answer(of, "parcel").reply == "Order <>"


def test_actions_are_given_as_the_book_has_them() -> None:
    of = one("anything", extra="\n  then: [{hand_off: 4h}, {tag: [a, b]}, {untag: c}, {notify: helpdesk}, opt_in]")
    assert answer(of, "hi").actions == (
        Action("hand_off", timedelta(hours=4)),
        Action("tag", value="a"),
        Action("tag", value="b"),
        Action("untag", value="c"),
        Action("notify", value="helpdesk"),
        Action("opt_in"),
    )


# Examples


def test_an_example_assumes_the_circumstances_of_its_own_rule_and_no_others() -> None:
    of = book(
        "- {name: closed, when: {outside: support}, reply: closed, examples: {matches: [hello]}}\n"
        "- {name: vip, when: {tagged: vip, any: [order]}, reply: vip, examples: {matches: [order], ignores: [hello]}}\n"
        "- {name: not-vip, when: {not: {tagged: vip}, any: [order]}, reply: b, examples: {matches: [order]}}\n"
        "- {name: trial, when: {any: [menu]}, mode: shadow, reply: c, examples: {matches: [menu]}}\n"
        "- {name: rest, when: anything, reply: rest, examples: {matches: [hello, order, menu]}}",
        top=PARIS,
    )
    assert [result.good for result in run_examples(of)] == [True] * 8


def test_an_example_that_fails_in_every_circumstance_is_a_fault() -> None:
    text = (
        "version: 1\nrules:\n- {name: all, when: {any: [order]}, reply: a}\n"
        "- {name: vip, when: {tagged: vip, any: [order]}, reply: vip, examples: {matches: [order]}}"
    )
    assert faults(text) == [
        'test.yaml:4:83: rule "vip": this rule should answer "order", but rule "all" takes it by any: "order"; change'
        " the phrases or the order of the rules, or move the example to `known_misses`"
    ]


def test_an_example_may_be_media_with_words_or_without() -> None:
    of = book(
        "- {name: invoice, when: {media: [document, image], any: [invoice]}, reply: a,"
        " examples: {matches: {media: document, text: my invoice}, ignores: [my invoice, {media: image}]}}\n"
        "- {name: photo, when: {media: any}, reply: b,"
        " examples: {matches: [{media: image}, {text: look, media: audio}], ignores: [look]}}\n"
        "- {name: rest, when: anything, reply: c, examples: {matches: [look], ignores: [{media: sticker}]}}"
    )
    results = list(run_examples(of))
    assert [result.good for result in results] == [True] * 8
    assert [result.example.told for result in results][:3] == [
        '{media: document, text: "my invoice"}',
        '"my invoice"',
        "{media: image}",
    ]


def test_an_example_never_assumes_media_as_it_assumes_the_hour() -> None:
    text = "version: 1\nrules:\n- {name: a, when: {media: image, tagged: vip}, reply: b, examples: {matches: [look]}}"
    assert faults(text) == [
        'test.yaml:3:79: rule "a": this rule should answer "look", but no rule answers; here media: there is none; add'
        " a phrase, or move the example to `known_misses`"
    ]
    assert not faults(text.replace("[look]", "[{media: image}]"))


def test_an_example_with_media_that_fails_is_told_as_it_is_written() -> None:
    text = (
        "version: 1\nrules:\n- {name: a, when: anything, reply: b}\n"
        "- {name: c, when: {media: any}, reply: d, examples: {matches: [{media: image, text: look}, {media: audio}]}}"
    )
    end = "change the phrases or the order of the rules, or move the example to `known_misses`"
    assert faults(text) == [
        f'test.yaml:4:64: rule "c": this rule should answer {{media: image, text: "look"}}, but rule "a" takes it by'
        f" anything; {end}",
        f'test.yaml:4:92: rule "c": this rule should answer {{media: audio}}, but rule "a" takes it by anything; {end}',
    ]
