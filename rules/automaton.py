"""Many sequences looked for at once: the automaton of Aho and Corasick, over symbols instead of letters.

What is searched is a sequence of positions, each with the symbols that may stand for it (none, one, or several where a
word is a typing error of several others). The work grows with the sequence searched and with what is found in it, not
with how many sequences are looked for.

A. V. Aho, M. J. Corasick: Efficient string matching, Communications of the ACM 18(6), 1975.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Final, Generic, TypeVar, cast

K = TypeVar("K")

_ROOT: Final = 0
_NONE: Final[list[int]] = []


class Automaton(Generic[K]):
    """Finds which of the sequences occur, and where first. Each has a key."""

    def __init__(self, sequences: Iterable[tuple[K, Sequence[int]]]) -> None:
        """`sequences` differ, and have at least one symbol each."""
        self._next: list[dict[int, int]] = [{}]  # of a state: where each symbol leads
        self._key: dict[int, K] = {}  # of a state in which a sequence ends
        for key, sequence in sequences:
            self._key[self._add(sequence)] = key
        self._shorter = array("l", bytes(8 * len(self._next)))  # of a state: that of its longest ending that is one
        self._ending = array("l", self._shorter)  # of a state: the first, going shorter, in which a sequence ends
        self._fall_back()

    def find(self, searched: Sequence[Sequence[int] | None]) -> Mapping[K, int]:
        """The keys of the sequences that occur, whichever of its symbols each position takes; of each the position
        where its first occurrence ends."""
        # Few positions have symbols, and of those few have several.
        with_symbols = cast("list[tuple[int, Sequence[int]]]", list(compress(enumerate(searched), searched)))
        if any(len(symbols) > 1 for _, symbols in with_symbols):
            return self._find_in_readings(with_symbols)
        found: dict[K, int] = {}
        following, ending = self._next, self._ending
        state = _ROOT  # what the symbols so far lead to
        after = 0  # the position behind the last one with a symbol
        for position, symbols in with_symbols:
            if position != after:
                state = _ROOT
            after = position + 1
            to = following[state].get(symbols[0])  # mostly there is one, or none but at the root
            if to is not None:
                state = to
            elif state:
                state = self._follow(state, symbols[0])
            if ending[state]:
                self._note(found, ending[state], position)
        return found

    def _find_in_readings(self, searched: Iterable[tuple[int, Sequence[int]]]) -> Mapping[K, int]:
        """The same where a position has several symbols. All its readings together may be as many as there are states,
        at each position anew; so each sequence is followed only once, at all positions together: a bit for each."""
        where: dict[int, int] = {}  # of a symbol: the positions that may take it
        for position, symbols in searched:
            for symbol in symbols:
                where[symbol] = where.get(symbol, 0) | 1 << position
        found: dict[K, int] = {}
        reached = [(self._next[_ROOT][symbol], where[symbol]) for symbol in self._next[_ROOT].keys() & where.keys()]
        while reached:
            state, ends = reached.pop()
            if state in self._key:
                found[self._key[state]] = (ends & -ends).bit_length() - 1
            if following := self._next[state]:
                both = [(following[symbol], ends << 1 & where[symbol]) for symbol in following.keys() & where.keys()]
                reached += [each for each in both if each[1]]
        return found

    def _note(self, found: dict[K, int], state: int, position: int) -> None:
        """What ends in this state, and what is shorter and ends there, too."""
        while state and self._key[state] not in found:  # else the shorter ones have been found, too
            found[self._key[state]] = position
            state = self._ending[self._shorter[state]]

    def _follow(self, state: int, symbol: int) -> int:
        """The state of the longest beginning of a sequence that the symbols so far end with."""
        while True:
            to = self._next[state].get(symbol)
            if to is not None:
                return to
            if state == _ROOT:
                return _ROOT
            state = self._shorter[state]

    def _add(self, sequence: Sequence[int]) -> int:
        """The state in which the sequence ends, made with those that lead to it."""
        state = _ROOT
        for symbol in sequence:
            to = self._next[state].get(symbol)
            if to is None:
                to = self._next[state][symbol] = len(self._next)
                self._next.append({})
            state = to
        return state

    def _fall_back(self) -> None:
        """Where to go on from each state when no symbol leads on; shorter states come first."""
        level = [_ROOT]
        while level:
            deeper: list[int] = []
            for state in level:
                for symbol, to in self._next[state].items():
                    self._shorter[to] = _ROOT if state == _ROOT else self._follow(self._shorter[state], symbol)
                    self._ending[to] = to if to in self._key else self._ending[self._shorter[to]]
                    deeper.append(to)
            level = deeper
