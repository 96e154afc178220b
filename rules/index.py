"""Which rules of a book may hold for a message, found without asking every one.

Each rule is filed under what it cannot hold without: some phrase, some whole message, some pattern. A rule that can
hold without any text in particular is asked about each message. The file may name a rule too many, never one too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal, TypeAlias

from rules.conditions import AllHold, Condition, Either, Pattern
from rules.patterns import PatternSet
from rules.phrase_conditions import AllOf, AnyOf, Exact, Starts
from rules.text import written
from rules.words import Words

Kind: TypeAlias = Literal["phrase", "message", "pattern"]
Need: TypeAlias = tuple[Kind, str]  # something that a message must have
Needs: TypeAlias = frozenset[Need]  # of these at least one

_A_PATTERN_COSTS = 30  # rather a phrase that so many rules have than a pattern


class Index:
    """The rules of a book, filed."""

    def __init__(self, conditions: Sequence[AllHold]) -> None:
        """`conditions`: each rule's `when`, in order."""
        choices = [_choices(each) for each in conditions]
        common = Counter(need for choice in choices for needs in choice for need in needs)
        self._filed: dict[Kind, dict[str, list[int]]] = {"phrase": {}, "message": {}, "pattern": {}}
        self._always: list[int] = []
        for place, choice in enumerate(choices):
            if not choice:
                self._always.append(place)
                continue
            for kind, text in min(choice, key=lambda needs: _cost(needs, common)):
                self._filed[kind].setdefault(text, []).append(place)
        patterns = self._filed["pattern"]
        self._patterns = list(patterns.values())
        self._pattern_set = PatternSet(list(map(written, patterns)))

    def candidates(self, words: Words) -> Iterable[int]:
        """The places of the rules that may hold, in order."""
        phrases, messages = self._filed["phrase"], self._filed["message"]
        filed = [phrases[key] for key in words.meant if key in phrases]
        if messages:
            said = {" ".join(words.tokens), " ".join([words.tokens[place] for place in words.kept])}
            filed += [messages[text] for text in said if text in messages]
        if self._patterns:
            filed += [self._patterns[number] for number in self._pattern_set.find(words.text)]
        return self._in_order(filed)

    def filed(self, needs: Iterable[Need]) -> Iterable[int]:
        """The places of the rules that may hold where these needs are met, in order."""
        return self._in_order([self._filed[kind][text] for kind, text in needs if text in self._filed[kind]])

    def _in_order(self, filed: list[list[int]]) -> Iterable[int]:
        if not filed:
            return self._always
        if len(filed) == 1 and not self._always:
            return filed[0]
        return sorted({*self._always, *chain.from_iterable(filed)})


def _cost(needs: Needs, common: Counter[Need]) -> int:
    """How often a rule filed so will be asked for nothing."""
    return sum(_A_PATTERN_COSTS if need[0] == "pattern" else common[need] for need in needs)


def _choices(conditions: AllHold) -> list[Needs]:
    """What the conditions need, said in several ways: any one of them will do."""
    return [needs for condition in conditions.conditions for needs in _needs(condition)]


def _needs(condition: Condition) -> list[Needs]:
    match condition:
        case AnyOf(phrases) | Starts(phrases):
            return [frozenset(("phrase", key) for key in phrases.keys)]
        case AllOf(several):
            return [frozenset([("phrase", one.keys[0])]) for one in several]
        case Exact(phrases):
            return _whole_messages(condition)
        case Pattern(text):
            return [frozenset([("pattern", text)])]
        case Either(alternatives):
            return _of_one(alternatives)
        case AllHold():
            return _choices(condition)
        case _:
            return []


def _whole_messages(condition: Exact) -> list[Needs]:
    """The messages themselves; a star stands for too many of them."""
    if any(word.prefix for phrase, _ in condition.phrases for word in phrase.words):
        return []
    texts = {" ".join(word.text for word in words) for both in condition.phrases for words in (both[0].words, both[1])}
    return [frozenset(("message", text) for text in texts if text)]


def _of_one(alternatives: Iterable[AllHold]) -> list[Needs]:
    """What one of the alternatives needs; nothing where there is one that needs nothing."""
    union: set[Need] = set()
    for alternative in alternatives:
        choice = _choices(alternative)
        if not choice:
            return []
        union |= min(choice, key=len)
    return [frozenset(union)]
