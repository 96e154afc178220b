"""What is wrong with a book is told at once, each with its place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import BookError, load, parse
from tests.rulebooks import book, faults

RULE = "version: 1\nrules:\n- name: a\n  "
WHEN = RULE + "when: anything\n  "
AT = 'test.yaml:{}: rule "a": '

BROKEN = {
    "unknown key of the book": (
        "version: 1\nskip_word: [a]\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:1: unknown key `skip_word`; did you mean `skip_words`?",
    ),
    "key without a likeness": (
        "version: 1\nxyzzy: [a]\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:1: unknown key `xyzzy`; the book has `version`, `name`, `typos`, `skip_words`, `rules`",
    ),
    "no version": (
        "rules: [{name: a, when: anything, reply: b}]",
        "test.yaml:1:1: the book has no `version`; add `version: ...`",
    ),
    "another version": (
        "version: 2\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:1:10: this version of the language is not known; write `version: 1`",
    ),
    "no rules": ("version: 1", "test.yaml:1:1: the book has no `rules`; add `rules: ...`"),
    "an empty list of rules": (
        "version: 1\nrules: []",
        "test.yaml:2:8: the book has no rules; add one: `- name: ...`",
    ),
    "rules as a map": (
        "version: 1\nrules: {a: b}",
        "test.yaml:2:8: `rules` is a map; write a list: each rule begins with `- name: ...`",
    ),
    "a list for a book": (
        "[version]",
        "test.yaml:1:1: the book is a list; write a map with `version`, `name`, `typos`, `skip_words`, `rules`",
    ),
    "typos neither on nor off": (
        "version: 1\ntypos: yes\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:8: `typos` is neither on nor off; write `typos: on` or `typos: off`",
    ),
    "a star in a skip word": (
        "version: 1\nskip_words: 'a*'\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:13: a skip word has a star; write each form of the word",
    ),
    "a skip word without a word": (
        "version: 1\nskip_words: ['?']\nrules: [{name: a, when: anything, reply: b}]",
        'test.yaml:2:14: phrase "?" has no word in it: punctuation is not compared; write a word, or use `pattern`',
    ),
    "an empty name": (
        "version: 1\nname:\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:6: `name` is empty; write a text, or remove the key",
    ),
    "a text for a rule": (
        "version: 1\nrules: [a]",
        "test.yaml:2:9: a rule is one text; write a map with `name`, `when`, `reply`, `then`, `examples`",
    ),
    "a rule without a name": (
        "version: 1\nrules: [{when: anything, reply: b}]",
        "test.yaml:2:9: a rule has no `name`; add `name: ...`",
    ),
    "a rule with an empty name": (
        "version: 1\nrules: [{name: ' ', when: anything, reply: b}]",
        "test.yaml:2:16: `name` is empty; write a text, or remove the key",
    ),
    "a rule without when": (RULE + "reply: b", AT.format("3:3") + "a rule has no `when`; add `when: ...`"),
    "a synonym of when": (
        RULE + "keywords: b\n  reply: b",
        AT.format("4:3") + "unknown key `keywords`; did you mean `when`?",
    ),
    "a synonym of any": (
        RULE + "when: {keyword: b}\n  reply: b",
        AT.format("4:10") + "unknown key `keyword`; did you mean `any`?",
    ),
    "a synonym of pattern": (
        RULE + "when: {regex: b}\n  reply: b",
        AT.format("4:10") + "unknown key `regex`; did you mean `pattern`?",
    ),
    "a synonym of reply": (
        WHEN + "response: b\n  then: opt_out",
        AT.format("5:3") + "unknown key `response`; did you mean `reply`?",
    ),
    "a synonym of hand_off": (
        WHEN + "then: {handoff: 4h}",
        AT.format("5:10") + "unknown key `handoff`; did you mean `hand_off`?",
    ),
    "an unknown action": (
        WHEN + "then: opt-out",
        AT.format("5:9") + "unknown action `opt-out`; did you mean `opt_out`?",
    ),
    "a condition beside when": (
        WHEN + "any: b\n  reply: b",
        AT.format("5:3") + "unknown key `any`; it belongs in `when`",
    ),
    "a misspelt kind of example": (
        WHEN + "reply: b\n  examples: {match: b}",
        AT.format("6:14") + "unknown key `match`; did you mean `matches`?",
    ),
    "two rules of one name": (
        WHEN + "reply: b\n- {name: a, when: anything, reply: c}",
        AT.format("6:3") + "another rule has this name, in line 3; give each rule its own",
    ),
    "neither reply nor then": (
        RULE + "when: anything",
        AT.format("3:3") + "the rule has neither `reply` nor `then`; add what it says or does",
    ),
    "an empty when": (
        RULE + "when: {}\n  reply: b",
        AT.format("4:9") + "`when` is empty; write at least one condition, or the bare word `anything`",
    ),
    "nothing for when": (
        RULE + "when:\n  reply: b",
        AT.format("4:8") + "`when` is empty; write `when: {any: [...]}`, or the bare word `anything`",
    ),
    "a text for when": (
        RULE + "when: refund\n  reply: b",
        AT.format("4:9") + "`when` is one text; write `when: {any: [...]}`, or the bare word `anything`",
    ),
    "a misspelt anything": (
        RULE + "when: anythng\n  reply: b",
        AT.format("4:9") + "`when` is one text; did you mean `anything`?",
    ),
    "a list for when": (
        RULE + "when: [a]\n  reply: b",
        AT.format("4:9") + "`when` is a list; write a map with `any`, `all`, `none`, `exact`, `starts`, `pattern`",
    ),
    "an empty list of phrases": (
        RULE + "when: {any: []}\n  reply: b",
        AT.format("4:15") + "`any` is an empty list; write at least one text, or remove the key",
    ),
    "a phrase without a word": (
        RULE + "when: {any: [b, '?!']}\n  reply: b",
        AT.format("4:19")
        + 'phrase "?!" has no word in it: punctuation is not compared; write a word, or use `pattern`',
    ),
    "a star alone": (
        RULE + "when: {any: '*'}\n  reply: b",
        AT.format("4:15") + 'phrase "*" has no word in it: punctuation is not compared; write a word, or use `pattern`',
    ),
    "a star in a word": (
        RULE + "when: {any: 'a*b'}\n  reply: b",
        AT.format("4:15") + 'phrase "a*b": a star stands only at the end of a word; write `track*`, or use `pattern`',
    ),
    "an empty phrase": (
        RULE + "when: {any: ['', b]}\n  reply: b",
        AT.format("4:16") + "an item of `any` is empty; write a text, or remove the key",
    ),
    "a list among phrases": (
        RULE + "when: {any: [[b], c]}\n  reply: b",
        AT.format("4:16")
        + "an item of `any` is a list; write one text; put it in quotes if it begins with a bracket or a brace",
    ),
    "a list in a phrase": (
        RULE + "when: {any: '{refund}'}\n  reply: b",
        AT.format("4:15")
        + 'phrase "{refund}": lists in phrases, `{name}`, are not supported by this version yet; '
        + "write the words themselves",
    ),
    "a list for a pattern": (
        RULE + "when: {pattern: [b]}\n  reply: b",
        AT.format("4:19") + "`pattern` is a list; write one regular expression, in single quotes",
    ),
    "a pattern with two groups of one name": (
        RULE + "when: {pattern: '(?P<x>a)(?P<x>b)'}\n  reply: b",
        AT.format("4:19") + "the group `x` is there more than once; name each group otherwise",
    ),
    "a pattern without end": (
        RULE + f"when: {{pattern: '{'a?' * 600}'}}\n  reply: b",
        AT.format("4:19") + "`pattern` is longer than 1000 characters; use phrases: `any` takes as many as you like",
    ),
    "an empty pattern": (
        RULE + "when: {pattern: ''}\n  reply: b",
        AT.format("4:19") + "`pattern` is empty; write a text, or remove the key",
    ),
    "a bad pattern": (
        RULE + "when: {pattern: '(b'}\n  reply: b",
        AT.format("4:19") + "`pattern` is not a regular expression: missing ): (b; write RE2 syntax, in single quotes",
    ),
    "look-around": (
        RULE + "when: {pattern: 'a(?!b)'}\n  reply: b",
        AT.format("4:19")
        + "`pattern` is not a regular expression: invalid perl operator: (?!; "
        + "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it",
    ),
    "a back-reference": (
        RULE + "when: {pattern: '(a)\\1'}\n  reply: b",
        AT.format("4:19")
        + "`pattern` is not a regular expression: invalid escape sequence: \\1; "
        + "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it",
    ),
    "a group with the name of a placeholder": (
        RULE + "when: {pattern: '(?P<date>a)'}\n  reply: b",
        AT.format("4:19") + "the group `date` has the name of a placeholder of every reply; name it otherwise",
    ),
    "an empty reply": (WHEN + "reply: ' '", AT.format("5:10") + "`reply` is empty; write a text, or remove the key"),
    "a map for a reply": (
        WHEN + "reply: {order}",
        AT.format("5:10") + "`reply` is a map; write one text; put it in quotes if it begins with a bracket or a brace",
    ),
    "no variants": (
        WHEN + "reply: []",
        AT.format("5:10") + "`reply` is an empty list; write at least one text, or remove the key",
    ),
    "a long reply": (
        WHEN + "reply: " + "x" * 4097,
        AT.format("5:10") + "the reply has 4097 characters, WhatsApp takes 4096; make it shorter",
    ),
    "a brace alone": (
        WHEN + "reply: 'a } b'",
        AT.format("5:10") + "a brace in the reply has no partner; write `{{` or `}}` for the brace itself",
    ),
    "an unknown placeholder": (
        WHEN + "reply: 'a {order}'",
        AT.format("5:10")
        + "unknown placeholder `{order}`; name a group of `pattern` so; a brace itself is written twice",
    ),
    "a misspelt placeholder": (
        RULE + "when: {pattern: '(?P<order>a)'}\n  reply: 'a {ordr}'",
        AT.format("5:10") + "unknown placeholder `{ordr}`; did you mean `{order}`?",
    ),
    "a placeholder unlike the groups": (
        RULE + "when: {pattern: '(?P<order>a)'}\n  reply: 'a {customer}'",
        AT.format("5:10")
        + "unknown placeholder `{customer}`; this rule has `{order}`; a brace itself is written twice",
    ),
    "the name of a book without one": (
        WHEN + "reply: 'a {book}'",
        AT.format("5:10") + "`{book}` needs the book's name; add `name: ...` at the top of the book",
    ),
    "a bad duration": (
        WHEN + "then: {hand_off: 4 hours}",
        AT.format("5:20")
        + "`4 hours` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days",
    ),
    "no time at all": (
        WHEN + "then: {hand_off: 0s}",
        AT.format("5:20") + "`0s` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days",
    ),
    "too long a time": (
        WHEN + "then: {hand_off: 366d}",
        AT.format("5:20") + "`366d` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days",
    ),
    "a list for a duration": (
        WHEN + "then: {hand_off: [4h]}",
        AT.format("5:20") + "`hand_off` is a list; write a duration such as `4h`",
    ),
    "a hand-off without a duration": (
        WHEN + "then: hand_off",
        AT.format("5:9") + "`hand_off` needs a duration; write `{hand_off: 4h}`",
    ),
    "an action with a value": (
        WHEN + "then: {opt_out: yes}",
        AT.format("5:19") + "`opt_out` takes nothing; write the bare word `opt_out`",
    ),
    "no action": (
        WHEN + "then:",
        AT.format("5:8") + "an item of `then` is empty; write `opt_out`, `opt_in`, `hand_off`",
    ),
    "an empty action": (
        WHEN + "then: [{}]",
        AT.format("5:10") + "an item of `then` is empty; write `opt_out`, `opt_in`, `hand_off`",
    ),
    "an empty list of actions": (
        WHEN + "then: []",
        AT.format("5:9") + "`then` is an empty list; write an action, or remove the key",
    ),
    "a list among actions": (
        WHEN + "then: [[opt_out]]",
        AT.format("5:10") + "`then` is a list; write a map with `opt_out`, `opt_in`, `hand_off`",
    ),
    "an action twice": (
        WHEN + "then: [opt_out, opt_out]",
        AT.format("5:19") + "`opt_out` stands twice in `then`; remove one of them",
    ),
    "in and out": (
        WHEN + "then: [opt_out, opt_in]",
        AT.format("5:9") + "`then` has both `opt_in` and `opt_out`; keep one of them",
    ),
    "a list for examples": (
        WHEN + "reply: b\n  examples: [b]",
        AT.format("6:13") + "`examples` is a list; write a map with `matches`, `ignores`, `known_misses`",
    ),
    "a duplicate key": (
        WHEN + "reply: b\n  reply: c",
        "test.yaml:6:3: duplicate key `reply`, first in line 5; remove one of them",
    ),
}


@pytest.mark.parametrize(("data", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_broken_book_says_where_and_what_to_write(data: str, fault: str) -> None:
    assert faults(data) == [fault]


LATER = {
    "{}: x": ("timezone", "burst", "reply_limit", "late_after", "words", "hours", "window_closed"),
    "rules: [{{name: a, when: anything, reply: b, {}: x}}]": ("mode", "only_for", "once_per", "late_reply"),
    "rules: [{{name: a, when: {{{}: x}}, reply: b}}]": (
        "during",
        "outside",
        "first_message",
        "tagged",
        "not_tagged",
        "from",
        "either",
        "not",
    ),
    "rules: [{{name: a, when: anything, then: {{{}: x}}}}]": ("tag", "untag", "notify"),
    "rules: [{{name: a, when: anything, then: [{}]}}]": ("tag", "untag", "notify"),
    "rules: [{{name: a, when: anything, reply: 'x {{{}}}'}}]": ("{next_open}", "{hours}", "{date}", "{time}"),
}


@pytest.mark.parametrize(("where", "word"), [(where, word) for where, words in LATER.items() for word in words])
def test_what_a_later_version_will_have_is_refused_and_not_ignored(where: str, word: str) -> None:
    text = where.format(word.strip("{}"))
    rules = "" if "rules" in where else "rules: [{name: a, when: anything, reply: b}]\n"
    (fault,) = faults(f"version: 1\n{rules}{text}")
    assert fault.endswith(f"`{word}` is not supported by this version yet; remove it")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        WHEN + "reply: '{x'\n- name: b\n  when: {any: ['?'], pattern: '('}\n  then: out\nhours: x\nname: !!str y"
    )
    assert [fault.split(": ")[0] for fault in found] == [
        f"test.yaml:{place}" for place in ("5:10", "7:16", "7:31", "8:9", "9:1", "10:7")
    ]


def test_an_anchor_used_twice_tells_its_fault_once() -> None:
    assert len(faults("version: 1\nrules:\n- &r {name: a, when: {any: '?'}, reply: b}\n- *r")) == 2


SHOP = """version: 1
rules:
- name: order
  when: {any: [order], none: [border]}
  reply: one
  examples: {matches: %s, ignores: %s, known_misses: [nothing like it, order]}
