"""`when`: from the tree to conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from rules.conditions import AllOf, AnyOf, Anything, Condition, Exact, NoneOf, Pattern, Starts
from rules.faults import Findings
from rules.keys import LATER, closest
from rules.phrases import Phrase, PhraseError, Word, compile_phrase, without
from rules.reading import read_map, read_text, read_texts, wrong_kind
from rules.text import written
from rules.tree import Map, Node, Text

_ORDER = ("exact", "starts", "any", "all", "none")  # in which they are asked; `pattern` comes last
_RESERVED = ("book", *LATER["placeholders"])
_LONGEST_PATTERN = 1000  # characters: RE2 is linear in the message, not in the pattern
_NOT_IN_RE2 = ("(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?>", "(?(", *(f"\\{digit}" for digit in range(1, 10)))


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the book says about how a rule's phrases match."""

    typos: bool
    skipped: tuple[tuple[str, ...], ...] = ()
    commits: bool = False  # the rule opts somebody in or out: a typing error must not


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of one rule, with what other parts of the book need to know of them."""

    conditions: tuple[Condition, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    groups: tuple[str, ...] = ()  # of `pattern`


def read_when(node: Node, setting: Setting, findings: Findings) -> When:
    """The conditions of a rule; without any where there is a fault."""
    if isinstance(node, Text):
        if node.value == "anything":
            return When((Anything(),))
        guess = closest(node.value, ["anything"])
        advice = "did you mean `anything`?" if guess else "write `when: {any: [...]}`, or the bare word `anything`"
        findings.add(node.place, "`when` is one text" if node.value else "`when` is empty", advice)
        return When()
    if isinstance(node, Map) and not node.entries:
        findings.add(node.place, "`when` is empty", "write at least one condition, or the bare word `anything`")
        return When()
    entries = read_map(node, "`when`", findings)
    return When() if entries is None else _conditions(entries, setting, findings)


def _conditions(entries: dict[str, Node], setting: Setting, findings: Findings) -> When:
    conditions: list[Condition] = []
    everything: list[Phrase] = []
    for kind in _ORDER:
        if kind in entries:
            phrases = _phrases(entries[kind], kind, setting, findings)
            conditions.append(_condition(kind, phrases, setting))
            everything += phrases
    groups: tuple[str, ...] = ()
    if "pattern" in entries and (pattern := _pattern(entries["pattern"], findings)) is not None:
        conditions.append(pattern)
        groups = tuple(pattern.compiled.groupindex)
    return When(tuple(conditions), tuple(everything), groups)


def _phrases(node: Node, kind: str, setting: Setting, findings: Findings) -> tuple[Phrase, ...]:
    forgiving = setting.typos and kind != "exact" and not (kind == "starts" and setting.commits)
    phrases = (read_phrase(text, findings, typos=forgiving) for text in read_texts(node, f"`{kind}`", findings))
    return tuple(phrase for phrase in phrases if phrase is not None)


def read_phrase(text: Text, findings: Findings, *, typos: bool) -> Phrase | None:
    """One phrase, or a fault."""
    try:
        return compile_phrase(text.value, typos=typos)
    except PhraseError as error:
        findings.add(text.place, error.problem, error.advice)
        return None


def _condition(kind: str, phrases: tuple[Phrase, ...], setting: Setting) -> Condition:
    match kind:
        case "exact":
            return Exact(tuple((phrase, _kept(phrase, setting.skipped)) for phrase in phrases))
        case "starts":
            return Starts(phrases)
        case "any":
            return AnyOf(phrases)
        case "all":
            return AllOf(phrases)
        case _:
            return NoneOf(phrases)


def _kept(phrase: Phrase, skipped: tuple[tuple[str, ...], ...]) -> tuple[Word, ...]:
    """The words of a phrase that are no skip words; one with a star is never one."""
    said = [word.text + "*" if word.prefix else word.text for word in phrase.words]
    return tuple(phrase.words[place] for place in without(skipped, said))


def _pattern(node: Node, findings: Findings) -> Pattern | None:
    if not isinstance(node, Text):
        wrong_kind(node, "`pattern`", "one regular expression, in single quotes", findings)
        return None
    text = read_text(node, "`pattern`", findings)
    if text is None:
        return None
    if len(text.value) > _LONGEST_PATTERN:
        problem = f"`pattern` is longer than {_LONGEST_PATTERN} characters"
        findings.add(text.place, problem, "use phrases: `any` takes as many as you like")
        return None
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        compiled = re2.compile(written(text.value), options)
    except re2.error as error:
        findings.add(text.place, f"`pattern` is not a regular expression: {_said(error)}", _pattern_advice(text.value))
        return None
    _check_groups(text, set(compiled.groupindex), findings)
    return Pattern(text.value, compiled)


def _check_groups(pattern: Text, names: set[str], findings: Findings) -> None:
    for name in sorted(names & set(_RESERVED)):
        findings.add(
            pattern.place, f"the group `{name}` has the name of a placeholder of every reply", "name it otherwise"
        )
    for name in sorted(names):  # RE2 would take the first and keep silent about the others
        if len(re.findall(rf"\(\?P?<{name}>", pattern.value)) > 1:
            findings.add(pattern.place, f"the group `{name}` is there more than once", "name each group otherwise")


def _said(error: re2.error) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _pattern_advice(pattern: str) -> str:
    if any(part in pattern for part in _NOT_IN_RE2):
        return "RE2 has no look-around and no back-references: use `any`, `all` and `none` beside it"
    return "write RE2 syntax, in single quotes"
