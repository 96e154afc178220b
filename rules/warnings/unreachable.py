"""Rules, and phrases of rules, that can never answer: others above take all that they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rules.book import Book, Rule
from rules.circumstances import During, FirstMessage, Tagged
from rules.conditions import AllHold, Condition, Not, Pattern
from rules.examples import question_about
from rules.faults import quoted
from rules.warnings.asking import CIRCUMSTANCES, conditions_of, holds, is_unconditional, winner
from rules.warnings.doubt import Doubt, Kind, about, answered_by, named, some
from rules.warnings.found import Found
from rules.warnings.implied import Reasoner
from rules.warnings.ways import Way, plain, ways

_MOST_ASKED = 50  # rules above, about one way of one rule
_ANY_TEXT = "Hello!"


@dataclass(frozen=True, slots=True)
class Taken:
    """A way of a rule in which it never answers."""

    way: Way
    by: tuple[Rule, ...]  # one of these answers before it; none: its own `none` refuses it


@dataclass(frozen=True, slots=True)
class Proof:
    """A message that shows it, where one is known, and what becomes of it."""

    message: str | None
    sentence: str
    by: Rule | None = None  # that answers it
    media: str | None = None  # what the message is besides


def doubts_about_order(book: Book) -> Iterator[Doubt]:
    """Rules that never answer, or only typing errors, or not by some of their phrases."""
    strict, loose = Reasoner(book), Reasoner(book, typos=False)
    as_written = Reasoner(book, typos=False, found=Found(book))
    for place, rule in enumerate(book.rules):
        of_rule = [] if rule.mode == "off" else list(ways(book, rule))
        nearly = _taken(loose, place, of_rule)
        if nearly and len(nearly) == len(of_rule):
            proved = len(_taken(strict, place, of_rule)) == len(of_rule)
            yield from _never(book, rule, nearly, but_for_typos=not proved)
        else:
            by_pattern = _taken(as_written, place, _without(of_rule, nearly))
            yield from _some_phrases(book, rule, of_rule, nearly + by_pattern)


def _taken(reasoner: Reasoner, place: int, of_rule: Sequence[Way]) -> list[Taken]:
    found = (_by_whom(reasoner, place, way) for way in of_rule)
    return [each for each in found if each is not None]


def _by_whom(reasoner: Reasoner, place: int, way: Way) -> Taken | None:
    """What keeps the rule at this place from answering in this way, if something always does."""
    if reasoner.refuses_itself(way):
        return Taken(way, ())
    book = reasoner.book
    but_for: list[tuple[Rule, Condition]] = []  # rules that answer where this holds, too
    for above in islice(reasoner.above(way), _MOST_ASKED):
        if above >= place:
            break
        upper = book.rules[above]
        if not _goes_before(upper, way.rule):
            continue
        missing = [plain(each) for each in upper.when.conditions if not reasoner.follows(each, way, upper)]
        if not missing:
            return Taken(way, (upper,))
        if len(missing) == 1 and isinstance(missing[0], CIRCUMSTANCES):
            opposite = _opposite(missing[0])
            if (other := next((rule for rule, rest in but_for if rest == opposite), None)) is not None:
                return Taken(way, (other, upper))
            but_for.append((upper, missing[0]))
    return None


def _goes_before(upper: Rule, lower: Rule) -> bool:
    """Whether the upper rule is asked whenever the lower one is, whoever writes and however silent the bot is, and
    answers where it holds."""
    if upper.once_per is not None or upper.mode == "off" or (upper.mode == "shadow" and not upper.only_for):
        return False
    if upper.only_for and not (lower.mode == "live" and lower.only_for and set(lower.only_for) <= set(upper.only_for)):
        return False
    return all(upper.does(action) for action in ("opt_out", "opt_in") if lower.does(action))


def _opposite(condition: Condition) -> Condition | None:
    match condition:
        case During() | FirstMessage() | Tagged():
            return plain(Not(AllHold((condition,))))
        case _:
            return None


def _never(book: Book, rule: Rule, taken: Sequence[Taken], *, but_for_typos: bool) -> Iterator[Doubt]:
    everything = [each for each in _in_order(taken) if is_unconditional(each)]
    proof = _prove(book, (everything and [each for each in taken if everything[0] in each.by]) or taken)
    if proof is None:
        return
    by = _in_order(taken, proof.by)
    take = "takes" if len(by) == 1 else "take"
    kind: Kind = "only-typos" if but_for_typos else "never-fires"
    if not by:
        problem = "it can never fire: its own `none` refuses every message that it matches"
    elif everything:
        kind = "after-anything"
        problem = f"it can never fire: {named(everything[:1])} above it answers everything"
        if proof.by not in (None, everything[0]):
            problem += " that comes so far"
    elif but_for_typos:
        problem = f"it fires on typing errors alone: {named(by)} above it {take} every other message that it matches"
    else:
        problem = f"it can never fire: {named(by)} above it {take} every message that it matches"
    yield about(rule, kind, problem, proof.sentence, proof.message, proof.media)


def _some_phrases(book: Book, rule: Rule, of_rule: Sequence[Way], taken: Sequence[Taken]) -> Iterator[Doubt]:
    """Phrases with which the rule holds in no way that is left to it."""
    if not taken:
        return
    left = {part.phrase.written for way in _without(of_rule, taken) for part in way.said}
    gone = [each for each in taken if any(part.phrase.written not in left for part in each.way.said)]
    for by_itself in (False, True):
        group = [each for each in gone if (not each.by) is by_itself]
        proof = _prove(book, group)
        if proof is None:
            continue
        names = dict.fromkeys(p.phrase.written for each in group for p in each.way.said if p.phrase.written not in left)
        by = _in_order(group, proof.by)
        by_whom = f"{named(by)} above it {'takes' if len(by) == 1 else 'take'}" if by else "its own `none` refuses"
        if len(names) == 1:
            never = f"as it is written, the phrase {some([*names])} never makes it fire"
        else:
            never = f"as they are written, the phrases {some([*names])} never make it fire"
        problem = f"{never}: {by_whom} every message with {'it' if len(names) == 1 else 'them'}"
        yield about(rule, "phrase-taken", problem, proof.sentence, proof.message, proof.media)


def _without(of_rule: Sequence[Way], taken: Sequence[Taken]) -> list[Way]:
    gone = {id(each.way) for each in taken}
    return [way for way in of_rule if id(way) not in gone]


def _in_order(taken: Sequence[Taken], answers: Rule | None = None) -> list[Rule]:
    """The rules that take these ways, and the one that answers the message by which that is proved."""
    rules = [*(each for one in taken for each in one.by), *([answers] if answers else [])]
    return sorted({each.name: each for each in rules}.values(), key=lambda rule: rule.line)


def _prove(book: Book, taken: Sequence[Taken]) -> Proof | None:
    """The first that a message shows; None where none does, and then it is better not said."""
    return next((proof for each in taken if (proof := _proof(book, each)) is not None), None)


def _proof(book: Book, taken: Taken) -> Proof | None:
    way, rule = taken.way, taken.way.rule
    if not taken.by:
        if holds(book, rule, question_about(book, way.text, way.media)):
            return None
        return Proof(way.text, f"{quoted(way.text)} has a phrase of `none`", media=way.media)
    names = {each.name for each in taken.by}
    examples = ((each.text, each.media) for each in (*rule.examples.known_misses, *rule.examples.ignores))
    any_message = ("", way.media) if way.media else (_ANY_TEXT, None)
    found: list[tuple[str, str | None, Rule]] = []
    for text, media in ([(way.text, way.media)] if way.said else []) + [*examples, any_message]:
        question = question_about(book, text, media)
        first = winner(book, question, names)
        if first is not None and first is not rule and holds(book, rule, question):
            found.append((text, media, first))
    if found:
        text, media, first = next((each for each in found if each[2].name in names), found[0])
        return Proof(text, answered_by(book, text, first, media), first, media)
    return _proof_by_pattern(taken)


def _proof_by_pattern(taken: Taken) -> Proof | None:
    """Where it is not known what a pattern finds, no message shows it, and yet it is so."""
    own = {part.written for part in taken.way.parts if isinstance(part, Pattern)}
    theirs = {each.written for rule in taken.by for each in conditions_of(rule.when) if isinstance(each, Pattern)}
    if own and is_unconditional(taken.by[0]):
        return Proof(None, "whatever the message")
    if own & theirs:
        return Proof(None, "they have the same pattern")
    return Proof(None, "whatever else the message says") if own and not theirs else None
