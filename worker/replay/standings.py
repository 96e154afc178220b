"""How each rule's messages are counted, then and now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules import Book

Pair = tuple[str | None, str | None]  # rule then, rule now


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule's messages, then and now."""

    rule: str | None  # None: no rule
    then: int  # messages that it answered
    now: int  # messages that it would answer
    won: int  # now, and not then
    lost: int  # then, and not now


def standings(book: Book, pairs: Mapping[Pair, int]) -> Iterator[Standing]:
    """In the book's order; then rules it does not have, then no rule. One pass over the pairs: a book may have
    10,000 rules, and as many pairs."""
    then, now, same = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for (before, after), number in pairs.items():
        then[before] += number
        now[after] += number
        if before == after:
            same[before] += number
    seen = then.keys() | now.keys()
    named = dict.fromkeys(rule.name for rule in book.rules)
    others = sorted(rule for rule in seen if rule is not None and rule not in named)
    for rule in [*named, *others, None]:
        if rule in seen:
            yield Standing(rule, then[rule], now[rule], won=now[rule] - same[rule], lost=then[rule] - same[rule])
