"""`pattern`: from the tree to a compiled regular expression."""

from __future__ import annotations

import re

import re2

from rules.classes import bounded_letter
from rules.conditions import Pattern
from rules.faults import Findings
from rules.keys import PLACEHOLDERS, shown
from rules.patterns import Patterns, RepeatsTooMuch, said
from rules.reading import read_text, wrong_kind
from rules.text import written
from rules.tree import Node, Text

_LONGEST = 1000  # characters: RE2 is linear in the message, not in the pattern
_NOT_IN_RE2 = ("(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?>", "(?(", *(f"\\{digit}" for digit in range(1, 10)))
_FLAGS = set("dgimsuvxy")
_IN_SLASHES = re.compile(r"/(.+)/([a-z]+)", re.DOTALL)  # JavaScript, Perl
_WHOLE_WORDS = "write the words under `any`, which finds whole words, or leave `\\b` away"
_SMALLER = "write `*` or `+` instead, as in `.*`, or smaller numbers"


def read_pattern(node: Node, patterns: Patterns, findings: Findings) -> Pattern | None:
    """The pattern, or a fault; `patterns` are those of the book."""
    if not isinstance(node, Text):
        wrong_kind(node, "`pattern`", "one regular expression, in single quotes", findings)
        return None
    text = read_text(node, "`pattern`", findings)
    if text is None:
        return None
    if len(text.value) > _LONGEST:
        problem = f"`pattern` is longer than {_LONGEST} characters"
        findings.add(text.place, problem, "use phrases: `any` takes as many as you like")
        return None
    if (match := _IN_SLASHES.fullmatch(text.value)) is not None and set(match[2]) <= _FLAGS:
        problem = f"`pattern` is in slashes, as in JavaScript, and would look for them and for the `{match[2]}`"
        findings.add(text.place, problem, f"write `{shown(_without_slashes(match))}`: case does not count")
        return None
    try:
        compiled = patterns.compile(written(text.value))
    except re2.error as error:
        findings.add(text.place, f"`pattern` is not a regular expression: {said(error)}", _pattern_advice(text.value))
        return None
    except RepeatsTooMuch as error:
        if error.together:
            findings.stop(text.place, "the patterns of the book together repeat too much", _SMALLER)
        findings.add(text.place, "`pattern` repeats too much", _SMALLER)
        return None
    _check_bounds(text, findings)
    _check_groups(text, set(compiled.groupindex), findings)
    return Pattern(text.value, compiled)


def _without_slashes(match: re.Match[str]) -> str:
    """What stands between them, with those flags that RE2 has and that are not set anyway."""
    flags = "".join(flag for flag in "ms" if flag in match[2])
    pattern = match[1].replace(r"\/", "/")
    return f"(?{flags}){pattern}" if flags else pattern


def _check_bounds(pattern: Text, findings: Findings) -> None:
    if (letter := bounded_letter(written(pattern.value))) is not None:
        problem = f"to RE2 no word begins or ends at `{letter}`: its `\\b` knows the letters a to z alone"
        findings.add(pattern.place, problem, _WHOLE_WORDS)


def _check_groups(pattern: Text, names: set[str], findings: Findings) -> None:
    for name in sorted(names & set(PLACEHOLDERS)):
        findings.add(
            pattern.place, f"the group `{name}` has the name of a placeholder of every reply", "name it otherwise"
        )
    for name in sorted(names):  # RE2 would take the first and keep silent about the others
        if len(re.findall(rf"\(\?P?<{name}>", pattern.value)) > 1:
            findings.add(pattern.place, f"the group `{name}` is there more than once", "name each group otherwise")


def _pattern_advice(pattern: str) -> str:
    if any(part in pattern for part in _NOT_IN_RE2):
        return "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it"
    return "write RE2 syntax, in single quotes"
