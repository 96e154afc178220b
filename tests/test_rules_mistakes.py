"""The mistakes that authors of rules make most, each in a small book of its own, and what they are told."""

from __future__ import annotations

import pytest

from tests.rulebooks import faults

MISTAKES = {
    "a keyword without its kind": (
        """version: 1

rules:
  - name: refund
    when:
      keyword: refund
    reply: Which order is it?
""",
        'test.yaml:6:7: rule "refund": unknown key `keyword`; did you mean `any`?',
    ),
    "words alone under when": (
        """version: 1

rules:
  - name: refund
    when: refund
    reply: Which order is it?
""",
        'test.yaml:5:11: rule "refund": `when` is one text; write `{any: ["refund"]}`, or the bare word `anything`',
    ),
    "a typing error in a key": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    repyl: Which order is it?
""",
        'test.yaml:6:5: rule "refund": unknown key `repyl`; did you mean `reply`?',
    ),
    "no reply": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
""",
        'test.yaml:4:5: rule "refund": the rule has neither `reply` nor `then`; add what it says or does',
    ),
    "two rules of one name": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply: Which order is it?
  - name: refund
    when: {any: [money back]}
    reply: Which order is it?
""",
        'test.yaml:7:5: rule "refund": another rule has this name, in line 4; give each rule its own',
    ),
    "a key twice": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply: Which order is it?
    reply: Refunds are no problem.
""",
        "test.yaml:7:5: duplicate key `reply`, first in line 6; remove one of them",
    ),
    "a missing dash": (
        """version: 1

rules:
  name: refund
  when: {any: [refund]}
  reply: Which order is it?
""",
        "test.yaml:4:3: `rules` is a map; write a list: each rule begins with `- name: ...`",
    ),
    "dashes without spaces": (
        """version: 1

rules:
  - name: refund
    when:
      any:
        -refund
        -money back
    reply: Which order is it?
""",
        'test.yaml:7:9: rule "refund": "-refund -money back" was meant as a list; write a space after each dash',
    ),
    "a line that is indented too far": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
     reply: Which order is it?
""",
        "test.yaml:6:6: this line begins at a column that fits no line above; indent it exactly like its neighbours",
    ),
    "a tab": (
        """version: 1

rules:
  - name: refund
    when:
\t  any: [refund]
    reply: Which order is it?
""",
        "test.yaml:6:1: a tab stands where YAML wants spaces; indent with spaces",
    ),
    "a colon in a text": (
        """version: 1

rules:
  - name: hours
    when: {any: [open]}
    reply: Our hours: nine to five.
""",
        "test.yaml:6:21: a text with a colon and a space needs quotes; put the whole text in quotes",
    ),
    "curved quotes": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply: “One question: which order is it?”
""",
        "test.yaml:6:25: curved quotes are no quotes to YAML; put the whole text in straight ones, \" or '",
    ),
    "a star at the beginning": (
        """version: 1

rules:
  - name: thanks
    when: {any: [*star]}
    reply: Thank you!
""",
        "test.yaml:5:18: unknown alias `*star`; put a text that begins with a star in quotes",
    ),
    "an @ at the beginning": (
        """version: 1

rules:
  - name: contact
    when: {any: [instagram]}
    reply: @acme is our name there.
""",
        "test.yaml:6:12: a text cannot begin with `@`; put the whole text in quotes",
    ),
    "an apostrophe in single quotes": (
        """version: 1

rules:
  - name: human
    when: {any: [human]}
    reply: 'We'll be with you soon.'
""",
        "test.yaml:6:16: the text goes on after its closing quote; put the whole text in double quotes",
    ),
    "a number sign in a text": (
        """version: 1

rules:
  - name: tag
    when: {any: [instagram]}
    reply: We are #1 there.
""",
        "test.yaml:6:19: the text ends before ` #`, which begins a comment; "
        "put the whole text in quotes; or write a space after the # of a comment",
    ),
    "no space after the colon": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply:Which order is it?
""",
        "test.yaml:6:5: no space after `reply:`; write `reply: Which order is it?`",
    ),
    "an action on the line of then": (
        """version: 1

rules:
  - name: human
    when: {any: [human]}
    then: hand_off: 4h  # a colleague
""",
        "test.yaml:6:11: `hand_off:` stands on the line of `then:`; "
        "write `then: {hand_off: 4h}`, or put `hand_off: 4h` on the next line, indented",
    ),
    "a condition on the line of when": (
        """version: 1

