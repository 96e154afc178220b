"""Tags that rules ask for: a conversation has only those that some rule has given it."""

from __future__ import annotations

from collections.abc import Iterator, Set

from rules.book import Book, Rule
from rules.circumstances import Tagged
from rules.conditions import AllHold, Condition, Either
from rules.faults import quoted
from rules.keys import closest
from rules.warnings.asking import conditions_of
from rules.warnings.doubt import Doubt, about, some
from rules.warnings.ways import plain

_MOST_PASSES = 20  # over the rules that give a tag: one for each tag that is given only where another one is


def doubts_about_tags(book: Book) -> Iterator[Doubt]:
    """Rules that ask for a tag that no conversation has."""
    given = given_tags(book)
    written = {tag for rule in book.rules for tag in _tags(rule)}
    for rule in book.rules:
        missing = [] if rule.mode == "off" else [tag for tag in _wanted(rule) if tag not in given]
        if not missing:
            continue
        tags = f"the tag {quoted(missing[0])}" if len(missing) == 1 else f"the tags {some(missing)}"
        never = "" if may_hold(rule.when, given) else "it can never fire: "
        which = "only rules give that never act" if written.issuperset(missing) else "no rule gives"
        guess = closest(missing[0], sorted(given))
        advice = f"did you mean `{guess}`?" if guess else f"add `then: {{tag: {missing[0]}}}` to a rule"
        proof = f"those that are given are {some(sorted(given))}" if given else "no tag is given at all"
        yield about(rule, "tag-never-given", f"{never}it asks for {tags}, which {which}; {advice}", proof, None)


def given_tags(book: Book) -> Set[str]:
    """Every tag that a rule gives which may itself fire, as far as that hangs on tags."""
    giving = [(rule, _tags(rule)) for rule in book.rules if rule.does("tag") and _acts(rule)]
    given: set[str] = set()
    for _ in range(_MOST_PASSES):
        before = len(given)
        for rule, tags in giving:
            if not tags <= given and may_hold(rule.when, given):
                given |= tags
        if len(given) == before:
            return given
    return given.union(*(tags for _, tags in giving))  # in doubt every one


def may_hold(condition: Condition, given: Set[str]) -> bool:
    """Whether the condition can hold where conversations have no other tags than these."""
    match plain(condition):
        case Tagged(tags, wanted):
            return not wanted or given >= set(tags)
        case AllHold(conditions):
            return all(may_hold(each, given) for each in conditions)
        case Either(alternatives):
            return any(may_hold(each, given) for each in alternatives)
        case _:
            return True


def _acts(rule: Rule) -> bool:
    return rule.mode == "live" or (rule.mode == "shadow" and bool(rule.only_for))


def _tags(rule: Rule) -> set[str]:
    return {action.value for action in rule.actions if action.name == "tag" and action.value is not None}


def _wanted(rule: Rule) -> list[str]:
    asked = (plain(condition) for condition in conditions_of(rule.when))
    return list(dict.fromkeys(tag for each in asked if isinstance(each, Tagged) and each.wanted for tag in each.tags))
