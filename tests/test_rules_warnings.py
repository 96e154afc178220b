"""What is doubtful in a book: each kind, books that only look so, and the proofs asked."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import Conversation, decide
from rules.warnings import Doubt, doubts
from rules.warnings.people import PROBE
from tests.rulebooks import NOON, book, message

# Below every book of the tables, so that nothing else is doubtful in it: no word of it is in them.
REST = """
- {name: bye, when: {exact: [stop, stopall, stop all, unsubscribe, opt out, optout, revoke, arret, arrete, zzz]},
   reply: '!', then: opt_out, examples: {known_misses: zzz}}
- {name: human, when: {any: [human]}, reply: Soon., then: [{hand_off: 4h}, {tag: vip}], examples: {matches: human}}
- {name: rest, when: anything, reply: Write "human"., examples: {known_misses: nothing}}
"""


def of(rules: str, *, top: str = "", rest: str = REST) -> tuple[Doubt, ...]:
    """The doubts about these rules, each of which has examples unless it says otherwise."""
    lines = "\n".join(
        line if "examples:" in line or "none yet" in line else f"{line[:-1]}, examples: {{known_misses: nothing}}}}"
        for line in rules.strip().splitlines()
    )
    return doubts(book(lines + rest, top=top))


def told(*arguments: str, **options: str) -> list[str]:
    return [f"{doubt.line} {doubt.kind}: {doubt}" for doubt in of(*arguments, **options)]


ORDER = "- {name: order, when: {any: [order]}, reply: a}\n"
TAKES = 'rule "order" (line 4) above it takes every message that it matches; '


class Case(NamedTuple):
    """Rules, and what is doubtful in them."""

    rules: str
    doubts: list[str]
    top: str = ""


def low(when: str, more: str = "") -> str:
    return f"- {{name: low, when: {{{when}}}, reply: b{more}}}"


def never(message: str, by: str = "order", why: str = TAKES) -> list[str]:
    return [f'5 never-fires: rule "low": it can never fire: {why}"{message}" is answered by rule "{by}"']


DEAD = {
    "the same phrase": Case(ORDER + low("any: [order]"), never("order")),
    "longer phrases": Case(ORDER + low("any: [order status, my order]"), never("order status")),
    "with `none` below": Case(ORDER + low("any: [order], none: [x]"), never("order")),
    "at the start": Case(ORDER + low("starts: [my order]"), never("my order")),
    "the whole message": Case(ORDER + low("exact: [order]"), never("order")),
    "all of several": Case(ORDER + low("all: [sent, my order]"), never("sent my order")),
    "alternatives": Case(ORDER + low("either: [{any: [my order]}, {exact: [order]}]"), never("my order")),
    "at some hours": Case(ORDER + low("any: [order], first_message: true"), never("order")),
    "in shadow": Case(ORDER + low("any: [order]", ", mode: shadow"), never("order")),
    "stars": Case("- {name: order, when: {any: ['ord*']}, reply: a}\n" + low("any: ['order*']"), never("order")),
    "under both a rule at all hours": Case(
        "- {name: order, when: {any: [ab cd], from: '+33'}, reply: a}\n" + low("any: [ab cd], from: ['+336', '+337']"),
        never("ab cd"),
    ),
    "the whole message, with exceptions above": Case(
        "- {name: order, when: {any: [order], none: [late]}, reply: a}\n" + low("exact: [my order]"), never("my order")
    ),
    "the same exceptions": Case(
        "- {name: order, when: {any: [order], none: [late]}, reply: a}\n" + low("any: [order], none: [late, ill]"),
        never("order"),
    ),
    "skip words": Case(
        "- {name: order, when: {exact: [order]}, reply: a}\n" + low("exact: [order please]"),
        never("order please"),
        "skip_words: [please]",
    ),
    "media below any message": Case(
        ORDER + low("any: [order], media: image"),
        [
            '5 never-fires: rule "low": it can never fire: '
            + TAKES
            + '{media: image, text: "order"} is answered by rule "order"'
        ],
    ),
    "a kind of media under several": Case(
        "- {name: order, when: {media: [video, audio]}, reply: a}\n" + low("media: audio"),
        ['5 never-fires: rule "low": it can never fire: ' + TAKES + '{media: audio} is answered by rule "order"'],
    ),
    "media under any": Case(
        "- {name: order, when: {media: any}, reply: a}\n" + low("media: [audio, video], exact: [my order]"),
        [
            '5 never-fires: rule "low": it can never fire: '
            + TAKES
            + '{media: video, text: "my order"} is answered by rule "order"'
        ],
    ),
    "its own `none`": Case(
        ORDER + low("any: [tax form], none: [tax]"),
        [
            '5 never-fires: rule "low": it can never fire: its own `none` refuses every message that it matches;'
            ' "tax form" has'
            " a phrase of `none`"
        ],
    ),
}


@pytest.mark.parametrize("name", DEAD)
def test_a_rule_that_never_fires_is_told_with_a_message_that_shows_it(name: str) -> None:
    assert told(DEAD[name].rules, top=DEAD[name].top) == DEAD[name].doubts


ALIVE = {
    "another phrase": ORDER + low("any: [tax]"),
    "above it": low("any: [my order]") + "\n" + ORDER.strip(),
    "part of the phrase": "- {name: a, when: {any: [my order]}, reply: a}\n" + low("any: [order]"),
    "part of a word": "- {name: a, when: {any: [order]}, reply: a}\n" + low("any: [reorder]"),
    "a cooldown": "- {name: a, when: {any: [order]}, reply: a, once_per: 1h}\n" + low("any: [order]"),
    "some hours": "- {name: a, when: {any: [order], first_message: true}, reply: a}\n" + low("any: [order]"),
    "media above": "- {name: a, when: {any: [order], media: any}, reply: a}\n" + low("any: [order]"),
    "media alone above": "- {name: a, when: {media: any}, reply: a}\n" + low("any: [order]"),
    "another kind of media": "- {name: a, when: {media: image}, reply: a}\n" + low("media: [image, audio]"),
    "any media below some": "- {name: a, when: {media: [image, video, audio]}, reply: a}\n" + low("media: any"),
    "media below what is none": "- {name: a, when: {any: [order], not: {media: any}}, reply: a}\n"
    + low("any: [order], media: image"),
    "media below words": ORDER + low("media: image"),
    "a tag": "- {name: a, when: {any: [order], tagged: vip}, reply: a}\n" + low("any: [order], tagged: old"),
    "shadow": "- {name: a, when: {any: [order]}, reply: a, mode: shadow}\n" + low("any: [order]"),
    "off": "- {name: a, when: {any: [order]}, reply: a, mode: off}\n" + low("any: [order]"),
    "off below": ORDER + low("any: [order]", ", mode: off"),
    "some senders": "- {name: a, when: {any: [order]}, reply: a, only_for: ['+33612345678']}\n" + low("any: [order]"),
    "exceptions": "- {name: a, when: {any: [order], none: [late]}, reply: a}\n" + low("any: [my order]"),
    "the whole message only": "- {name: a, when: {exact: [order]}, reply: a}\n" + low("any: [order]"),
    "the start only": "- {name: a, when: {starts: [order]}, reply: a}\n" + low("any: [my order]"),
    "the start only, of a phrase that begins so": "- {name: a, when: {starts: [order]}, reply: a}\n"
    + low("any: [order status]"),
    "one more word needed": "- {name: a, when: {all: [order, late]}, reply: a}\n" + low("any: [my order]"),
    "it opts out, where a person answers": ORDER + low("exact: [order]", ", then: opt_out"),
    "it opts in, below anything": "- {name: a, when: {any: [back]}, reply: a}\n"
    + low("exact: [back]", ", then: opt_in"),
}


@pytest.mark.parametrize("name", ALIVE)
def test_a_rule_that_fires_sometimes_is_not_said_never_to(name: str) -> None:
    dead = [each for each in of(ALIVE[name]) if each.kind in ("never-fires", "after-anything", "only-typos")]
    assert not dead


def test_skip_words_may_stand_between_the_words_of_a_whole_message() -> None:
    rules = "- {name: a, when: {any: [order now]}, reply: a}\n" + low("exact: [order now]")
    top = "skip_words: [please]"
    assert told(rules, top=top) == []
    assert decide(book(rules + REST, top=top), message("order, please, now"), Conversation(), NOON).rule == "low"


def test_a_word_of_the_book_is_in_no_rule_a_typing_error() -> None:
    rules = "- {name: a, when: {any: [refund]}, reply: a}\n" + low("any: [refund], none: [refunds now]")
    assert [doubt.kind for doubt in of(rules)] == ["never-fires"]
    assert decide(book(rules + REST), message("refunds"), Conversation(), NOON).rule == "rest"


PATTERN = "- {name: up, when: {pattern: '%s'}, reply: a}\n"
BY_PATTERN = {
    "some word of it": ("cancel", "any: [cancel order]", "cancel order"),
    "whole words": (r"\bcancel\b", "any: [cancel order, the cancel button]", "cancel order"),
    "one of several": ("cancel", "any: [parcel, cancel order]", "cancel order"),
    "with a star": ("cancel", "any: ['cancel*']", "cancel"),
    "any of `all`": ("cancel", "all: [order, cancel]", "order cancel"),
    "the beginning, punctuation apart": (r"^\W*cancel", "starts: [cancel it]", "cancel it"),
    "a script without spaces": ("价格", "any: [价格]", "价格"),
    "with the same exceptions": ("cancel", "any: [cancel], none: [x y]", "cancel"),
}
NOT_BY_PATTERN = {
    "the beginning alone": ("^cancel", "any: [cancel order]"),
    "the end alone": ("order$", "exact: [cancel order]"),  # "cancel order!" is the lower rule's
    "a space before it": (r"\scancel", "any: [cancel order]"),
    "a case": ("(?-i)cancel", "any: [cancel]"),
    "whole words, of a star": (r"\bcancel\b", "any: ['cancel*']"),
    "an accent": ("cafe", "any: [café]"),
    "in one order of two": ("cancel.*order", "all: [cancel, order]"),
    "another word": ("refund", "any: [cancel]"),
    "where the message is no proof": ("cancel", "any: [cancel], pattern: 'x{9}'"),
}


@pytest.mark.parametrize("name", BY_PATTERN)
def test_a_phrase_in_which_a_pattern_above_is_always_found_is_told(name: str) -> None:
    pattern, when, proof = BY_PATTERN[name]
    (doubt,) = (each for each in of(PATTERN % pattern + low(when)) if each.kind == "phrase-taken")
    assert (doubt.rule, doubt.message) == ("low", proof)
    assert 'rule "up" (line 4) above it takes every message with ' in doubt.problem
    assert doubt.proof == f'"{proof}" is answered by rule "up"'
    assert decide(book(PATTERN % pattern + low(when) + REST), message(proof), Conversation(), NOON).rule == "up"


@pytest.mark.parametrize("name", NOT_BY_PATTERN)
def test_a_phrase_in_which_a_pattern_above_may_not_be_found_is_not_told(name: str) -> None:
    pattern, when = NOT_BY_PATTERN[name]
    assert told(PATTERN % pattern + low(when)) == []


def test_a_pattern_with_exceptions_or_for_some_takes_nothing_for_certain() -> None:
    for when in (
        "pattern: cancel, none: [order]",
        "pattern: cancel, tagged: vip",
        "pattern: cancel, first_message: true",
    ):
        rules = f"- {{name: up, when: {{{when}}}, reply: Write human}}\n{low('any: [cancel]')}"
        assert not [each for each in of(rules) if each.rule == "low"], when


def test_some_phrases_that_are_taken_are_told() -> None:
    rules = ORDER + low("any: [my order, tax, order 5]")
    assert told(rules) == [
        '5 phrase-taken: rule "low": as they are written, the phrases "my order", "order 5" never make it fire: rule'
        ' "order" (line 4) above it takes every message with them; "my order" is answered by rule "order"'
    ]


def test_several_rules_above_may_take_the_phrases_between_them() -> None:
    rules = ORDER + "- {name: tax, when: {any: [tax]}, reply: a}\n" + low("any: [my order, the tax]")
    (doubt,) = of(rules)
    assert doubt.problem == (
        'it can never fire: rules "order" (line 4) and "tax" (line 5) above it take every message that it matches'
    )


def test_a_rule_further_above_that_answers_the_message_is_named_among_those_that_take_it() -> None:
    rules = "- {name: n1, when: {none: [zebra]}, reply: a}\n- {name: n2, when: {any: [zebra, lion]}, reply: a}\n"
    (dead,) = (each for each in doubts(book(rules + low("any: [lion]"))) if each.kind == "never-fires")
    assert str(dead) == (
        'rule "low": it can never fire: rules "n1" (line 4) and "n2" (line 5) above it take every message that it'
        ' matches; "lion" is answered by rule "n1"'
    )


def test_a_typing_error_of_a_phrase_that_is_taken_may_fire() -> None:
    rules = "- {name: a, when: {any: ['trac*']}, reply: a}\n" + low("any: [my track, parcel]")
    (doubt,) = of(rules)
    assert doubt.problem.startswith('as it is written, the phrase "my track" never makes it fire: ')
    assert decide(book(rules + REST), message("my trck"), Conversation(), NOON).rule == "low"


def test_two_rules_that_share_the_day_take_everything_between_them() -> None:
    rules = """
