"""What people write who do not know YAML, and what they are told: the line, the column, and what to write instead."""

from __future__ import annotations

import pytest

from tests.rulebooks import faults

BOOK = """version: 1
rules:
  - name: a
    when: {any: [price]}
    reply: Hello
  - name: b
    when: anything
    reply: Bye
"""

# What is written in the place of which part of the book, and the fault.
SLIPS = {
    "no colon after a key and a map": (
        "    when: {any: [price]}",
        "    when {any: [price]}",
        "test.yaml:4:5: no colon after `when`; write `when: {any: [price]}`",
    ),
    "no colon after a key and another key": (
        "    when: {any: [price]}",
        "    when any: [price]}",
        "test.yaml:4:5: no colon after `when`; write `when: {any: [price]}`",
    ),
    "no colon after a dash and a key": (
        "  - name: a",
        "  - name a",
        "test.yaml:3:5: no colon after `name`; write `name: a`",
    ),
    "no colon after a key and a text": (
        "    reply: Hello",
        "    reply Hello",
        "test.yaml:5:5: no colon after `reply`; write `reply: Hello`; "
        "if it is part of the text above, indent it deeper than its key, or put that in quotes",
    ),
    "no colon after a key alone": ("rules:", "rules", "test.yaml:2:1: no colon after `rules`; write `rules:`"),
    "no colon at the top": (
        "version: 1",
        "version 1",
        "test.yaml:1:1: no colon after `version`; write `version: 1`; "
        "if it is part of the text above, indent it deeper than its key, or put that in quotes",
    ),
    "no colon in braces": (
        "    when: {any: [price]}",
        "    when: {any [price]}",
        "test.yaml:4:12: no colon after `any`; write `any: [price]}`",
    ),
    "no comma between lists in braces": (
        "    when: {any: [price]}",
        "    when: {any: [price] none: [cost]}",
        "test.yaml:4:25: a comma is missing here; write `, none: [cost]}`",
    ),
    "no comma between texts in braces": (
        "    when: {any: [price]}",
        "    when: {any: price none: cost}",
        "test.yaml:4:23: no comma before `none:`; write `, none: cost}`",
    ),
    "no comma between maps in brackets": (
        "  - name: b",
        "    then: [{hand_off: 4h} {tag: x}]\n  - name: b",
        "test.yaml:6:27: a comma is missing here; write `, {tag: x}]`",
    ),
    "no comma between texts in quotes": (
        "    when: {any: [price]}",
        '    when: {any: ["price" "cost"]}',
        "test.yaml:4:26: the text goes on after its closing quote; put a comma between, or quote the whole text",
    ),
    "no space after a dash": ("  - name: a", "  -name: a", "test.yaml:3:3: no space after the dash; write `- name: a`"),
    "an equals sign for a colon": (
        "  - name: a",
        "  - name = a",
        "test.yaml:3:5: `=` stands after `name` in the place of a colon; write `name: a`",
    ),
    "an equals sign without spaces": (
        "    reply: Hello",
        "    reply=Hello",
        "test.yaml:5:5: `=` stands after `reply` in the place of a colon; write `reply: Hello`",
    ),
    "an arrow for a colon": (
        "    reply: Hello",
        "    reply -> Hello",
        "test.yaml:5:5: `->` stands after `reply` in the place of a colon; write `reply: Hello`",
    ),
    "a semicolon for a colon": (
        "  - name: a",
        "  - name; a",
        "test.yaml:3:5: `;` stands after `name` in the place of a colon; write `name: a`",
    ),
    "a full-width colon at the top": (
        "version: 1",
        "version：1",
        "test.yaml:1:8: `：` is a full-width sign, no YAML; write `version: 1`",
    ),
    "a full-width colon after a dash and a key": (
        "  - name: a",
        "  - name：a",
        "test.yaml:3:9: `：` is a full-width sign, no YAML; write `name: a`",
    ),
    "a full-width colon in braces": (
        "    when: {any: [price]}",
        "    when: {any：[price]}",
        "test.yaml:4:15: `：` is a full-width sign, no YAML; write `any: [price]}`",
    ),
    "full-width braces": (
        "    when: {any: [price]}",
        "    when: ｛any: [price]｝",
        "test.yaml:4:11: `｛` is a full-width sign, no YAML; write `{any: [price]}`",
    ),
    "full-width brackets around a list": (
        "    when: {any: [price]}",
        "    when: {any: ［price，cost］}",
        'test.yaml:4:17: rule "a": `any` is in `［］`, no brackets to YAML; write a list: `[price, cost]`',
    ),
    "full-width quotes": (
        "    reply: Hello",
        "    reply: ＂Hello: there＂",
        'test.yaml:5:12: `＂` is a full-width sign, no YAML; write `"Hello: there"`',
    ),
    "a full-width comma in braces": (
        "    when: {any: [price]}",
        "    when: {any: [price]，none: [cost]}",
        "test.yaml:4:24: `，` is no comma to YAML; write `,`",
    ),
    "a full-width dash": ("  - name: a", "  － name: a", "test.yaml:3:3: `－` is no dash; write `- name: a`"),
    "a bullet for a dash": ("  - name: a", "  • name: a", "test.yaml:3:3: `•` is no dash; write `- name: a`"),
    "a number for a dash": ("  - name: a", "  1. name: a", "test.yaml:3:3: `1.` is no dash; write `- name: a`"),
    "printed dashes in a list": (
        "    when: {any: [price]}",
        "    when: \n      any:\n        – price\n        – cost",
        'test.yaml:6:9: rule "a": `any` is a list with `–` for a dash; write a list: `[price, cost]`',
    ),
    "two slashes before a comment": (
        "    reply: Hello",
        "    // say hello\n    reply: Hello",
        "test.yaml:5:5: `//` begins no comment; write `# say hello`",
    ),
    "two dashes before a comment": (
        "    reply: Hello",
        "    -- say hello\n    reply: Hello",
        "test.yaml:5:5: `--` begins no comment; write `# say hello`",
    ),
    "a conflict of git": (
        "  - name: b",
        "<<<<<<< HEAD\n  - name: b\n=======\n  - name: c\n>>>>>>> x",
        "test.yaml:6:1: `<<<<<<<` is git's mark of a conflict; keep one of the two versions, and remove the marks",
    ),
    "a fence of Markdown": (
        "version: 1",
        "```yaml\nversion: 1",
        "test.yaml:1:1: three backticks are of Markdown; remove the line",
    ),
    "a comma at the end of a line": (
        "    when: {any: [price]}",
        '    "when": {any: [price]},',
        "test.yaml:4:27: a comma stands at the end of the line; remove it: a line ends without",
    ),
    "no line for the rules": (
        "rules:\n  - name: a\n    when: {any: [price]}\n    reply: Hello\n  - name: b\n    when: anything\n  "
        "  reply: Bye",
        "- name: a\n  when: {any: [price]}\n  reply: Hello",
        "test.yaml:2:1: a rule begins here, and the book has no `rules:`; write a line `rules:` above",
    ),
    "no line for the rules, which are indented": (
        "rules:\n  - name: a\n    when: {any: [price]}\n    reply: Hello\n  - name: b\n    when: anything\n  "
        "  reply: Bye",
        "  - name: a\n    when: {any: [price]}\n    reply: Hello",
        "test.yaml:2:3: a rule begins here, and the book has no `rules:`; write a line `rules:` above",
    ),
    "rules alone": (
        "version: 1\nrules:\n  - name: a\n    when: {any: [price]}\n    reply: Hello\n  - name: b\n    when: "
        "anything\n    reply: Bye",
        "- name: a\n  when: {any: [price]}\n  reply: Hello",
        "test.yaml:1:1: the book is a list; write `version: 1`, and `rules:` above the first `- name: ...`",
    ),
    "a dash before a key of a rule": (
        "    reply: Hello",
        "    - reply: Hello",
        "test.yaml:5:5: the dash before `reply:` begins a new item; begin `reply:` where the dash stands",
    ),
    "a bracket too many": (
        "    when: {any: [price]}",
        "    when: {any: [price]]}",
        "test.yaml:4:24: this `]` closes nothing; remove it, or write `[` where it should have been opened",
    ),
    "a brace too many": (
        "    when: {any: [price]}",
        "    when: {any: [price]}}",
        "test.yaml:4:25: this `}` closes nothing; remove it, or write `{` where it should have been opened",
    ),
    "a bracket that nothing opens": (
        "    when: {any: [price]}",
        "    when: {any: price, cost]}",
        "test.yaml:4:28: this `]` closes nothing; remove it, or write `[` where it should have been opened",
    ),
    "a brace that nothing opens": (
        "    when: {any: [price]}",
        "    when: any: [price]}",
        "test.yaml:4:11: `any:` stands on the line of `when:`; "
        "write `when: {any: [price]}`, or put `any: [price]` on the next line, indented",
    ),
    "brackets that nothing closes": (
        "    when: {any: [price]}",
        "    when: {any: [price",
        "test.yaml:5:5: the `[` of line 4, column 17 is not closed before this; close it with `]`; "
        "put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    "a list of words without quotes": (
        "    when: {any: [price]}",
        "    when: {any: [{refund}]}",
        "test.yaml:4:18: rule \"a\": `{refund}` is not in quotes; write `'{refund}'`",
    ),
    "a list of words without quotes in a line of a list": (
        "    when: {any: [price]}",
        "    when: \n      any:\n        - {refund}\n        - cost",
        "test.yaml:6:11: rule \"a\": `{refund}` is not in quotes; write `'{refund}'`",
    ),
    "a list of words and more without quotes": (
        "    when: {any: [price]}",
        "    when: {any: [{refund} back, cost]}",
        "test.yaml:4:27: a text with brackets needs quotes; put the whole text in quotes",
    ),
    "a list of words in a text without quotes": (
        "    when: {any: [price]}",
        "    when: {any: [my {refund}, cost]}",
        "test.yaml:4:21: a text with brackets needs quotes; put the whole text in quotes",
    ),
    "a list of words below its use": (
        "rules:\n  - name: a\n    when: {any: [price]}",
        'words:\n  a: ["{b}"]\n  b: [x]\nrules:\n  - name: a\n    when: {any: ["{a}"]}',
        "test.yaml:3:7: the list `b` stands below `a`, which uses it; move it above `a`",
    ),
    "actions with a comma": (
        "  - name: b",
        "    then: opt_out, tag: x\n  - name: b",
        "test.yaml:6:11: several actions are a list; write `then: [opt_out, {tag: x}]`",
    ),
    "an action with a blank in its name": (
        "  - name: b",
        "    then: hand off: 4h\n  - name: b",
        "test.yaml:6:11: `hand off:` stands on the line of `then:`; "
        "write `then: {hand_off: 4h}`, or put `hand_off: 4h` on the next line, indented",
    ),
    "a question mark at the beginning": (
        "    reply: Hello",
        "    reply: ? hello",
        "test.yaml:5:12: a text cannot begin with `?`; put the whole text in quotes",
    ),
    "a reply of several lines": (
        "  - name: b",
        "\n    Our hours: 9-5\n  - name: b",
        'test.yaml:7:5: rule "a": unknown key `Our hours`; '
        "a rule has `name`, `mode`, `only_for`, `when`, `once_per`, `reply`, `late_reply`, `then`, "
        "`examples`; text of several lines stands indented below `reply: |`",
    ),
    "examples as a list": (
        "  - name: b",
        "    examples: [how much is the price]\n  - name: b",
        'test.yaml:6:15: rule "a": `examples` is a list; '
        "write `{matches: [...], ignores: [...]}`, with messages of customers",
    ),
    "quotes around a key and its value": (
        "  - name: a",
        "  - 'name: a'",
        "test.yaml:3:5: the quotes stand around `name:`, too; write `name: 'a'`",
    ),
    "two keys on one line": (
        "  - name: a\n    when",
        "  - name: a, when",
        "test.yaml:3:14: `when:` stands on the line of `name:`; begin it on the next line, below `name:`",
    ),
    "a rule in braces that nothing closes": (
        "    reply: Hello\n  - name: b",
        "    reply: Hello\n  - {name: b\n  - name: c",
        "test.yaml:7:5: the `{` of line 6, column 5 is not closed before this; close it with `}`; "
        "put texts that have brackets, `#` or `: ` in them in quotes",
    ),
    "a list on the line of words": (
        "rules:",
        "words: refund: [a, b]\nrules:",
        "test.yaml:2:8: `refund:` stands on the line of `words:`; write `words: {refund: [a, b]}`, "
        "or put `refund: [a, b]` on the next line, indented",
    ),
    "an action without its colon": (
        "    reply: Hello",
        "    then: [hand_off 4h, opt_out]",
        'test.yaml:5:12: rule "a": no colon after `hand_off`; write `{hand_off: 4h}`',
    ),
    "an action without its dash": (
        "    reply: Hello",
        "    then:\n      hand_off: 4h\n      - opt_out",
        "test.yaml:7:7: an item of a list stands below `hand_off:`, where a key was expected; "
        "write `- hand_off: ...`, too",
    ),
    "an example below another": (
        "    reply: Hello",
        "    examples:\n      matches: price?\n      - cost",
        "test.yaml:7:7: an item of a list stands below `matches:`, where a key was expected; "
        "put all values in brackets: `matches: [..., ...]`",
    ),
}

TEXTS = {
    "a key of the book in the middle of a text": (
        "reply: Hello\n      from all of us\n      Our hours: 9-5",
        "test.yaml:7:16: `Our hours:` is indented deeper than the line above, which is complete; "
        "indent it like the key above; if it is part of the text above, put that in quotes",
    ),
    "dashes of a dialogue": ("reply: – Hello – how are you?", None),
    "a key of the book behind a printed dash": ("reply: '– any: price – name = a'", None),
    "a key of the book and a colon of print in a text": ("reply: name：a", None),
    "a line of three dashes": (
        "reply: Hello\n---",
        "test.yaml:6:1: a second document begins here; remove the line `---`",
    ),
}


@pytest.mark.parametrize(("part", "slip", "fault"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_where_it_is_and_with_what_to_write(part: str, slip: str, fault: str) -> None:
    assert BOOK.count(part) == 1
    assert faults(BOOK.replace(part, slip)) == [fault]


@pytest.mark.parametrize(("text", "fault"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_looks_like_a_slip_is_none(text: str, fault: str | None) -> None:
    assert faults(BOOK.replace("reply: Hello", text)) == ([] if fault is None else [fault])
