"""Which rules of a book may hold for a message, found without asking every one.

Each rule is filed under what it cannot hold without: some phrase, some whole message, some pattern, or else a tag or
the beginning of the sender's number. A rule that can hold without any of them is asked about each message. The file may
name a rule too many, never one too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal, TypeAlias, get_args

from rules.circumstances import From, Tagged
from rules.conditions import AllHold, Condition, Either, Pattern
from rules.patterns import PatternSet
from rules.phrase_conditions import AllOf, AnyOf, Exact, Starts
from rules.question import Question
from rules.senders import plain
from rules.text import written

Kind: TypeAlias = Literal["phrase", "message", "pattern", "tag", "number"]
Need: TypeAlias = tuple[Kind, str]  # something that a message must have, or its sender
Needs: TypeAlias = frozenset[Need]  # of these at least one

# Rather a phrase that so many rules have than a pattern; or than a tag, which a conversation bears whatever is said.
_COSTS = {"pattern": 30, "tag": 30, "number": 30}


class Index:
    """The rules of a book, filed."""

    def __init__(self, conditions: Sequence[AllHold]) -> None:
        """`conditions`: each rule's `when`, in order."""
        choices = [_choices(each) for each in conditions]
        common = Counter(need for choice in choices for needs in choice for need in needs)
        self._filed: dict[Kind, dict[str, list[int]]] = {kind: {} for kind in get_args(Kind)}
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
        self._of_circumstances = [*self._filed["tag"].values(), *self._filed["number"].values()]

    def candidates(self, question: Question) -> Iterable[int]:
        """The places of the rules that may hold, in order."""
        words = question.words
        phrases, messages = self._filed["phrase"], self._filed["message"]
        filed = [phrases[key] for key in words.meant if key in phrases]
        if messages:
            said = {" ".join(words.tokens), " ".join([words.tokens[place] for place in words.kept])}
            filed += [messages[text] for text in said if text in messages]
        if self._patterns:
            filed += [self._patterns[number] for number in self._pattern_set.find(words.text)]
        if self._of_circumstances:
            filed += self._filed_under_circumstances(question)
        return self._in_order(filed)

    def _filed_under_circumstances(self, question: Question) -> Iterable[list[int]]:
        if question.assumed is not None:  # of some rules they hold
            return self._of_circumstances
        number = plain(question.message.sender)
        beginnings = (number[:length] for length in range(len(number) + 1))
        tags, numbers = self._filed["tag"], self._filed["number"]
        return [
            *(tags[tag] for tag in question.conversation.tags if tag in tags),
            *(numbers[prefix] for prefix in beginnings if prefix in numbers),
        ]

    def filed(self, needs: Iterable[Need]) -> Iterable[int]:
        """The places of the rules that may hold where these needs are met, whatever the circumstances, in order."""
        met = [self._filed[kind][text] for kind, text in needs if text in self._filed[kind]]
        return self._in_order([*met, *self._of_circumstances])

    def _in_order(self, filed: list[list[int]]) -> Iterable[int]:
        if not filed:
            return self._always
        if len(filed) == 1 and not self._always:
            return filed[0]
        return sorted({*self._always, *chain.from_iterable(filed)})


def _cost(needs: Needs, common: Counter[Need]) -> int:
    """How often a rule filed so will be asked for nothing."""
    return sum(common[need] + _COSTS.get(need[0], 0) for need in needs)


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
        case Tagged() | From():
            return _circumstances(condition)
        case Either(alternatives):
            return _of_one(alternatives)
        case AllHold():
            return _choices(condition)
        case _:
            return []


def _circumstances(condition: Tagged | From) -> list[Needs]:
    """Each of the tags that the conversation has to bear; or one of the prefixes."""
    if isinstance(condition, From):
        return [frozenset(("number", prefix) for prefix in condition.prefixes)]
    return [frozenset([("tag", tag)]) for tag in condition.tags if condition.wanted]


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