- {name: open, when: {during: support}, reply: write human}
- {name: closed, when: {outside: support}, reply: write human}
- {name: low, when: {any: [tax]}, reply: b}
"""
    top = "timezone: UTC\nhours: {support: {mon: 9:00-10:00}}"
    assert [doubt.rule for doubt in of(rules, top=top) if doubt.kind == "never-fires"] == ["low", "human", "rest"]


def test_a_rule_that_is_left_with_typing_errors_is_said_to_be() -> None:
    rules = "- {name: track, when: {any: ['track*']}, reply: a}\n" + low("any: [tracking]")
    assert told(rules) == [
        '5 only-typos: rule "low": it fires on typing errors alone: rule "track" (line 4) above it takes every'
        " other message"
        ' that it matches; "tracking" is answered by rule "track"'
    ]
    assert decide(book(rules + REST), message("trakcing"), Conversation(), NOON).rule == "low"


def test_a_rule_below_one_that_answers_everything_is_told() -> None:
    rest = "\n" + low("any: [tax]", ", examples: {known_misses: a}") + "\n" + low("pattern: x+").replace("low", "p")
    found = told("", rest=REST + rest)
    assert found[0] == (
        '10 after-anything: rule "low": it can never fire: rule "rest" (line 8) above it answers everything; "tax"'
        " is answered"
        ' by rule "rest"'
    )
    assert "after-anything" in found[1]


SINGLE = {
    "a short keyword": Case(
        low("any: [hi, tax]"),
        ['4 short-keyword: rule "low": the keyword "hi" is so short that many messages have it; use `exact`;'
         ' "something about'
         ' hi, maybe" is answered by rule "low"'],
    ),
    "a number of a menu, and a star": Case(
        low("any: [1, 'x*']"),
        ['4 short-keyword: rule "low": the keywords "1", "x" are so short that many messages have them; use `exact`;'
         ' "something about 1, maybe" is answered by rule "low"'],
    ),
    "short at the start": Case(
        low("starts: [да]"),
        ['4 short-keyword: rule "low": the keyword "да" is so short that many messages have it; use `exact`; "да'
         ' something'
         ' else" is answered by rule "low"'],
    ),
    "short where the whole message counts": Case(low("exact: [hi, 1]"), []),
    "short in a phrase": Case(low("any: [hi you]"), []),
    "two signs that are a word": Case(low("any: [환불, 退款, ราคา, घर, 🎁, 💰]"), []),
    "three letters": Case(low("any: [tax]"), []),
    "no examples": Case(
        "- {name: low, when: {any: [tax]}, reply: b} # none yet",
        ['4 no-examples: rule "low": it has no examples; nothing says whether it should answer "tax"'],
    ),
    "no examples, no text": Case(
        "- {name: low, when: {pattern: 'x{9}'}, reply: b} # none yet",
        ['4 no-examples: rule "low": it has no examples; nothing shows what it is for'],
    ),
    "no examples, anything": Case(
        "- {name: low, when: anything, reply: b, mode: shadow} # none yet",
        ['4 no-examples: rule "low": it has no examples; nothing shows what it is for'],
    ),
    "no examples, off": Case("- {name: low, when: {any: [tax]}, reply: b, mode: off} # none yet", []),
    "an opt-out word taken": Case(
        low("any: [stop]"),
        ['4 opt-out-taken: rule "low": it answers "stop", "stop all" before rule "bye" (line 5) can opt out; "stop" is'
         ' answered by rule "low"'],
    ),
    "an opt-out word taken by the whole message": Case(
        low("exact: [zzz]"),
        ['4 opt-out-taken: rule "low": it answers "zzz" before rule "bye" (line 5) can opt out; "zzz" is answered'
         ' by rule'
         ' "low"'],
    ),
    "a known word claimed": Case(
        low("exact: [cancel]"),
        ['4 opt-out-taken: rule "low": it answers "cancel", which people send to hear no more; add it to rule "bye"'
         ' (line 5),'
         ' under `exact`; "cancel" is answered by rule "low"'],
    ),
    "an ordinary word of support": Case(low("any: [cancel, my end]"), []),
    "an opt-out word for a keyword, where `exact` is above it": Case(
        "- {name: out, when: {exact: [halt, adieu]}, reply: a, then: opt_out}\n" + low("any: [halt, adieu, tax]"),
        ['5 opt-out-keyword: rule "low": its keywords "halt", "adieu" are for opting out, by rule "out" (line 4), and'
         ' here nobody is opted out; use a longer phrase; "please halt" is answered by rule "low"'],
    ),
    "an opt-out word at the start of others": Case(
        "- {name: out, when: {exact: [halt]}, reply: a, then: opt_out}\n" + low("starts: [halt]"),
        ['5 opt-out-keyword: rule "low": its keyword "halt" is for opting out, by rule "out" (line 4), and here nobody'
         ' is opted out; use a longer phrase; "halt please" is answered by rule "low"'],
    ),
    "an opt-out word among several": Case(
        "- {name: out, when: {exact: [halt]}, reply: a, then: opt_out}\n" + low("all: [halt, tax]"),
        ['5 opt-out-keyword: rule "low": its keyword "halt" is for opting out, by rule "out" (line 4), and here nobody'
         ' is opted out; use a longer phrase; "please halt tax" is answered by rule "low"'],
    ),
    "an opt-out word that opts out in a sentence, too": Case(
        "- {name: out, when: {any: [do halt now]}, reply: a, then: opt_out}\n" + low("any: [do halt now, tax]"),
        ['5 phrase-taken: rule "low": as it is written, the phrase "do halt now" never makes it fire: rule "out"'
         ' (line 4) above it takes every message with it; "do halt now" is answered by rule "out"'],
    ),
    "a short keyword in shadow": Case(
        low("any: [hi]", ", mode: shadow"),
        ['4 short-keyword: rule "low": the keyword "hi" is so short that many messages have it; use `exact`;'
         ' "something about hi, maybe" would be answered by rule "low", which is in shadow'],
    ),
    "a short keyword below a rule for some tag": Case(
        "- {name: vip, when: {any: [about], tagged: vip}, reply: a}\n" + low("any: [hi]"),
        ['5 short-keyword: rule "low": the keyword "hi" is so short that many messages have it; use `exact`;'
         ' "something about hi, maybe" is answered by rule "low", unless hours, tags or the sender let rule "vip"'
         ' answer'],
    ),
    "double braces around what the rule can fill": Case(
        "- {name: low, when: {pattern: '(?P<order>x{9})'}, reply: 'Order {{order}} of {{ date }}, {{customer}}', "
        "examples: {known_misses: a}}",
        ['4 double-braces: rule "low": double braces send the braces themselves, and its reply has `{{order}}`,'
         ' `{{date}}`; write `{order}`, `{date}`; customers read "{order}"'],
        "timezone: UTC",
    ),
    "double braces around a name that nothing fills": Case(
        low("any: [tax]").replace("reply: b", "reply: 'Hi {{ name }}'"),
        ['4 double-braces: rule "low": its reply has `{{name}}`, which nothing fills; it may have `{book}`, `{date}`,'
         ' `{time}`; customers read "{name}"'],
        "timezone: UTC",
    ),
    **{
        f"what other programs have for a placeholder: {sign}": Case(
            low("any: [tax]").replace("reply: b", f"reply: 'Hi, {sign}!'"),
            [f'4 placeholder-signs: rule "low": its reply has `{sign}`; write `{{book}}`; customers read {read}'],
            "name: Acme",
        )
        for sign, read in {
            **{sign: f'"{sign}"' for sign in ("%book%", "[book]", "<book>")},
            "${book}": "a dollar sign before the book",
        }.items()
    },
    "signs that are no placeholder": Case(
        "- {name: low, when: {pattern: '(?P<price>x{9})'}, reply: '100 %date% [sic] <b>$5</b> ${price}', "
        "examples: {known_misses: a}}",
        [],
    ),
    **{
        f"a regular expression for a phrase: {phrase}": Case(
            low(f"any: ['{phrase}']"),
            [f'4 expression-in-phrase: rule "low": its phrase "{phrase}" is not found in "{message}"; {instead};'
             f' "{message}" is answered by rule "rest"'],
        )
        for phrase, message, instead in (
            ("price|cost", "price", "phrases are found wherever they stand, and several are a list: `[price, cost]`"),
            ("^price$", "price", "phrases are found wherever they stand, and several are a list: `[price]`"),
            (r"\bprice\b", "price", "phrases are found wherever they stand, and several are a list: `[price]`"),
            ("pri[cs]e", "price", "a regular expression stands under `pattern`, such as `pattern: 'pri[cs]e'`"),
            (r"order \d+", "order 5", r"a regular expression stands under `pattern`, such as `pattern: 'order \d+'`"),
            ("price; cost", "price", "phrases are found wherever they stand, and several are a list: `[price, cost]`"),
        )
    },
    "signs that people write": Case(low("any: ['US$', C++, '[sic]', a/b, 'yes? no', ^_^]"), []),
    "a regular expression for a phrase, whose words are phrases, too": Case(low("any: [price|cost, price, cost]"), []),
    "double braces around what nothing fills": Case(
        low("any: [tax]").replace("reply: b", "reply: '{{a name}} {{{book}}} {{{{book}}}} {{}}'"),
        [],
        "name: Acme",
    ),
    "double braces in a late reply": Case(
        low("any: [tax]", ", late_reply: ['{{book}}', c]"),
        ['5 double-braces: rule "low": double braces send the braces themselves, and its reply has `{{book}}`; write'
         ' `{book}`; customers read "{book}"'],
        "late_after: 5m\nname: Acme",
    ),
    **{
        f"curved quotes around a whole reply: {reply}": Case(
            low("any: [tax]").replace("reply: b", f"reply: {reply}"),
            ['4 curved-quotes: rule "low": its reply is in curved quotes, which are sent, too; use straight ones, "'
             f" or ', or none; customers read {reply}"],
        )
        for reply in ("“Hello”", "„Hallo“", "« Salut »", "»Hallo«", "‘It’s me’")
    },
    "curved quotes inside a reply": Case(low("any: [tax]").replace("reply: b", "reply: “one” or “two”"), []),
    "curved quotes around phrases, which are no words": Case(low("any: [“tax”, „steuer“, ‘impôt’, « taxe »]"), []),
    "curved quotes around a pattern": Case(
        "- {name: low, when: {pattern: “xxxxx”}, reply: b} # none yet",
        ['4 curved-quotes: rule "low": its `pattern` is in curved quotes, which it looks for, too; use straight ones,'
         ' \'; it is not found in "xxxxx"',
         '4 no-examples: rule "low": it has no examples; nothing shows what it is for'],
    ),
    "a tag that no rule gives": Case(
        low("any: [tax], tagged: [vip, gold]"),
        ['4 tag-never-given: rule "low": it can never fire: it asks for the tag "gold", which no rule gives; add `then:'
         ' {tag: gold}` to a rule; those that are given are "vip"'],
    ),
    "a misspelt tag among alternatives": Case(
        low("either: [{any: [tax], tagged: vipp}, {any: [parcel]}]"),
        ['4 tag-never-given: rule "low": it asks for the tag "vipp", which no rule gives; did you mean `vip`?; those'
         ' that are given are "vip"'],
    ),
    "a tag that a rule gives only to those who have it": Case(
        low("any: [tax], tagged: gold", ", then: {tag: gold}"),
        ['4 tag-never-given: rule "low": it can never fire: it asks for the tag "gold", which only rules give that'
         ' never act; add `then: {tag: gold}` to a rule; those that are given are "vip"'],
    ),
    "a tag that is given to those with another": Case(
        low("any: [tax], tagged: gold") + "\n- {name: a, when: {any: [parcel], tagged: vip}, then: {tag: gold}}", []
    ),
    "a tag that must not be there": Case(low("any: [tax], not_tagged: gold"), []),
    "an opt-out word in a phrase": Case(low("any: [bus stop]"), []),
    "an opt-out word that is not exact": Case(
        low("any: [leave me, tax]", ", then: opt_out"),
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes "leave me", "tax" in a sentence, whatever it'
         ' is about;'
         ' use `exact`; "is it far to the leave me sign?" is answered by rule "low"'],
    ),
    "an opt-out word at the start": Case(
        low("starts: [leave]", ", then: opt_out"),
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes "leave" in a sentence, whatever it is about; use'
         ' `exact`; "leave is what the bus driver said" is answered by rule "low"'],
    ),
    "opt-out words where other rules have a word of a sentence": Case(
        "- {name: bus, when: {any: [bus, sign, friend]}, reply: a}\n" + low("any: [leave]", ", then: opt_out"),
        ['5 opt-out-not-exact: rule "low": it opts out whoever writes "leave" in a sentence, whatever it is about; use'
         ' `exact`; "what does leave mean in your shop?" is answered by rule "low"'],
    ),
    "an opt-out word under all": Case(
        low("all: [leave]", ", then: opt_out"),
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes "leave" in a sentence, whatever it is about; use'
         ' `exact`; "is it far to the leave sign?" is answered by rule "low"'],
    ),
    "several phrases that all have to be there": Case(low("all: [leave, me, alone]", ", then: opt_out"), []),
    "a rule for anything that opts out": Case(
        low("first_message: true", ", then: opt_out"),
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes anything at all; use `exact`, such as `exact:'
         ' [stop, unsubscribe]`; "is it far to your shop?" is answered by rule "low"'],
    ),
    "a pattern that opts out and has no examples of it": Case(
        low(r"pattern: '(?i)\b(?:leave\s+us|go away)\b'", ", then: opt_out"),
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes "leave us", "go away" in a sentence, whatever it'
         ' is about; use `exact`; "they told me: leave us, and I did" is answered by rule "low"'],
    ),
    "a sentence that opts out": Case(low("any: [do not write again]", ", then: opt_out"), []),
    "a pattern that opts out": Case(
        "- {name: low, when: {pattern: 'leave|go'}, reply: b, then: opt_out, examples: {matches: leave}}",
        ['4 opt-out-not-exact: rule "low": it opts out whoever writes "leave", "go" in a sentence, whatever it is'
         ' about; use `exact`; "they told me: leave, and I did" is answered by rule "low"'],
    ),
    "a pattern of the whole message": Case(
        "- {name: low, when: {pattern: '^(leave|go)$'}, reply: b, then: opt_out, examples: {matches: leave}}", []
    ),
    "hours to the afternoon that are hours to the next morning": Case(
        low("any: [tax]"),
        ['1 open-all-night: the hours "shop" go on overnight, until 05:00; did you mean 09:00-17:00?; at 04:59 in the'
         ' morning they are open'],
        "timezone: UTC\nhours: {shop: {mon-fri: 9:00-5:00, sat: 20:00-04:00, sun: 10:00-02:00}}",
    ),
    "hours of a bar": Case(low("any: [tax]"), [], "timezone: UTC\nhours: {bar: {fri: 20:00-04:00, sat: 10:00-02:00}}"),
    "keywords one edit apart": Case(
        "- {name: prize, when: {any: [prize]}, reply: a}\n" + low("any: [price]"),
        ['5 near-keywords: rule "low": its "price" is one edit from "prize" of rule "prize" (line 4), which takes'
         ' typing'
         ' errors of it; "prie" is answered by rule "prize"'],
    ),
    "a short keyword of which another is a typing error": Case(
        "- {name: cards, when: {any: [cards]}, reply: a}\n" + low("any: [card]"),
        ['5 near-keywords: rule "low": its "card" is one edit from "cards" of rule "cards" (line 4), which takes typing'
         ' errors of it; "cardd" is answered by rule "cards"'],
    ),
    "one edit apart, typing errors off": Case(
        "- {name: prize, when: {any: [prize]}, reply: a}\n" + low("any: [price]"), [], "typos: off"
    ),
    "one edit apart in one rule": Case(low("any: [prize, price]"), []),
    "one edit apart, in phrases that are not": Case(
        "- {name: prize, when: {any: [big prize]}, reply: a}\n" + low("any: [small price]"), []
    ),
    "two edits apart": Case("- {name: bread, when: {any: [bread]}, reply: a}\n" + low("any: [brown]"), []),
    "one edit apart and too short": Case("- {name: bear, when: {any: [bear]}, reply: a}\n" + low("any: [beer]"), []),
    "one edit apart in `exact`": Case("- {name: prize, when: {exact: [prize]}, reply: a}\n" + low("any: [price]"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_each_kind_is_told_where_it_is_and_only_there(name: str) -> None:
    assert told(SINGLE[name].rules, top=SINGLE[name].top) == SINGLE[name].doubts


def whole(rules: str) -> list[str]:
    """The doubts about a book of these rules alone, but for missing examples."""
    return [f"{each.line} {each.kind}: {each}" for each in doubts(book(rules)) if each.kind != "no-examples"]


OUT = "- {name: out, when: {exact: [stop]}, reply: a, then: opt_out}\n"
HUMAN = "- {name: human, when: {any: [human, real person]}, reply: a, then: {hand_off: 4h}}\n"
FALLBACK = "- {name: rest, when: anything, reply: %s}"
NO_WAY = (
    '6 no-way-to-human: rule "rest": it answers everything that no other rule does, and tells no way to a person;'
    " name one,"
    f' such as "human"; "{PROBE}" is answered by rule "rest"'
)
TAGGED = HUMAN.replace("person]", "person], tagged: gold")
NEVER_TAGGED = (
    '5 tag-never-given: rule "human": it can never fire: it asks for the tag "gold", which no rule gives; add `then:'
    " {tag: gold}` to a rule; no tag is given at all"
)
BOOKS = {
    "a person for those alone whom no rule tags": (
        OUT + TAGGED + FALLBACK % "write human",
        ["1 no-human: no rule that can fire hands off to a person, and WhatsApp wants a way to one; add one with `then:"
         ' {hand_off: 4h}`; "human" is answered by rule "rest", unless hours, tags or the sender let rule "human"'
         ' answer',
         NEVER_TAGGED],
    ),
    "a person for those alone whom a rule tags": (
        OUT + TAGGED + "- {name: tag, when: {any: [gold]}, then: {tag: gold}}\n" + FALLBACK % "write human",
        [],
    ),
    "the way that is told is for those alone whom no rule tags": (
        OUT + TAGGED + HUMAN.replace("human", "robot") + FALLBACK % "write human",
        [NEVER_TAGGED, NO_WAY.replace("6 ", "7 ").replace('"human"', '"robot"')],
    ),
    "nothing": (OUT + HUMAN + FALLBACK % '\'Write "human".\'', []),
    "no way out": (
        HUMAN + FALLBACK % "write human",
        ["1 no-opt-out: no rule opts out: who wants to hear no more cannot say so; add one with `then: opt_out`;"
         " \"stop\" is"
         ' answered by rule "rest"'],
    ),
    "nobody": (
        OUT + "- {name: tell, when: {any: [human]}, reply: a, then: [{tag: x}, {notify: y}]}\n" + FALLBACK % "write",
        ["1 no-human: no rule hands off to a person, and WhatsApp wants a way to one; add one with `then:"
         " {hand_off: 4h}`;"
         ' "human" is answered by rule "tell"'],
    ),
    "nothing at the end": (
        OUT + HUMAN,
        ["1 no-fallback: no rule answers what no other does; add a last one with `when: anything`; \"Hm, and what"
         " about the"
         ' other thing?" is answered by no rule'],
    ),
    "ends with media": (
        OUT + HUMAN + "- {name: photo, when: {media: any}, reply: write human}",
        ["1 no-fallback: no rule answers what no other does; add a last one with `when: anything`; \"Hm, and what"
         " about the"
         ' other thing?" is answered by no rule'],
    ),
    "ends by the hour": (OUT + HUMAN + "- {name: rest, when: {first_message: true}, reply: write human}", []),
    "a fallback that says nothing of it": (OUT + HUMAN + FALLBACK % "Sorry?", [NO_WAY]),
    "a fallback that says a phrase": (OUT + HUMAN + FALLBACK % "or ask for a real person", []),
    "a fallback with an address": (OUT + HUMAN + FALLBACK % "or call +33 1 23 45 67 89", []),
    "a fallback with a typing error": (OUT + HUMAN + FALLBACK % '\'Write "humna".\'', []),
    "a fallback with advice that leads nowhere": (
        OUT + HUMAN + FALLBACK % '\'Write "agent" or "order".\'',
        ['6 no-way-to-human: rule "rest": it answers everything that no other rule does, and nothing that its reply'
         ' advises'
         ' to write reaches a person; "agent" is answered by rule "rest"'],
    ),
    "one variant that says nothing": (OUT + HUMAN + FALLBACK % "[write human, Sorry?]", [NO_WAY]),
    "a fallback that hands off": (OUT + HUMAN + "- {name: rest, when: anything, reply: a, then: {hand_off: 1h}}", []),
    "WhatsApp's test taken by a greeting": (
        OUT + HUMAN + "- {name: hey, when: {starts: [hello]}, reply: Hello!}\n" + FALLBACK % "write human",
        ["6 no-way-to-human: rule \"hey\": it answers WhatsApp's test of bots, and tells no way to a person; name"
         " one, such as"
         f' "human"; "{PROBE}" is answered by rule "hey"'],
    ),
    "WhatsApp's test handed off": (
        OUT + HUMAN.replace("human,", "quality of your bot,") + FALLBACK % "ask for a real person",
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_without_a_way_out_or_to_a_person_is_told(name: str) -> None:
    rules, expected = BOOKS[name]
    assert whole(rules) == expected


ALL = [
    *((case.rules, case.top, REST) for case in (*DEAD.values(), *SINGLE.values())),
    *((rules, "", "") for rules, _ in BOOKS.values()),
]


@pytest.mark.parametrize(("rules", "top", "rest"), ALL)
def test_what_a_proof_says_is_what_the_book_decides(rules: str, top: str, rest: str) -> None:
    read = book(f"{rules.strip()}\n{rest}", top=top)
    for doubt in doubts(read):
        if doubt.message is None or "answered by" not in doubt.proof or "from:" in rules or "first_message" in rules:
            continue
        rule = decide(read, message(doubt.message, media=doubt.media), Conversation(), NOON).rule
        proof = doubt.proof.partition(", unless ")[0]
        if "would be answered" not in proof:
            assert proof.endswith("is answered by no rule" if rule is None else f'is answered by rule "{rule}"')


# Random books: what is said never to fire does not, whatever is written with the book's own words.

WORDS = ["order", "orders", "order*", "late", "my", "hi", "ord*", "status"]
SAID = ["order", "orders", "oder", "ordres", "late", "my", "hi", "ordinal", "status", "statos", "please"]
PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join)
LISTS = st.lists(PHRASES, min_size=1, max_size=2).map(lambda phrases: f"[{', '.join(map(repr, phrases))}]")
KEYS = st.dictionaries(st.sampled_from(["any", "all", "none", "exact", "starts"]), LISTS, min_size=1, max_size=2)
MORE = st.sampled_from(
    ["", ", first_message: true", ", first_message: false", ", tagged: vip", ", media: image", ", media: any"]
)
WHENS = st.one_of(
    st.builds(lambda keys, more: ", ".join(f"{key}: {value}" for key, value in keys.items()) + more, KEYS, MORE),
    st.builds(lambda one, two: f"either: [{{any: {one}}}, {{exact: {two}}}]", LISTS, LISTS),
    st.builds(lambda one, two: f"any: {one}, not: {{any: {two}}}", LISTS, LISTS),
)
MODES = st.sampled_from(["", "", "", ", mode: shadow", ", once_per: 1h", ", then: opt_out", ", then: opt_in"])
RULES = st.lists(st.tuples(WHENS, MODES), min_size=2, max_size=4)
MESSAGES = [" ".join(words) for size in (1, 2, 3) for words in itertools.product(SAID, repeat=size)]
CONVERSATIONS = [
    Conversation(),
    Conversation(first_message=False, tags=frozenset(["vip"]), fired={"r0": NOON, "r1": NOON}),
    Conversation(opted_out=True),
    Conversation(handed_off_until=NOON.replace(year=2030)),
]


@settings(max_examples=60, deadline=None)
@given(RULES, st.sampled_from(["", "skip_words: [please, my]", "typos: off"]), st.randoms(use_true_random=False))
def test_what_is_said_never_to_fire_never_does(rules: list[tuple[str, str]], top: str, random: object) -> None:
    lines = [f"- {{name: r{n}, when: {{{when}}}, reply: x{more}}}" for n, (when, more) in enumerate(rules)]
    read = book("\n".join(lines), top=top)
    dead = {each.rule for each in doubts(read) if each.kind in ("never-fires", "after-anything")}
    if not dead:
        return
    for text in random.sample(MESSAGES, 400):  # type: ignore[attr-defined]
        for conversation in CONVERSATIONS:
            for media in (None, "image", "audio"):
                decision = decide(read, message(text, media=media), conversation, NOON)
                assert decision.rule not in dead, text
                assert not {each.rule for each in decision.shadows} & dead, text