rules:
  - name: refund
    when: any: [refund]
    reply: Which order is it?
""",
        "test.yaml:5:11: `any:` stands on the line of `when:`; "
        "write `when: {any: [refund]}`, or put `any: [refund]` on the next line, indented",
    ),
    "a list below a condition on the line of when": (
        """version: 1

rules:
  - name: refund
    when: any:
      - refund
    reply: Which order is it?
""",
        "test.yaml:5:11: `any:` stands on the line of `when:`; put `any:` on the next line, indented",
    ),
    "no space after the first colon of a rule": (
        """version: 1

rules:
  - name:refund
    when: {any: [refund]}
    reply: Which order is it?
""",
        "test.yaml:4:5: no space after `name:`; write `name: refund`",
    ),
    "no space after a colon in braces": (
        """version: 1

rules:
  - name: refund
    when: {any:[refund]}
    reply: Which order is it?
""",
        "test.yaml:5:12: no space after `any:`; write `any: ...`",
    ),
    "an exclamation mark at the beginning": (
        """version: 1

rules:
  - name: hello
    when: {any: [hello]}
    reply: !Hola!
""",
        "test.yaml:6:12: a text cannot begin with `!`; put the whole text in quotes",
    ),
    "non-breaking spaces before a key": (
        """version: 1

rules:
  - name: refund
\u00a0\u00a0\u00a0 when: {any: [refund]}
    reply: Which order is it?
""",
        "test.yaml:5:1: U+00A0, no-break space, stands where YAML wants spaces; replace it by ordinary spaces",
    ),
    "a bracket that is not closed": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund, money back}
    reply: Which order is it?
""",
        "test.yaml:5:36: the `[` of line 5, column 17 is not closed before this; "
        "close it with `]`; put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    "a placeholder that nothing fills": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply: Hello {name}, which order is it?
""",
        'test.yaml:6:12: rule "refund": unknown placeholder `{name}`; '
        "there are `{book}`, `{date}`, `{time}`, `{hours}`, `{next_open}`, and named groups of "
        "`pattern`; a brace itself is written twice",
    ),
    "a brace in a reply": (
        """version: 1

rules:
  - name: smile
    when: {any: [smile]}
    reply: Have a nice day :-}
""",
        'test.yaml:6:12: rule "smile": a brace in the reply has no partner; write `{{` or `}}` for the brace itself',
    ),
    "a duration without a unit": (
        """version: 1

rules:
  - name: menu
    when: {any: [menu]}
    once_per: 30
    reply: 1 orders, 2 refunds
""",
        'test.yaml:6:15: rule "menu": `30` is not a duration; '
        "write a number and s, m, h or d, such as `4h`; at most 365 days",
    ),
    "hours without minutes": (
        """version: 1
timezone: Europe/Paris
hours:
  shop: {mon-fri: 9-5}

rules:
  - name: closed
    when: {outside: shop}
    reply: We are closed.
""",
        'test.yaml:4:19: "9-5" is no span of time; write `09:00-17:00`, with hours and minutes from 00:00 to 24:00',
    ),
    "hours without a timezone": (
        """version: 1
hours:
  shop: {mon-fri: 09:00-17:00}

rules:
  - name: closed
    when: {outside: shop}
    reply: We are closed.
""",
        "test.yaml:3:3: `hours` needs `timezone`; add `timezone: Europe/Paris` at the top of the book",
    ),
    "a city for a timezone": (
        """version: 1
timezone: Paris

rules:
  - name: a
    when: anything
    reply: It is {time} here.
""",
        'test.yaml:2:11: unknown timezone "Paris"; did you mean `Europe/Paris`?',
    ),
    "a list of words that is not there": (
        """version: 1

rules:
  - name: refund
    when: {any: ['{refunds}']}
    reply: Which order is it?
""",
        'test.yaml:5:18: rule "refund": phrase "{refunds}": no list is called `refunds`; '
        "add `refunds` to `words` at the top of the book, above the lists that use it",
    ),
    "a hand-off without a duration": (
        """version: 1

rules:
  - name: human
    when: {any: [human]}
    reply: A colleague will answer.
    then: hand_off
""",
        'test.yaml:7:11: rule "human": `hand_off` needs a duration; write `{hand_off: 4h}`',
    ),
    "look-ahead in a pattern": (
        """version: 1

