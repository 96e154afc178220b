"""Books with one fault each, and the fault. `BEYOND_SHAPE` are those that a schema takes for good."""

from __future__ import annotations

RULES = "rules: [{name: a, when: anything, reply: b}]"
RULE = "version: 1\nrules:\n- name: a\n  "
WHEN = RULE + "when: anything\n  "
AT = 'test.yaml:{}: rule "a": '


def top(lines: str) -> str:
    """A book with these lines above its rules."""
    return f"version: 1\n{lines}\n{RULES}"


def when(conditions: str) -> str:
    """A book of one rule with this `when`."""
    return f"{RULE}when: {conditions}\n  reply: b"


def shops(rule: str) -> str:
    """A book of one rule, `a`, with the hours of two shops."""
    days = "x: {mon: 09:00-17:00}, y: {tue: 09:00-17:00}"
    return f"version: 1\ntimezone: Europe/Paris\nhours: {{{days}}}\nrules:\n- name: a\n  {rule}"


def hours(days: str) -> str:
    """A book with hours of these days."""
    return top(f"timezone: Europe/Paris\nhours:\n  support: {days}")


BROKEN = {
    "unknown key of the book": (
        "version: 1\nskip_word: [a]\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:1: unknown key `skip_word`; did you mean `skip_words`?",
    ),
    "key without a likeness": (
        "version: 1\nxyzzy: [a]\nrules: [{name: a, when: anything, reply: b}]",
        (
            "test.yaml:2:1: unknown key `xyzzy`; "
            "the book has `version`, `name`, `language`, `timezone`, `burst`, `reply_limit`, `late_after`, "
            "`typos`, `skip_words`, `words`, `hours`, `window_closed`, `rules`"
        ),
    ),
    "no version": (
        "rules: [{name: a, when: anything, reply: b}]",
        "test.yaml:1:1: the book has no `version`; add `version: 1`",
    ),
    "another version": (
        "version: 2\nrules: [{name: a, when: anything, reply: b}]",
        ("test.yaml:1:10: this version of the language is not known; write `version: 1`"),
    ),
    "no rules": (
        "version: 1",
        "test.yaml:1:1: the book has no `rules`; add `rules: [{name: greeting, when: {any: [hello]}, reply: Hi!}]`",
    ),
    "an empty list of rules": ("version: 1\nrules: []", "test.yaml:2:8: the book has no rules; add one: `- name: ...`"),
    "rules as a map": (
        "version: 1\nrules: {a: b}",
        ("test.yaml:2:8: `rules` is a map; write a list: each rule begins with `- name: ...`"),
    ),
    "a list for a book": (
        "[version]",
        ("test.yaml:1:1: the book is a list; write `version: 1`, and `rules:` above the first `- name: ...`"),
    ),
    "typos neither on nor off": (
        "version: 1\ntypos: yes\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:8: `typos` is `yes`; write one of `on`, `off`",
    ),
    "a star in a skip word": (
        "version: 1\nskip_words: 'a*'\nrules: [{name: a, when: anything, reply: b}]",
        "test.yaml:2:13: a skip word has a star; write each form of the word",
    ),
    "a skip word without a word": (
        "version: 1\nskip_words: ['?']\nrules: [{name: a, when: anything, reply: b}]",
        ('test.yaml:2:14: phrase "?" has no word in it: punctuation is not compared; write a word, or use `pattern`'),
    ),
    "an empty name": (
        "version: 1\nname:\nrules: [{name: a, when: anything, reply: b}]",
        ("test.yaml:2:6: `name` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a text for a rule": (
        "version: 1\nrules: [a]",
        (
            "test.yaml:2:9: a rule is one text; "
            "write `name: ...` and below it, at the same column, `when: ...` and `reply: ...`"
        ),
    ),
    "a rule without a name": (
        "version: 1\nrules: [{when: anything, reply: b}]",
        "test.yaml:2:9: a rule has no `name`; add `name: ...`",
    ),
    "a rule with an empty name": (
        "version: 1\nrules: [{name: ' ', when: anything, reply: b}]",
        ("test.yaml:2:16: `name` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a rule without when": (RULE + "reply: b", AT.format("3:3") + "a rule has no `when`; add `when: {any: [refund]}`"),
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
    "an action without its colon": (
        WHEN + "then: hand_off 4h",
        AT.format("5:9") + "no colon after `hand_off`; write `{hand_off: 4h}`",
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
        AT.format("4:9") + ("`when` is empty; write at least one condition, or the bare word `anything`"),
    ),
    "nothing for when": (
        RULE + "when:\n  reply: b",
        AT.format("4:8") + "`when` is empty; write `{any: [...]}`, or the bare word `anything`",
    ),
    "a text for when": (
        RULE + "when: refund\n  reply: b",
        AT.format("4:9") + ('`when` is one text; write `{any: ["refund"]}`, or the bare word `anything`'),
    ),
    "a misspelt anything": (
        RULE + "when: anythng\n  reply: b",
        AT.format("4:9") + "`when` is one text; did you mean `anything`?",
    ),
    "a list for when": (
        RULE + "when: [a]\n  reply: b",
        AT.format("4:9") + ("`when` is a list; write a map such as `{any: [...]}`, or the bare word `anything`"),
    ),
    "an empty list of phrases": (
        RULE + "when: {any: []}\n  reply: b",
        AT.format("4:15") + "`any` is an empty list; write at least one text, or remove the key",
    ),
    "a phrase without a word": (
        RULE + "when: {any: [b, '?!']}\n  reply: b",
        AT.format("4:19")
        + ('phrase "?!" has no word in it: punctuation is not compared; write a word, or use `pattern`'),
    ),
    "a star alone": (
        RULE + "when: {any: '*'}\n  reply: b",
        AT.format("4:15")
        + ('phrase "*" has no word in it: punctuation is not compared; write a word, or use `pattern`'),
    ),
    "a star in a word": (
        RULE + "when: {any: 'a*b'}\n  reply: b",
        AT.format("4:15") + ('phrase "a*b": a star stands only at the end of a word; write `track*`, or use `pattern`'),
    ),
    "an empty phrase": (
        RULE + "when: {any: ['', b]}\n  reply: b",
        AT.format("4:16")
        + ("an item of `any` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a list among phrases": (
        RULE + "when: {any: [[b], c]}\n  reply: b",
        AT.format("4:16")
        + (
            "an item of `any` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "a list for a pattern": (
        RULE + "when: {pattern: [b]}\n  reply: b",
        AT.format("4:19") + "`pattern` is a list; write one regular expression, in single quotes",
    ),
    "the border of a word beside a letter that is none to RE2": (
        when(r"{pattern: '\b(?:order|заказ)\b'}"),
        AT.format("4:19")
        + r"to RE2 no word begins or ends at `з`: its `\b` knows the letters a to z alone; "
        + r"write the words under `any`, which finds whole words, or leave `\b` away",
    ),
    "a pattern with two groups of one name": (
        RULE + "when: {pattern: '(?P<x>a)(?P<x>b)'}\n  reply: b",
        AT.format("4:19") + "the group `x` is there more than once; name each group otherwise",
    ),
    "a pattern without end": (
        RULE + f"when: {{pattern: '{'a?' * 600}'}}\n  reply: b",
        AT.format("4:19") + ("`pattern` is longer than 1000 characters; use phrases: `any` takes as many as you like"),
    ),
    "an empty pattern": (
        RULE + "when: {pattern: ''}\n  reply: b",
        AT.format("4:19") + ("`pattern` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a pattern in slashes": (
        RULE + "when: {pattern: /order/i}\n  reply: b",
        AT.format("4:19") + "`pattern` is in slashes, as in JavaScript, and would look for them and for the `i`; "
        "write `order`: case does not count",
    ),
    "a pattern in slashes, with a flag that RE2 has": (
        RULE + "when: {pattern: '/a\\/b/gs'}\n  reply: b",
        AT.format("4:19") + "`pattern` is in slashes, as in JavaScript, and would look for them and for the `gs`; "
        "write `(?s)a/b`: case does not count",
    ),
    **{
        f"a pattern that repeats too much: {pattern}": (
            RULE + f"when: {{pattern: '{pattern}'}}\n  reply: b",
            AT.format("4:19") + "`pattern` repeats too much; write `*` or `+` instead, as in `.*`, or smaller numbers",
        )
        for pattern in (r"\pL{400}N", r"(x{0,100}yN){0,9}", "refund.{1000}order", "x{1001}", "(?:abcdefghij){900}")
    },
    "patterns that together repeat too much": (
        "version: 1\nrules:\n"
        + "\n".join(f"- {{name: n{n}, when: {{pattern: 'x{n}.{{0,500}}y'}}, reply: b}}" for n in range(9)),
        'test.yaml:7:30: rule "n4": the patterns of the book together repeat too much; '
        "write `*` or `+` instead, as in `.*`, or smaller numbers",
    ),
    "phrases in braces": (
        RULE + "when: {any: {refund, money back}}\n  reply: b",
        AT.format("4:15") + "`any` is in braces; write a list, in brackets: `[refund, money back]`",
    ),
    "phrases without brackets": (
        RULE + "when: {any: refund, money back, first_message: true}\n  reply: b",
        AT.format("4:15") + "`any` is a list without brackets; write `any: [refund, money back]`",
    ),
    "phrases without brackets, on several lines": (
        RULE + "when: {any: refund,\n    'money back',\n    cash}\n  reply: b",
        AT.format("4:15") + "`any` is a list without brackets; write `any: [refund, money back, cash]`",
    ),
    "phrases beside the brackets": (
        RULE + "when: {any: [refund, money back], cash}\n  reply: b",
        AT.format("4:15") + "`any` is a list without brackets; write `any: [refund, money back, cash]`",
    ),
    "examples without brackets": (
        WHEN + "reply: b\n  examples: {matches: x, y}",
        AT.format("6:23") + "`matches` is a list without brackets; write `matches: [x, y]`",
    ),
    "tags without brackets": (
        WHEN + "then: {tag: x, y}",
        AT.format("5:15") + "`tag` is a list without brackets; write `tag: [x, y]`",
    ),
    "a bare action in braces": (
        WHEN + "then: {tag: [x, y], opt_out}",
        AT.format("5:9")
        + "the bare word `opt_out` is in braces; write a list, in brackets: `[{tag: [x, y]}, opt_out]`",
    ),
    "a reply in braces that ends at its comma": (
        "version: 1\nrules:\n- {name: a, when: anything, reply: Hello, dear world}",
        AT.format("3:36")
        + "in braces the text of `reply` ends at its comma; put the whole text in quotes: 'Hello, dear world'",
    ),
    "skip words in braces": (
        top("skip_words: {please, hello}"),
        "test.yaml:2:13: `skip_words` is in braces; write a list, in brackets: `[please, hello]`",
    ),
    "a list of words without brackets": (
        top("words: {refund: refund, money back, hello: [hi]}"),
        "test.yaml:2:17: `refund` is a list without brackets; write `refund: [refund, money back]`",
    ),
    "spans without brackets": (
        hours("{mon-fri: 09:00-12:00, 13:00-18:00, sat: 10:00-12:00}"),
        "test.yaml:4:22: `mon-fri` is a list without brackets; write `mon-fri: ['09:00-12:00', '13:00-18:00']`",
    ),
    "spans of a date without brackets": (
        hours("{mon: 09:00-12:00, open: {2026-12-24: 09:00-10:00, 11:00-12:00}}"),
        "test.yaml:4:50: `2026-12-24` is a list without brackets; write `2026-12-24: ['09:00-10:00', '11:00-12:00']`",
    ),
    "a key with nothing on a line of its own": (
        RULE + "when:\n    any: refund\n    money back:\n  reply: b",
        AT.format("6:5")
        + "unknown key `money back`; `when` has `any`, `all`, `none`, `exact`, `starts`, `pattern`, `media`, "
        "`during`, `outside`, `first_message`, `tagged`, `not_tagged`, `from`, `either`, `not`",
    ),
    "a bad pattern": (
        RULE + "when: {pattern: '(b'}\n  reply: b",
        AT.format("4:19")
        + ("`pattern` is not a regular expression: missing ): (b; write RE2 syntax, in single quotes"),
    ),
    "look-around": (
        RULE + "when: {pattern: 'a(?!b)'}\n  reply: b",
        AT.format("4:19")
        + (
            "`pattern` is not a regular expression: invalid perl operator: (?!; "
            "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it"
        ),
    ),
    "a back-reference": (
        RULE + "when: {pattern: '(a)\\1'}\n  reply: b",
        AT.format("4:19")
        + (
            "`pattern` is not a regular expression: invalid escape sequence: \\1; "
            "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it"
        ),
    ),
    "a group with the name of a placeholder": (
        RULE + "when: {pattern: '(?P<date>a)'}\n  reply: b",
        AT.format("4:19") + ("the group `date` has the name of a placeholder of every reply; name it otherwise"),
    ),
    "an empty reply": (
        WHEN + "reply: ' '",
        AT.format("5:10") + ("`reply` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a map for a reply": (
        WHEN + "reply: {order}",
        AT.format("5:10") + "`{order}` is not in quotes; write `'{order}'`",
    ),
    "a reply that nobody would see": (
        WHEN + "reply: ' \u200b '",
        AT.format("5:10") + "`reply` is empty; write a text, in quotes if it begins with #, or remove the key",
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
        AT.format("5:10") + ("a brace in the reply has no partner; write `{{` or `}}` for the brace itself"),
    ),
    "an unknown placeholder": (
        WHEN + "reply: 'a {order}'",
        AT.format("5:10")
        + (
            "unknown placeholder `{order}`; "
            "there are `{book}`, `{date}`, `{time}`, `{hours}`, `{next_open}`, and named groups of "
            "`pattern`; a brace itself is written twice"
        ),
    ),
    "a misspelt placeholder": (
        RULE + "when: {pattern: '(?P<order>a)'}\n  reply: 'a {ordr}'",
        AT.format("5:10") + "unknown placeholder `{ordr}`; did you mean `{order}`?",
    ),
    "a placeholder unlike the groups": (
        RULE + "when: {pattern: '(?P<order>a)'}\n  reply: 'a {customer}'",
        AT.format("5:10")
        + (
            "unknown placeholder `{customer}`; "
            "there are `{order}`, `{book}`, `{date}`, `{time}`, `{hours}`, `{next_open}`, and named groups "
            "of `pattern`; a brace itself is written twice"
        ),
    ),
    "the name of a book without one": (
        WHEN + "reply: 'a {book}'",
        AT.format("5:10") + ("`{book}` needs the book's name; add `name: ...` at the top of the book"),
    ),
    "a bad duration": (
        WHEN + "then: {hand_off: 4 hours}",
        AT.format("5:20")
        + ("`4 hours` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "no time at all": (
        WHEN + "then: {hand_off: 0s}",
        AT.format("5:20") + ("`0s` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "too long a time": (
        WHEN + "then: {hand_off: 366d}",
        AT.format("5:20")
        + ("`366d` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
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
        AT.format("5:8")
        + ("an item of `then` is empty; write `opt_out`, `opt_in`, `hand_off`, `tag`, `untag`, `notify`"),
    ),
    "an empty action": (
        WHEN + "then: [{}]",
        AT.format("5:10")
        + ("an item of `then` is empty; write `opt_out`, `opt_in`, `hand_off`, `tag`, `untag`, `notify`"),
    ),
    "an empty list of actions": (
        WHEN + "then: []",
        AT.format("5:9") + "`then` is an empty list; write an action, or remove the key",
    ),
    "a list among actions": (
        WHEN + "then: [[opt_out]]",
        AT.format("5:10")
        + ("`then` is a list; write a map with `opt_out`, `opt_in`, `hand_off`, `tag`, `untag`, `notify`"),
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
        AT.format("6:13")
        + ("`examples` is a list; write `{matches: [...], ignores: [...]}`, with messages of customers"),
    ),
    "a duplicate key": (
        WHEN + "reply: b\n  reply: c",
        ("test.yaml:6:3: duplicate key `reply`, first in line 5; remove one of them"),
    ),
    "a list for a name": (
        top("name: [a]"),
        (
            "test.yaml:2:7: `name` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "a map where the version stands": (
        "version: {a: b}\n" + RULES,
        ("test.yaml:1:10: this version of the language is not known; write `version: 1`"),
    ),
    "an unknown language": (
        top("language: xx"),
        ('test.yaml:2:11: unknown language "xx"; write one of `en`, `fr`, `es`, `pt`, `de`, `hi`, `ar`'),
    ),
    "a list for a language": (
        top("language: [en]"),
        (
            "test.yaml:2:11: `language` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "an unknown zone": (
        top("timezone: Europe/Pari"),
        ('test.yaml:2:11: unknown timezone "Europe/Pari"; did you mean `Europe/Paris`?'),
    ),
    "a zone that is nothing like one": (
        top("timezone: Mars/Base"),
        (
            'test.yaml:2:11: unknown timezone "Mars/Base"; '
            "write the zone of your city, such as `Europe/Paris` or `Asia/Kolkata`"
        ),
    ),
    "the abbreviation of a zone": (
        top("timezone: CET"),
        ('test.yaml:2:11: unknown timezone "CET"; write the zone of a city, such as `Europe/Paris`'),
    ),
    "a burst that is neither a map nor off": (
        top("burst: on"),
        ("test.yaml:2:8: `burst` is `on`; write `{quiet: 2s, at_most: 8s}`, or `off`"),
    ),
    "a list for a burst": (top("burst: [2s]"), "test.yaml:2:8: `burst` is a list; write a map with `quiet`, `at_most`"),
    "half a burst": (top("burst: {quiet: 2s}"), "test.yaml:2:8: `burst` has no `at_most`; add `at_most: 8s`"),
    "an unknown key of a burst": (
        top("burst: {quiet: 2s, max: 8s}"),
        "test.yaml:2:20: unknown key `max`; did you mean `at_most`?",
    ),
    "a burst that ends before it is quiet": (
        top("burst: {quiet: 8s, at_most: 2s}"),
        ("test.yaml:2:8: `at_most` is shorter than `quiet`, or longer than 5m; write `{quiet: 2s, at_most: 8s}`"),
    ),
    "a burst without end": (
        top("burst: {quiet: 2s, at_most: 6m}"),
        ("test.yaml:2:8: `at_most` is shorter than `quiet`, or longer than 5m; write `{quiet: 2s, at_most: 8s}`"),
    ),
    "a burst without units": (
        top("burst: {quiet: 2, at_most: 8s}"),
        ("test.yaml:2:16: `2` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "a reply limit without a time": (
        top("reply_limit: {replies: 5}"),
        "test.yaml:2:14: `reply_limit` has no `per`; add `per: 10m`",
    ),
    "a number for a reply limit": (
        top("reply_limit: 5"),
        ("test.yaml:2:14: `reply_limit` is one text; write a map with `replies`, `per`"),
    ),
    "a reply limit that is no number": (
        top("reply_limit: {replies: five, per: 10m}"),
        ("test.yaml:2:24: `five` is not a number of replies; write a number such as 5"),
    ),
    "a reply limit of none": (
        top("reply_limit: {replies: 0, per: 10m}"),
        "test.yaml:2:24: `0` replies cannot be a limit; write 1 to 1,000",
    ),
    "a reply limit of too many": (
        top("reply_limit: {replies: 1001, per: 10m}"),
        "test.yaml:2:24: `1001` replies cannot be a limit; write 1 to 1,000",
    ),
    "a list for the number of a reply limit": (
        top("reply_limit: {replies: [5], per: 10m}"),
        (
            "test.yaml:2:24: `replies` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "a reply limit without a unit": (
        top("reply_limit: {replies: 5, per: 10}"),
        ("test.yaml:2:32: `10` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "late_after without a unit": (
        top("late_after: 15"),
        ("test.yaml:2:13: `15` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "a list for late_after": (
        top("late_after: [15m]"),
        "test.yaml:2:13: `late_after` is a list; write a duration such as `4h`",
    ),
    "a list for words": (
        top("words: [refund]"),
        ("test.yaml:2:8: `words` is a list; write a map of lists, such as `refund: [refund, money back]`"),
    ),
    "a list of words without a name": (
        top("words: {'': [refund]}"),
        'test.yaml:2:9: "" cannot name a list; write a word without braces',
    ),
    "a list of words with a brace in its name": (
        top("words: {'{refund}': [refund]}"),
        ('test.yaml:2:9: "{refund}" cannot name a list; write a word without braces'),
    ),
    "an empty list of words": (
        top("words: {refund: []}"),
        ("test.yaml:2:17: the list `refund` is an empty list; write at least one text, or remove the key"),
    ),
    "a map for a list of words": (
        top("words: {refund: {a: b}}"),
        (
            "test.yaml:2:17: the list `refund` is a map; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "a list of words with a phrase without a word": (
        top("words: {refund: [refund, '?']}"),
        ('test.yaml:2:26: phrase "?" has no word in it: punctuation is not compared; write a word, or use `pattern`'),
    ),
    "a list that names itself": (
        top("words: {refund: ['{refund} please']}"),
        ("test.yaml:2:18: the list `refund` uses itself; leave `{refund}` away"),
    ),
    "a list that names one below it": (
        top("words: {a: ['{b}'], b: [c]}"),
        ("test.yaml:2:13: the list `b` stands below `a`, which uses it; move it above `a`"),
    ),
    "lists in lists in lists": (
        top("words: {a: [" + "x, " * 999 + "x], b: [" + "'{a}', " * 200 + "x]}"),
        ("test.yaml:2:4411: `words` has more than 200,000 phrases; put fewer lists in lists"),
    ),
    "an empty window_closed": (
        top("window_closed: {}"),
        ("test.yaml:2:16: `window_closed` has no `template`; add `template: {id: template_01k8}`"),
    ),
    "a text for window_closed": (
        top("window_closed: template_1"),
        ("test.yaml:2:16: `window_closed` is one text; write a map with `template`"),
    ),
    "an unknown key of window_closed": (
        top("window_closed: {template: {id: t}, text: Hello}"),
        "test.yaml:2:36: unknown key `text`; `window_closed` has `template`",
    ),
    "a text for a template": (
        top("window_closed: {template: t}"),
        ("test.yaml:2:27: `template` is one text; write a map with `id`, `variables`"),
    ),
    "a template without an id": (
        top("window_closed: {template: {variables: {a: b}}}"),
        "test.yaml:2:27: `template` has no `id`; add `id: ...`",
    ),
    "an unknown key of a template": (
        top("window_closed: {template: {id: t, language: en}}"),
        ("test.yaml:2:35: unknown key `language`; it belongs at the top of the book"),
    ),
    "an empty id of a template": (
        top("window_closed: {template: {id: ' '}}"),
        ("test.yaml:2:32: `id` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a list for the variables of a template": (
        top("window_closed: {template: {id: t, variables: [a]}}"),
        ("test.yaml:2:46: `variables` is a list; write a map of texts, such as `{shop: Acme}`"),
    ),
    "a list for a variable of a template": (
        top("window_closed: {template: {id: t, variables: {a: [b]}}}"),
        (
            "test.yaml:2:50: the variable `a` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "an empty variable of a template": (
        top("window_closed: {template: {id: t, variables: {a: ''}}}"),
        ("test.yaml:2:50: the variable `a` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a key of a rule at the top": (top("once_per: 5m"), "test.yaml:2:1: unknown key `once_per`; it belongs in a rule"),
    "a merge key": (
        WHEN + "reply: b\n  <<: {mode: live}",
        AT.format("6:3") + "unknown key `<<`; write its keys here: maps are not merged",
    ),
    "typos with a capital": (top("typos: On"), "test.yaml:2:8: `typos` is `On`; did you mean `on`?"),
    "a skip word with a list": (
        top("words: {a: [b]}\nskip_words: ['{a}']"),
        (
            'test.yaml:3:14: phrase "{a}": no list is called `a`; '
            "add `a` to `words` at the top of the book, above the lists that use it"
        ),
    ),
    "hours without a zone": (
        top("hours: {support: {mon: 09:00-17:00}}"),
        ("test.yaml:2:8: `hours` needs `timezone`; add `timezone: Europe/Paris` at the top of the book"),
    ),
    "a text for hours": (
        top("timezone: Europe/Paris\nhours: 09:00-17:00"),
        ("test.yaml:3:8: `hours` is one text; write a name and under it its days: `support: {mon-fri: 09:00-17:00}`"),
    ),
    "no hours at all": (
        top("timezone: Europe/Paris\nhours: {}"),
        ("test.yaml:3:8: `hours` is empty; write `support: {mon-fri: 09:00-17:00}`, or remove the key"),
    ),
    "hours without a name": (
        top("timezone: Europe/Paris\nhours: {mon-fri: 09:00-17:00}"),
        ("test.yaml:3:9: `mon-fri` has no name above it; write `support: {mon-fri: ...}`"),
    ),
    "hours with a name of two words": (
        top("timezone: Europe/Paris\nhours: {our shop: {mon: 09:00-17:00}}"),
        ('test.yaml:3:9: "our shop" is no name for hours; write one word, such as `support`'),
    ),
    "a list for named hours": (
        hours("[09:00-17:00]"),
        ("test.yaml:4:12: `support` is a list; write a map of days, such as `mon-fri: 09:00-17:00`"),
    ),
    "hours that are never open": (
        hours("{mon: closed}"),
        ("test.yaml:4:3: `support` is never open; add a day, such as `mon-fri: 09:00-17:00`"),
    ),
    "an unknown day": (hours("{mun: 09:00-17:00}"), "test.yaml:4:13: unknown day `mun`; did you mean `sun`?"),
    "a day that is nothing like one": (
        hours("{xyzzy: 09:00-17:00}"),
        (
            "test.yaml:4:13: unknown day `xyzzy`; "
            "write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, a range such as `mon-fri`, `closed` or "
            "`open`"
        ),
    ),
    "a synonym of days": (
        hours("{weekdays: 09:00-17:00}"),
        "test.yaml:4:13: unknown day `weekdays`; did you mean `mon-fri`?",
    ),
    "a synonym of closed": (
        hours("{mon: 09:00-17:00, holidays: [2026-12-25]}"),
        "test.yaml:4:31: unknown day `holidays`; did you mean `closed`?",
    ),
    "a date for a weekday": (
        hours("{2026-12-24: 09:00-17:00}"),
        ("test.yaml:4:13: the date `2026-12-24` is no weekday; write it under `closed` or `open`"),
    ),
    "a day twice": (
        hours("{mon-fri: 09:00-17:00, fri: 09:00-12:00}"),
        ("test.yaml:4:35: fri is given twice, first in line 4; remove one of them"),
    ),
    "a date twice": (
        hours("{mon: 09:00-17:00, closed: [2026-12-25, 2026-12-25]}"),
        ("test.yaml:4:52: 2026-12-25 is given twice, first in line 4; remove one of them"),
    ),
    "hours without minutes": (
        hours("{mon: 9-5}"),
        ('test.yaml:4:18: "9-5" is no span of time; write `09:00-17:00`, with hours and minutes from 00:00 to 24:00'),
    ),
    "open all day": (
        hours("{mon: 24/7}"),
        ('test.yaml:4:18: "24/7" is no span of time; write `00:00-24:00` for the whole day'),
    ),
    "two spans in one text": (
        hours('{mon: "09:00-12:00, 13:00-17:00"}'),
        (
            'test.yaml:4:18: "09:00-12:00, 13:00-17:00" is no span of time; '
            'write a list: `["09:00-12:30", "13:30-18:00"]`'
        ),
    ),
    "a time that does not exist": (
        hours("{mon: 09:60-17:00}"),
        ("test.yaml:4:18: `09:60` is no time of day; write a time from `00:00` to `24:00`"),
    ),
    "a span that begins at the end of the day": (
        hours("{mon: 24:00-09:00}"),
        ("test.yaml:4:18: nothing begins at `24:00`; write `00:00`, under the next day"),
    ),
    "a span without length": (
        hours("{mon: 09:00-09:00}"),
        ('test.yaml:4:18: "09:00-09:00" has no length; write `00:00-24:00` for the whole day'),
    ),
    "spans that overlap": (
        hours("{mon: [09:00-12:00, 11:00-17:00]}"),
        ('test.yaml:4:32: "11:00-17:00" overlaps "09:00-12:00"; let one begin where the other ends'),
    ),
    "a night that overlaps the morning": (
        hours("{mon: 20:00-03:00, tue: 02:00-04:00}"),
        (
            'test.yaml:4:36: "02:00-04:00" overlaps "20:00-03:00" of the night before; '
            "let one begin where the other ends"
        ),
    ),
    "a date that is no date": (
        hours("{mon: 09:00-17:00, closed: [25.12.2026]}"),
        'test.yaml:4:40: "25.12.2026" is no date; write it as `2026-12-25`',
    ),
    "a weekday for a date": (
        hours("{mon: 09:00-17:00, closed: sunday}"),
        ('test.yaml:4:39: "sunday" is no date; leave it out: a weekday without spans is closed'),
    ),
    "a date that the calendar lacks": (
        hours("{mon: 09:00-17:00, closed: 2026-02-30}"),
        ("test.yaml:4:39: the calendar has no `2026-02-30`; check the month and the day"),
    ),
    "a range of dates backwards": (
        hours("{mon: 09:00-17:00, closed: 2026-12-26..2026-12-24}"),
        (
            'test.yaml:4:39: "2026-12-26..2026-12-24" ends before it begins; '
            "write a range of 1 to 366 days, the first day first"
        ),
    ),
    "a range of dates of years": (
        hours("{mon: 09:00-17:00, closed: 2026-12-24..2028-12-24}"),
        ('test.yaml:4:39: "2026-12-24..2028-12-24" is too long; write a range of 1 to 366 days, the first day first'),
    ),
    "open without dates": (
        hours("{mon: 09:00-17:00, open: 09:00-12:00}"),
        ("test.yaml:4:37: `open` has no dates with spans; write each date with its spans: `{2026-12-24: 09:00-12:00}`"),
    ),
    "a list for a rule's name": (
        "version: 1\nrules: [{name: [a], when: anything, reply: b}]",
        (
            "test.yaml:2:16: `name` is a list; "
            "write one text, in quotes if it has a colon or begins with a bracket or a brace"
        ),
    ),
    "a misspelt mode": (
        WHEN + "reply: b\n  mode: shaddow",
        AT.format("6:9") + "`mode` is `shaddow`; did you mean `shadow`?",
    ),
    "an unknown mode": (
        WHEN + "reply: b\n  mode: testing",
        AT.format("6:9") + "`mode` is `testing`; write one of `live`, `shadow`, `off`",
    ),
    "a list for a mode": (
        WHEN + "reply: b\n  mode: [off]",
        AT.format("6:9") + "`mode` is a list; write one of `live`, `shadow`, `off`",
    ),
    "an empty mode": (
        WHEN + "reply: b\n  mode:",
        AT.format("6:8") + "`mode` is empty; write one of `live`, `shadow`, `off`",
    ),
    "nobody to be live for": (
        WHEN + "reply: b\n  only_for: []",
        AT.format("6:13") + ("`only_for` is an empty list; write at least one text, or remove the key"),
    ),
    "a map to be live for": (
        WHEN + "reply: b\n  only_for: {a: b}",
        AT.format("6:13")
        + ("`only_for` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "somebody to be off for": (
        WHEN + "reply: b\n  mode: off\n  only_for: '+33612345678'",
        AT.format("7:13") + "`only_for` in a rule that is off; remove it, or write `mode: shadow`",
    ),
    "once_per without a unit": (
        WHEN + "reply: b\n  once_per: 10",
        AT.format("6:13") + ("`10` is not a duration; write a number and s, m, h or d, such as `4h`; at most 365 days"),
    ),
    "a list for once_per": (
        WHEN + "reply: b\n  once_per: [10m]",
        AT.format("6:13") + "`once_per` is a list; write a duration such as `4h`",
    ),
    "a synonym of once_per": (
        WHEN + "reply: b\n  cooldown: 10m",
        AT.format("6:3") + "unknown key `cooldown`; did you mean `once_per`?",
    ),
    "a late reply where nothing is late": (
        WHEN + "reply: b\n  late_reply: c",
        AT.format("6:15") + ("`late_reply` needs `late_after`; add `late_after: 15m` at the top of the book"),
    ),
    "a late reply alone": (
        "version: 1\nlate_after: 15m\nrules:\n- name: a\n  when: anything\n  then: opt_out\n  late_reply: c",
        AT.format("7:15") + ("`late_reply` without `reply`; add what is said when the answer is not late"),
    ),
    "an empty late reply": (
        "version: 1\nlate_after: 15m\nrules:\n- name: a\n  when: anything\n  reply: b\n  late_reply: []",
        AT.format("7:15") + ("`late_reply` is an empty list; write at least one text, or remove the key"),
    ),
    "a brace in a late reply": (
        "version: 1\nlate_after: 15m\nrules:\n- name: a\n  when: anything\n  reply: b\n  late_reply: '{'",
        AT.format("7:15") + ("a brace in the reply has no partner; write `{{` or `}}` for the brace itself"),
    ),
    "an empty example": (
        WHEN + "reply: b\n  examples: {matches: ['']}",
        AT.format("6:24") + ("`matches` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "no examples in a list": (
        WHEN + "reply: b\n  examples: {ignores: []}",
        AT.format("6:23") + ("`ignores` is an empty list; write at least one text, or remove the key"),
    ),
    "an unknown list": (
        when("{any: '{refund}'}"),
        AT.format("4:15")
        + (
            'phrase "{refund}": no list is called `refund`; '
            "add `refund` to `words` at the top of the book, above the lists that use it"
        ),
    ),
    "a misspelt list": (
        "version: 1\nwords: {refund: [refund]}\nrules: [{name: a, when: {any: '{refnd}'}, reply: b}]",
        AT.format("3:31") + 'phrase "{refnd}": no list is called `refnd`; did you mean `{refund}`?',
    ),
    "a brace in a phrase": (
        when("{any: 'a } b'}"),
        AT.format("4:15") + ('phrase "a } b": a brace has no partner; write `{name}`, or leave it away'),
    ),
    "a brace that is not closed in a phrase": (
        when("{any: '{refund'}"),
        AT.format("4:15") + ('phrase "{refund": a brace has no partner; write `{name}`, or leave it away'),
    ),
    "a phrase of too many phrases": (
        "version: 1\nwords: {x: [" + "a, " * 31 + "a]}\nrules: [{name: a, when: {any: '{x} {x}'}, reply: b}]",
        AT.format("3:31") + ('phrase "{x} {x}" stands for more than 1,000 phrases; use fewer lists in it'),
    ),
    "a phrase longer than a message": (
        when("{any: " + "x" * 4097 + "}"),
        AT.format("4:15")
        + (
            'phrase "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is longer than 4096 '
            "characters; "
            "make it shorter: no message is as long"
        ),
    ),
    "a phrase longer than a message by its lists": (
        "version: 1\nwords: {x: [" + "a" * 4000 + "]}\nrules: [{name: a, when: {any: '{x} {x}'}, reply: b}]",
        AT.format("3:31") + ('phrase "{x} {x}" is longer than 4096 characters; make it shorter: no message is as long'),
    ),
    "a rule of too many phrases": (
        "version: 1\nwords: {x: ["
        + "a, " * 999
        + "a]}\nrules: [{name: a, when: {any: ["
        + "'{x}', " * 200
        + "b]}, reply: b}]",
        "test.yaml:3:1432: the rules have more than 200,000 phrases; use fewer lists in them, or split the book",
    ),
    "rules of too many phrases": (
        "version: 1\nwords: {x: ["
        + "a, " * 999
        + "a]}\nrules:"
        + "".join(f"\n- {{name: r{n}, when: {{any: [" + "'{x}', " * 101 + "b]}, reply: b}" for n in range(2)),
        "test.yaml:5:713: the rules have more than 200,000 phrases; use fewer lists in them, or split the book",
    ),
    "unknown hours": (
        when("{during: support}"),
        AT.format("4:18") + ("no hours are called `support`; add `support` to `hours` at the top of the book"),
    ),
    "unknown hours where there are others": (
        shops("when: {outside: support}\n  reply: b"),
        AT.format("6:19") + "no hours are called `support`; there are `x`, `y`",
    ),
    "misspelt hours": (
        "version: 1\ntimezone: Europe/Paris\nhours: {support: {mon: 09:00-17:00}}\n"
        + RULES.replace("anything", "{outside: suport}"),
        AT.format("4:35") + "no hours are called `suport`; did you mean `support`?",
    ),
    "a list of hours": (
        when("{during: [support]}"),
        AT.format("4:18") + "`during` is a list; write `during: support`",
    ),
    "an empty name of hours": (
        when("{outside: ''}"),
        AT.format("4:19") + ("`outside` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a synonym of outside": (
        when("{closed: support}"),
        AT.format("4:10") + "unknown key `closed`; did you mean `outside`?",
    ),
    "first_message neither true nor false": (
        when("{first_message: yes}"),
        AT.format("4:25") + "`first_message` is `yes`; write one of `true`, `false`",
    ),
    "a list for first_message": (
        when("{first_message: [true]}"),
        AT.format("4:25") + "`first_message` is a list; write one of `true`, `false`",
    ),
    "no tags": (
        when("{tagged: []}"),
        AT.format("4:18") + "`tagged` is an empty list; write at least one text, or remove the key",
    ),
    "a map for tags": (
        when("{not_tagged: {a: b}}"),
        AT.format("4:22")
        + ("`not_tagged` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "an empty tag": (
        when("{tagged: ['', b]}"),
        AT.format("4:19")
        + ("an item of `tagged` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "a synonym of tagged": (when("{label: vip}"), AT.format("4:10") + "unknown key `label`; did you mean `tagged`?"),
    "a number without its plus": (
        when("{from: '33'}"),
        AT.format("4:16")
        + (
            "`33` is not the beginning of an international number; write a plus and digits, such as +33 or +33612345678"
        ),
    ),
    "a name for a number": (
        when("{from: [France]}"),
        AT.format("4:17")
        + (
            "`France` is not the beginning of an international number; "
            "write a plus and digits, such as +33 or +33612345678"
        ),
    ),
    "a map for numbers": (
        when("{from: {a: b}}"),
        AT.format("4:16")
        + ("`from` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "a kind of media that is none": (
        when("{media: xyzzy}"),
        AT.format("4:17") + "`xyzzy` is no kind of media; "
        "there are `image`, `video`, `audio`, `document`, `sticker`, `location`, `contacts`",
    ),
    "a misspelt kind of media": (
        when("{media: [image, adio]}"),
        AT.format("4:25") + "`adio` is no kind of media; did you mean `audio`?",
    ),
    "a synonym of a kind of media": (
        when("{media: Voice}"),
        AT.format("4:17") + "`Voice` is no kind of media; did you mean `audio`?",
    ),
    "several of a kind of media": (
        when("{media: [pictures, video]}"),
        AT.format("4:18") + "`pictures` is no kind of media; did you mean `image`?",
    ),
    "any in a list of media": (
        when("{media: [image, any]}"),
        AT.format("4:17") + "`any` is in a list; write `media: any`, or the kinds alone",
    ),
    "no media": (
        when("{media: []}"),
        AT.format("4:17") + "`media` is an empty list; write at least one text, or remove the key",
    ),
    "a map for media": (
        when("{media: {kind: image}}"),
        AT.format("4:17")
        + ("`media` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "media with a comma": (
        when("{media: 'image, video'}"),
        AT.format("4:17") + "`media` is one text with a comma; write a list: `[image, video]`",
    ),
    "media without brackets": (
        when("{media: image, video}"),
        AT.format("4:17") + "`media` is a list without brackets; write `media: [image, video]`",
    ),
    "a kind of media for a key": (
        when("{photo: any}"),
        AT.format("4:10") + "unknown key `photo`; did you mean `media`?",
    ),
    "a text for a key": (when("{text: refund}"), AT.format("4:10") + "unknown key `text`; did you mean `any`?"),
    "a kind of media that is none, in an example": (
        WHEN + "reply: b\n  examples: {known_misses: [x, {media: pdf}]}",
        AT.format("6:40") + "`pdf` is no kind of media; did you mean `document`?",
    ),
    "any media in an example": (
        WHEN + "reply: b\n  examples: {known_misses: {media: any}}",
        AT.format("6:36") + "`any` is no kind of media; "
        "there are `image`, `video`, `audio`, `document`, `sticker`, `location`, `contacts`",
    ),
    "an unknown key of an example": (
        WHEN + "reply: b\n  examples: {known_misses: {media: image, caption: x}}",
        AT.format("6:43") + "unknown key `caption`; did you mean `text`?",
    ),
    "an example with two media": (
        WHEN + "reply: b\n  examples: {known_misses: {media: [image, video]}}",
        AT.format("6:36")
        + ("`media` is a list; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "an example with media and an empty text": (
        WHEN + "reply: b\n  examples: {known_misses: {media: image, text: ''}}",
        AT.format("6:49") + ("`text` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "an example with media whose text ends at its comma": (
        WHEN + "reply: b\n  examples: {known_misses: {media: image, text: look, this}}",
        AT.format("6:49")
        + "in braces the text of `text` ends at its comma; put the whole text in quotes: 'look, this'",
    ),
    "a text with a colon for an example": (
        WHEN + "reply: b\n  examples: {known_misses: [text: look]}",
        AT.format("6:29")
        + ("`known_misses` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "a map for either": (
        when("{either: {any: a, exact: b}}"),
        AT.format("4:18")
        + ("`either` is a map; write a list of alternatives: `either: [{any: [...]}, {pattern: ...}]`"),
    ),
    "a text for either": (
        when("{either: anything}"),
        AT.format("4:18")
        + ("`either` is one text; write a list of alternatives: `either: [{any: [...]}, {pattern: ...}]`"),
    ),
    "one alternative": (
        when("{either: [{any: a}]}"),
        AT.format("4:18") + ("`either` has fewer than two alternatives; add one, or write it without"),
    ),
    "an unknown key in an alternative": (
        when("{either: [{any: a}, {keyword: b}]}"),
        AT.format("4:30") + "unknown key `keyword`; did you mean `any`?",
    ),
    "a text for an alternative": (
        when("{either: [{any: a}, refund]}"),
        AT.format("4:29")
        + ('an alternative of `either` is one text; write `{any: ["refund"]}`, or the bare word `anything`'),
    ),
    "an empty alternative": (
        when("{either: [{any: a}, {}]}"),
        AT.format("4:29")
        + ("an alternative of `either` is empty; write at least one condition, or the bare word `anything`"),
    ),
    "a phrase without a word in an alternative": (
        when("{either: [{any: a}, {any: '?'}]}"),
        AT.format("4:35")
        + ('phrase "?" has no word in it: punctuation is not compared; write a word, or use `pattern`'),
    ),
    "a list inside not": (
        when("{not: [a]}"),
        AT.format("4:15") + ("`not` is a list; write a map such as `{any: [...]}`, or the bare word `anything`"),
    ),
    "an empty not": (
        when("{not: {}}"),
        AT.format("4:15") + ("`not` is empty; write at least one condition, or the bare word `anything`"),
    ),
    "a text inside not": (
        when("{not: refund}"),
        AT.format("4:15") + ('`not` is one text; write `{any: ["refund"]}`, or the bare word `anything`'),
    ),
    "an unknown key inside not": (
        when("{not: {either: [{any: a}, {regex: b}]}}"),
        AT.format("4:36") + "unknown key `regex`; did you mean `pattern`?",
    ),
    "unknown hours inside not": (
        when("{not: {during: support}}"),
        AT.format("4:24") + ("no hours are called `support`; add `support` to `hours` at the top of the book"),
    ),
    "a group inside not": (
        RULE + "when: {not: {pattern: '(?P<x>a)'}}\n  reply: 'a {x}'",
        AT.format("5:10")
        + (
            "unknown placeholder `{x}`; "
            "there are `{book}`, `{date}`, `{time}`, `{hours}`, `{next_open}`, and named groups of "
            "`pattern`; a brace itself is written twice"
        ),
    ),
    "a map for phrases": (
        when("{any: {a: b}}"),
        AT.format("4:15")
        + ("`any` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "a rule's key inside when": (
        when("{any: a, reply: b}"),
        AT.format("4:18") + "unknown key `reply`; it belongs in a rule",
    ),
    "hours without hours": (
        WHEN + "reply: 'a {hours}'",
        AT.format("5:10") + ("`{hours}` does not say whose hours; add `hours` at the top of the book"),
    ),
    "next_open without hours": (
        WHEN + "reply: 'a {next_open}'",
        AT.format("5:10") + ("`{next_open}` does not say whose hours; add `hours` at the top of the book"),
    ),
    "next_open of several hours of the book": (
        shops("when: anything\n  reply: 'b {next_open}'"),
        AT.format("7:10")
        + (
            "`{next_open}` does not say whose hours; "
            "the book has several, `x`, `y`: name one in `when`, as `during` or `outside`"
        ),
    ),
    "next_open of several hours of the rule": (
        shops("when: {during: x, outside: y}\n  reply: 'b {next_open}'"),
        AT.format("7:10")
        + ("`{next_open}` does not say whose hours; the rule names several, `x`, `y`: name one in `when`"),
    ),
    "a date without a zone": (
        WHEN + "reply: 'a {date}'",
        AT.format("5:10") + ("`{date}` needs the book's timezone; add `timezone: Europe/Paris` at the top of the book"),
    ),
    "a time without a zone": (
        WHEN + "reply: 'a {time}'",
        AT.format("5:10") + ("`{time}` needs the book's timezone; add `timezone: Europe/Paris` at the top of the book"),
    ),
    "an empty placeholder": (
        WHEN + "reply: 'a {}'",
        AT.format("5:10")
        + (
            "unknown placeholder `{}`; "
            "there are `{book}`, `{date}`, `{time}`, `{hours}`, `{next_open}`, and named groups of "
            "`pattern`; a brace itself is written twice"
        ),
    ),
    "a tag without a name": (WHEN + "then: tag", AT.format("5:9") + "`tag` needs a name; write `{tag: some-name}`"),
    "notify without a name": (
        WHEN + "then: [notify]",
        AT.format("5:10") + "`notify` needs a name; write `{notify: some-name}`",
    ),
    "a long tag": (
        WHEN + "then: {tag: " + "x" * 65 + "}",
        AT.format("5:15") + "the tag is longer than 64 characters; make it shorter",
    ),
    "an empty tag to give": (
        WHEN + "then: {tag: ''}",
        AT.format("5:15") + ("`tag` is empty; write a text, in quotes if it begins with #, or remove the key"),
    ),
    "no tags to take": (
        WHEN + "then: {untag: []}",
        AT.format("5:17") + "`untag` is an empty list; write at least one text, or remove the key",
    ),
    "a map for a tag": (
        WHEN + "then: {tag: {a: b}}",
        AT.format("5:15")
        + ("`tag` is a map; write one text, in quotes if it has a colon or begins with a bracket or a brace"),
    ),
    "an address for notify": (
        WHEN + "then: {notify: 'https://example.com'}",
        AT.format("5:18")
        + ("`https://example.com` is not the name of an endpoint; write letters, digits, `-` and `_`"),
    ),
    "a tag given twice": (
        WHEN + "then: [{tag: x}, {tag: x}]",
        AT.format("5:20") + "`tag: x` stands twice in `then`; remove one of them",
    ),
    "a tag given and taken": (
        WHEN + "then: [{tag: x}, {untag: x}]",
        AT.format("5:9") + "`then` both gives and takes the tag `x`; keep one of them",
    ),
    "an opt_in with a value": (
        WHEN + "then: [{opt_in: now}]",
        AT.format("5:19") + "`opt_in` takes nothing; write the bare word `opt_in`",
    ),
    "an unknown key of an action": (
        WHEN + "then: {email: x}",
        AT.format("5:10") + "unknown key `email`; did you mean `notify`?",
    ),
    "a number without its country": (
        WHEN + "reply: b\n  only_for: 06 12-34 56 78",
        AT.format("6:13") + '"06 12-34 56 78" is a number without its country; '
        "write the number with its country, such as +33612345678",
    ),
    "a number with its channel": (
        WHEN + "reply: b\n  only_for: whatsapp:+33612345678",
        AT.format("6:13") + '"whatsapp:+33612345678" is a number with its channel; ' + "write `+33612345678`",
    ),
    "a number with a zero in parentheses": (
        WHEN + "reply: b\n  only_for: +33 (0)6 12 34 56 78",
        AT.format("6:13")
        + '"+33 (0)6 12 34 56 78" has a 0 that is dialled inside the country alone; '
        + "write `+33612345678`",
    ),
    "a number that is too long": (
        WHEN + "reply: b\n  only_for: +3361234567890123456",
        AT.format("6:13")
        + '"+3361234567890123456" is no international number: those have a plus and 7 to 15 digits; '
        + "write the number with its country, such as +33612345678",
    ),
    "a number out of a spreadsheet": (
        WHEN + "reply: b\n  only_for: 3.36E+10",
        AT.format("6:13")
        + '"3.36E+10" is a number that a spreadsheet has shortened; '
        + "write the number with its country, such as +33612345678",
    ),
    "a sign for a number": (
        WHEN + "reply: b\n  only_for: '~'",
        AT.format("6:13")
        + '"~" is neither a number nor an id; '
        + "write the number with its country, such as +33612345678",
    ),
    "numbers with a comma": (
        WHEN + "reply: b\n  only_for: +33612345678, user-7",
        AT.format("6:13") + '"+33612345678, user-7" is one text with a comma; write a list: `[+33612345678, user-7]`',
    ),
    "numbers with a comma and no space": (
        WHEN + "reply: b\n  only_for: [33612345678,'33612345678,33612345679']",
        AT.format("6:26") + '"33612345678,33612345679" is one text with a comma; '
        "write a list: `[33612345678, 33612345679]`",
    ),
    "phrases with a comma": (
        RULE + "when:\n    any: refund, money back\n  reply: b",
        AT.format("5:10") + "`any` is one text with a comma; write a list: `[refund, money back]`",
    ),
    "many phrases with a comma": (
        RULE + "when:\n    all: the very first of them, the second, the third of them\n  reply: b",
        AT.format("5:10")
        + "`all` is one text with a comma; write a list: `[the very first of them, the second, the…]`",
    ),
    "prefixes with a comma": (
        RULE + "when:\n    from: +33, +34\n  reply: b",
        AT.format("5:11") + "`from` is one text with a comma; write a list: `[+33, +34]`",
    ),
    "tags with a comma": (
        RULE + "when:\n    not_tagged: vip, new\n  reply: b",
        AT.format("5:17") + "`not_tagged` is one text with a comma; write a list: `[vip, new]`",
    ),
    "skip words with a comma": (
        top("skip_words: please, the"),
        "test.yaml:2:13: `skip_words` is one text with a comma; write a list: `[please, the]`",
    ),
    "a list of words with a comma": (
        top("words:\n  a: b\n  r: refund, {a} back"),
        "test.yaml:4:6: the list `r` is one text with a comma; write a list: `[refund, '{a} back']`",
    ),
    "too many dates": (
        hours("{mon: 9:00-10:00, closed: [" + ", ".join(f"{y:04}-01-01..{y:04}-12-31" for y in range(1, 1001)) + "]}"),
        "test.yaml:4:87: more than 1,000 dates; remove those that have passed; a weekday without spans is closed",
    ),
    "too many hours": (
        top("timezone: UTC\nhours:\n" + "\n".join(f"  h{number}: {{mon: 09:00-10:00}}" for number in range(201))),
        "test.yaml:204:3: more than 200 named hours; let rules share hours, or split the book",
    ),
    "an action without a space": (
        WHEN + "then: hand_off:4h",
        AT.format("5:9") + "no space after `hand_off:`; write `hand_off: 4h`",
    ),
    "a condition without a space": (
        RULE + "when:\n    any:[refund]\n  reply: b",
        AT.format("5:5") + "no space after `any:`; write `any: [refund]`",
    ),
    "a condition in braces without a space": (
        when("{any:refund}"),
        AT.format("4:10") + "no space after `any:`; write `any: refund`",
    ),
    "a limit without a space": (
        top("reply_limit: replies:5"),
        "test.yaml:2:14: no space after `replies:`; write `replies: 5`",
    ),
    "a rule without a space": (
        "version: 1\nrules: [{name: a, when:anything, reply: b}]",
        'test.yaml:2:19: rule "a": no space after `when:`; write `when: anything`',
    ),
    "a span for hours": (
        when("{during: 09:00-17:00}"),
        AT.format("4:18") + "no hours are called `09:00-17:00`; "
        "add `hours: {support: {mon-fri: 09:00-17:00}}` at the top of the book, write `during: support`",
    ),
    "several hours": (
        shops("when: {during: [x, y]}\n  reply: b"),
        AT.format("6:18") + "`during` is a list; write `either: [{during: x}, {during: y}]`",
    ),
    "outside several hours": (
        shops("when: {outside: [x, y]}\n  reply: b"),
        AT.format("6:19") + "`outside` is a list; write `not: {either: [{during: x}, {during: y}]}`",
    ),
    "anything as a key": (
        when("{anything: true}"),
        AT.format("4:10") + "unknown key `anything`; write the bare word: `when: anything`",
    ),
    "a key behind a space that is none": (
        RULE + "when:\n    \u200bany: [b]\n  reply: b",
        AT.format("5:5") + "U+200B, zero width space, stands where YAML wants spaces; replace it by ordinary spaces",
    ),
    "a list behind spaces that are none": (
        RULE + "when:\n    any:\n     \u00a0- refund\n  reply: b",
        AT.format("6:6") + "U+00A0, no-break space, stands where YAML wants spaces; replace it by ordinary spaces",
    ),
    "parentheses for a list": (
        when("{any: (refund, money)}"),
        AT.format("4:15") + "`any` is in parentheses; write a list: `[refund, money]`",
    ),
    "parentheses for a list of words": (
        top("words: {a: (b, c)}"),
        "test.yaml:2:12: `a` is in parentheses; write a list: `[b, c]`",
    ),
    "parentheses for a list on its own line": (
        when("\n    any: (refund, money)"),
        AT.format("5:10") + "`any` is in parentheses; write a list: `[refund, money]`",
    ),
    "curved quotes around a phrase with a comma": (
        when("{any: “refund, please”}"),
        AT.format("4:15")
        + "curved quotes do not keep a text with a comma together; put the whole text in straight ones, \" or '",
    ),
    "curved quotes around a phrase with a comma, in a list": (
        when("{any: [„bitte, Geld“, x]}"),
        AT.format("4:16")
        + "curved quotes do not keep a text with a comma together; put it in straight ones: `['bitte, Geld']`",
    ),
    "a country for a zone": (
        top("timezone: India"),
        'test.yaml:2:11: unknown timezone "India"; did you mean `Asia/Kolkata`?',
    ),
    "lines with dashes and no spaces": (
        RULE + "when:\n    any:\n      -refund\n      -money back\n  reply: b",
        AT.format("6:7") + '"-refund -money back" was meant as a list; write a space after each dash',
    ),
}

# What stands elsewhere in the book, what a text means, and empty texts, which an editor takes for null.
BEYOND_SHAPE = frozenset(
    {
        *(name for name in BROKEN if name.startswith("a pattern that repeats too much: ")),
        "patterns that together repeat too much",
        "a pattern in slashes",
        "a pattern in slashes, with a flag that RE2 has",
        "a list of words without brackets",
        "curved quotes around a phrase with a comma, in a list",
        "parentheses for a list of words",
        "parentheses for a list on its own line",
        "a reply that nobody would see",
        "a number with its channel",
        "a number with a zero in parentheses",
        "a number that is too long",
        "a number out of a spreadsheet",
        "a sign for a number",
        "a number without its country",
        "numbers with a comma",
        "numbers with a comma and no space",
        "phrases with a comma",
        "many phrases with a comma",
        "tags with a comma",
        "skip words with a comma",
        "a list of words with a comma",
        "too many dates",
        "too many hours",
        "a span for hours",
        "a list behind spaces that are none",
        "a country for a zone",
        "lines with dashes and no spaces",
        "a star in a skip word",
        "a skip word without a word",
        "an empty name",
        "two rules of one name",
        "a phrase without a word",
        "a star alone",
        "a star in a word",
        "the border of a word beside a letter that is none to RE2",
        "a pattern with two groups of one name",
        "a bad pattern",
        "look-around",
        "a back-reference",
        "a group with the name of a placeholder",
        "a brace alone",
        "an unknown placeholder",
        "a misspelt placeholder",
        "a placeholder unlike the groups",
        "the name of a book without one",
        "too long a time",
        "an action twice",
        "in and out",
        "a duplicate key",
        "an unknown zone",
        "a zone that is nothing like one",
        "the abbreviation of a zone",
        "a burst that ends before it is quiet",
        "a burst without end",
        "a list of words with a phrase without a word",
        "a list that names itself",
        "a list that names one below it",
        "lists in lists in lists",
        "a skip word with a list",
        "hours that are never open",
        "a day twice",
        "a date twice",
        "a span without length",
        "spans that overlap",
        "a night that overlaps the morning",
        "a date that the calendar lacks",
        "a range of dates backwards",
        "a range of dates of years",
        "somebody to be off for",
        "a late reply where nothing is late",
        "a brace in a late reply",
        "an unknown list",
        "a misspelt list",
        "a brace in a phrase",
        "a brace that is not closed in a phrase",
        "a phrase of too many phrases",
        "a phrase longer than a message by its lists",
        "a rule of too many phrases",
        "rules of too many phrases",
        "unknown hours",
        "unknown hours where there are others",
        "misspelt hours",
        "a phrase without a word in an alternative",
        "unknown hours inside not",
        "a group inside not",
        "hours without hours",
        "next_open without hours",
        "next_open of several hours of the book",
        "next_open of several hours of the rule",
        "a date without a zone",
        "a time without a zone",
        "an empty placeholder",
        "a tag given twice",
        "a tag given and taken",
    }
)