- name: price
  when: {any: [price, order price]}
  reply: two
  examples: {matches: %s}
"""


def test_examples_that_come_out_are_no_faults() -> None:
    assert faults(SHOP % ("my order", "[price, the border of my order]", "[the price]")) == []


def test_an_example_that_another_rule_takes_names_that_rule() -> None:
    assert faults(SHOP % ("order", "x", "[price of my ordr]")) == [
        'test.yaml:10:24: rule "price": this rule should answer "price of my ordr", but rule "order" takes it by '
        'any: "order" from "ordr"; '
        "change the phrases or the order of the rules, or move the example to `known_misses`"
    ]


def test_an_example_that_no_rule_takes_says_why_its_own_does_not() -> None:
    assert faults(SHOP % ("[order at the border]", "x", "price")) == [
        'test.yaml:6:24: rule "order": this rule should answer "order at the border", but no rule answers; '
        'here none: "border" occurs; add a phrase, or move the example to `known_misses`'
    ]


def test_an_example_to_be_ignored_that_is_answered_says_by_what() -> None:
    assert faults(SHOP % ("order", "[my order]", "price")) == [
        'test.yaml:6:40: rule "order": this rule should ignore "my order", but answers it by '
        'any: "order"; change the phrases, or add one to `none`'
    ]


def test_examples_wait_until_there_is_no_other_fault() -> None:
    assert len(faults(SHOP % ("[nope]", "x", "price") + "hours: x")) == 1


def test_a_single_text_is_a_list_of_one() -> None:
    assert (
        faults("version: 1\nskip_words: a\nrules:\n- {name: a, when: {any: b}, reply: c, examples: {matches: b}}") == []
    )


def test_a_long_text_in_a_message_is_cut() -> None:
    (fault,) = faults(SHOP % (f"[{'nope ' * 100}]", "x", "price"))
    assert len(fault) < 300


def test_a_file_is_loaded_and_one_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP % ("order", "x", "price"))
    assert load(path).name == "shop"
    assert load(str(path)) == load(path)
    with pytest.raises(BookError) as error:
        load(tmp_path / "none.yaml")
    assert str(error.value).endswith(
        "none.yaml:1:1: cannot read the book: No such file or directory; check the path and its permissions"
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_a_book_or_faults(data: bytes) -> None:
    assert faults(data), "no 300 random bytes are a book"


GOOD = (Path(__file__).parents[1] / "rules" / "books" / "support.yaml").read_bytes()
SNIPPETS = [
    b"",
    b"[",
    b"{",
    b"- ",
    b": ",
    b"*",
    b"&a ",
    b"*a",
    b"!",
    b"'",
    b'"',
    b"\n",
    b"\t",
    b"{{",
    b"}",
    b"\0",
    b"any",
    b"\xff",
    b"|",
]


@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 40), st.sampled_from(SNIPPETS)), min_size=1, max_size=5
    )
)
def test_a_good_book_with_mistakes_is_a_book_or_faults(edits: list[tuple[int, int, bytes]]) -> None:
    data = GOOD
    for place, length, snippet in edits:
        data = data[:place] + snippet + data[place + length :]
    for fault in faults(data):
        assert fault.startswith("test.yaml:")


def test_a_book_is_a_value() -> None:
    data = (SHOP % ("order", "x", "price")).encode()
    assert parse(data, "a.yaml") == parse(data, "a.yaml")
    assert [rule.name for rule in book("- {name: a, when: anything, reply: b}").rules] == ["a"]