rules:
  - name: order
    when: {pattern: 'order(?!ed)'}
    reply: Which order is it?
""",
        'test.yaml:5:21: rule "order": `pattern` is not a regular expression: invalid perl operator: '
        "(?!; "
        "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it",
    ),
    "backslashes in double quotes": (
        """version: 1

rules:
  - name: order
    when: {pattern: "order \\d+"}
    reply: We look.
""",
        "test.yaml:5:28: a backslash in double quotes has a meaning of its own; "
        "use single quotes around a text with backslashes",
    ),
    "an example that a rule above takes": (
        """version: 1

rules:
  - name: refund
    when: {any: [refund]}
    reply: Which order is it?
  - name: policy
    when: {any: [refund policy]}
    reply: Within 30 days.
    examples: {matches: [what is your refund policy?]}
""",
        'test.yaml:10:26: rule "policy": this rule should answer "what is your refund policy?", but '
        'rule "refund" takes it by any: "refund"; '
        "change the phrases or the order of the rules, or move the example to `known_misses`",
    ),
    "a quote that is not closed, of a phrase": (
        """version: 1

rules:
  - name: refund
    when:
      any:
        - "refund
        - "money back"
    reply: Which order is it?
""",
        "test.yaml:7:11: the quote that begins here is "
        "not closed before line 8; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is not closed, of a reply": (
        """version: 1

rules:
  - name: hello
    when: {any: [hello]}
    reply: "Hello
  - name: refund
    when: {any: ["refund"]}
    reply: Which order is it?
""",
        "test.yaml:6:12: the quote that begins here is "
        "not closed before line 8; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is not closed, and whose text YAML would take": (
        """version: 1

rules:
  - name: hello
    when: {any: [hello]}
    reply: 'Hello
  - name: refund
    when: {any: [refund]}
    reply: We'll see. That is all of our customers'
""",
        "test.yaml:6:12: the quote that begins here is "
        "not closed before line 9; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is not closed, above a pattern": (
        """version: 1

rules:
  - name: hello
    when: {any: [hello]}
    reply: "Hello
  - name: order
    when: {pattern: '\\d+'}
    reply: "We look."
""",
        "test.yaml:6:12: the quote that begins here is "
        "not closed before line 8; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is not closed, in brackets": (
        """version: 1

rules:
  - name: refund
    when: {any: ["refund, money back]}
    reply: "Which order is it?"
""",
        "test.yaml:5:18: the quote that begins here is "
        "not closed before line 6; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is not closed, before another one": (
        """version: 1

rules:
  - name: refund
    when: {any: ["refund, "money back"]}
    reply: Which order is it?
""",
        "test.yaml:5:18: the quote that begins here is not closed; close it",
    ),
    "a quote that is not closed, of a list of words": (
        """version: 1
words:
  refund: ["refund, money back]
  order: ["order"]

rules: [{name: a, when: anything, reply: b}]
""",
        "test.yaml:3:12: the quote that begins here is "
        "not closed before line 4; close it where the text ends; a text of several lines stands indented below `|`",
    ),
    "a quote that is never closed": (
        """version: 1

rules:
  - name: hello
    when: {any: [hello]}
    reply: "Hello
  - name: refund
    when: {any: [refund]}
    reply: Which order is it?
""",
        "test.yaml:6:12: the quote that begins here is never closed; close it; inside single quotes write `''` for one",
    ),
    "a file that is not UTF-8": (
        """version: 1

rules:
  - name: café
    when: {any: [café]}
    reply: Bien sûr.
""".encode("latin-1"),
        "test.yaml:4:14: byte 0xe9 is not UTF-8; save the file as UTF-8",
    ),
}


@pytest.mark.parametrize(("data", "fault"), MISTAKES.values(), ids=MISTAKES)
def test_a_common_mistake_is_one_line_that_says_what_to_write(data: str | bytes, fault: str) -> None:
    assert faults(data) == [fault]


@pytest.mark.parametrize(
    "reply",
    [
        '"Hello\n    - one: two\n    - three"',  # deeper than the key: a text of several lines
        "'We open at nine\n\n    rules: none'",
        '"Hello\nWorld"',  # no deeper, and like no line of a book
        "'(one, two) - three'",
    ],
)
def test_a_text_in_quotes_may_have_several_lines(reply: str) -> None:
    assert faults(f"version: 1\nrules:\n- name: a\n  when: anything\n  reply: {reply}\n") == []
