"""`when`: from the tree to conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.circumstances import During, FirstMessage, From, Tagged
from rules.conditions import AllHold, Anything, Condition, Either, Media, Not
from rules.faults import Findings, quoted
from rules.hours import Hours
from rules.keys import closest, listed, unspaced
from rules.patterns import Patterns
from rules.phrase_conditions import AllOf, AnyOf, Exact, NoneOf, Phrases, Starts
from rules.phrases import Phrase, PhraseError, SkipWords, Word, compile_phrase, expand
from rules.read_media import read_media
from rules.read_pattern import read_pattern
from rules.read_spans import is_span
from rules.reading import read_choice, read_list, read_map, read_text, wrong_kind
from rules.senders import read_prefix
from rules.tree import List, Node, Text

_NO_CONDITIONS = AllHold(())
_MOST_TOLD = 10  # names of hours in one message


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the book says about how a rule matches."""

    typos: bool = True
    skipped: SkipWords = field(default_factory=SkipWords)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    patterns: Patterns = field(default_factory=Patterns)  # counts those of the book
    commits: bool = False  # the rule opts somebody in or out: a typing error must not


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of one rule, with what other parts of the book need to know of them."""

    conditions: AllHold = _NO_CONDITIONS
    phrases: tuple[Phrase, ...] = ()
    groups: tuple[str, ...] = ()  # of patterns, but for those inside a `not`
    hours: tuple[Hours, ...] = ()  # those it names


def read_when(node: Node, setting: Setting, findings: Findings) -> When:
    """The conditions of a rule; without any where there is a fault."""
    reader = _Reader(setting, findings)
    conditions = reader.read(node)
    groups = tuple(dict.fromkeys(reader.groups))
    return When(conditions, tuple(reader.phrases), groups, tuple({each.name: each for each in reader.hours}.values()))


def read_phrases(text: Text, setting: Setting, findings: Findings, *, typos: bool) -> list[Phrase]:
    """One phrase, or those that its lists make of it; or a fault."""
    try:
        return [compile_phrase(each, typos=typos) for each in expand(text.value, setting.lists)]
    except PhraseError as error:
        findings.add(text.place, error.problem, error.advice)
        return []


class _Reader:
    """Reads one `when`, and what is nested in it."""

    def __init__(self, setting: Setting, findings: Findings) -> None:
        self._setting = setting
        self._findings = findings
        self.phrases: list[Phrase] = []
        self.groups: list[str] = []
        self.hours: list[Hours] = []
        # In the order in which they are asked: text first, so that a trace names what the author can see.
        self._kinds: dict[str, Callable[[Node], Condition | None]] = {
            "exact": self._exact,
            "starts": lambda node: Starts(Phrases(self._phrases(node, "starts"))),
            "any": lambda node: AnyOf(Phrases(self._phrases(node, "any"))),
            "all": lambda node: AllOf(tuple(Phrases([phrase]) for phrase in self._phrases(node, "all"))),
            "none": lambda node: NoneOf(Phrases(self._phrases(node, "none"))),
            "pattern": self._pattern,
            "either": self._either,
            "not": self._not,
            "media": lambda node: Media(read_media(node, self._findings)),
            "during": lambda node: self._during(node, "during"),
            "outside": lambda node: self._during(node, "outside"),
            "first_message": self._first_message,
            "tagged": lambda node: self._tagged(node, "tagged"),
            "not_tagged": lambda node: self._tagged(node, "not_tagged"),
            "from": self._from,
        }

    def read(self, node: Node, what: str = "`when`") -> AllHold:
        """A `when`, or one inside another."""
        if isinstance(node, Text):
            return self._word(node, what)
        if isinstance(node, List):
            wrong_kind(node, what, "a map such as `{any: [...]}`, or the bare word `anything`", self._findings)
            return _NO_CONDITIONS
        if not node.entries:
            advice = "write at least one condition, or the bare word `anything`"
            self._findings.add(node.place, f"{what} is empty", advice)
            return _NO_CONDITIONS
        entries = read_map(node, "`when`", self._findings) or {}
        read = (of_kind(entries[kind]) for kind, of_kind in self._kinds.items() if kind in entries)
        return AllHold(tuple(condition for condition in read if condition is not None))

    def _word(self, node: Text, what: str) -> AllHold:
        if node.value == "anything":
            return AllHold((Anything(),))
        if (said := unspaced(node.value, ["`when`"])) is not None:
            self._findings.add(node.place, *said)
            return _NO_CONDITIONS
        guess = closest(node.value, ["anything"])
        phrases = quoted(node.value) if node.value else "..."
        advice = "did you mean `anything`?" if guess else f"write `{{any: [{phrases}]}}`, or the bare word `anything`"
        self._findings.add(node.place, f"{what} is one text" if node.value else f"{what} is empty", advice)
        return _NO_CONDITIONS

    def _phrases(self, node: Node, kind: str) -> list[Phrase]:
        setting = self._setting
        forgiving = setting.typos and kind != "exact" and not (kind == "starts" and setting.commits)
        texts = read_list(node, f"`{kind}`", self._findings)
        phrases: list[Phrase] = []
        for text in texts:
            phrases += read_phrases(text, setting, self._findings, typos=forgiving)
        self.phrases += phrases
        return phrases

    def _exact(self, node: Node) -> Exact:
        phrases = self._phrases(node, "exact")
        return Exact(tuple((phrase, _kept(phrase, self._setting.skipped)) for phrase in phrases))

    def _pattern(self, node: Node) -> Condition | None:
        pattern = read_pattern(node, self._setting.patterns, self._findings)
        if pattern is not None:
            self.groups += pattern.compiled.groupindex
        return pattern

    def _either(self, node: Node) -> Condition | None:
        if not isinstance(node, List):
            wrong_kind(
                node, "`either`", "a list of alternatives: `either: [{any: [...]}, {pattern: ...}]`", self._findings
            )
            return None
        if len(node.items) < 2:
            self._findings.add(node.place, "`either` has fewer than two alternatives", "add one, or write it without")
        return Either(tuple(self.read(item, "an alternative of `either`") for item in node.items))

    def _not(self, node: Node) -> Condition:
        before = len(self.groups)
        inside = self.read(node, "`not`")
        del self.groups[before:]  # what is not there has no groups
        return Not(inside)

    def _during(self, node: Node, kind: str) -> Condition | None:
        if isinstance(node, List) and node.items:
            names = [item.value if isinstance(item, Text) else "..." for item in node.items]
            self._findings.add(node.place, f"`{kind}` is a list", _of_several(names, kind))
            return None
        name = read_text(node, f"`{kind}`", self._findings)
        if name is None:
            return None
        hours = self._setting.hours.get(name.value)
        if hours is None:
            self._unknown_hours(name, kind)
            return None
        self.hours.append(hours)
        return During(hours, inside=kind == "during")

    def _unknown_hours(self, name: Text, kind: str) -> None:
        known = self._setting.hours
        advice = f"add `{name.value}` to `hours` at the top of the book"
        if is_span(name.value):
            advice = (
                f"add `hours: {{support: {{mon-fri: {name.value}}}}}` at the top of the book, write `{kind}: support`"
            )
        elif (guess := closest(name.value, known)) is not None:
            advice = f"did you mean `{guess}`?"
        elif known:
            advice = f"there are {listed(list(known)[:_MOST_TOLD])}"
        self._findings.add(name.place, f"no hours are called `{name.value}`", advice)

    def _first_message(self, node: Node) -> Condition | None:
        choice = read_choice(node, "`first_message`", ("true", "false"), self._findings)
        return None if choice is None else FirstMessage(choice == "true")

    def _tagged(self, node: Node, kind: str) -> Condition:
        tags = tuple(text.value for text in read_list(node, f"`{kind}`", self._findings))
        return Tagged(tags, wanted=kind == "tagged")

    def _from(self, node: Node) -> Condition:
        prefixes: list[str] = []
        for text in read_list(node, "`from`", self._findings):
            prefix = read_prefix(text.value)
            if prefix is None:
                problem = f"`{text.value}` is not the beginning of an international number"
                self._findings.add(text.place, problem, "write a plus and digits, such as +33 or +33612345678")
            else:
                prefixes.append(prefix)
        return From(tuple(prefixes))


def _of_several(names: Sequence[str], kind: str) -> str:
    """What to write instead of a list of hours."""
    if len(names) == 1:
        return f"write `{kind}: {names[0]}`"
    either = f"either: [{', '.join(f'{{during: {name}}}' for name in names[:_MOST_TOLD])}]"
    return f"write `{either}`" if kind == "during" else f"write `not: {{{either}}}`"


def _kept(phrase: Phrase, skipped: SkipWords) -> tuple[Word, ...]:
    """The words of a phrase that are no skip words; one with a star is never one."""
    said = [word.key for word in phrase.words]
    return tuple(phrase.words[place] for place in skipped.drop(said))
