"""Many sequences looked for at once: the automaton of Aho and Corasick, over symbols instead of letters.

What is searched is a sequence of positions, each with the symbols that may stand for it (none, one, or several where a
word is a typing error of several others). The work grows with the sequence searched and with what is found in it, not
with how many sequences are looked for.

A. V. Aho, M. J. Corasick: Efficient string matching, Communications of the ACM 18(6), 1975.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

_ROOT: Final = 0
_AT_ROOT = (_ROOT,)


class Automaton:
    """Finds which of the sequences occur, and where first. Each has a number: its place among those it was built of."""

    def __init__(self, sequences: Iterable[Sequence[int]]) -> None:
        """`sequences` differ, and have at least one symbol each."""
        self._next: list[dict[int, int]] = [{}]  # of a state: where each symbol leads
        self._number: dict[int, int] = {}  # of a state in which a sequence ends
        for number, sequence in enumerate(sequences):
            self._number[self._add(sequence)] = number
        self._shorter = array("l", bytes(8 * len(self._next)))  # of a state: that of its longest ending that is one
        self._ending = array("l", self._shorter)  # of a state: the first, going shorter, in which a sequence ends
        self._fall_back()

    def find(self, searched: Iterable[Sequence[int]]) -> dict[int, int]:
        """The numbers of the sequences that occur, whichever of its symbols each position takes; of each the position
        where its first occurrence ends."""
        found: dict[int, int] = {}
        following, ending, numbers, shorter = self._next, self._ending, self._number, self._shorter
        states: Sequence[int] = _AT_ROOT
        for position, symbols in enumerate(searched):
            if not symbols:
                states = _AT_ROOT
                continue
            if len(symbols) == len(states) == 1:
                state, symbol = states[0], symbols[0]
                to = following[state].get(symbol)  # mostly there is one, or none but at the root
                states = (to if to is not None else self._follow(shorter[state], symbol) if state else _ROOT,)
            else:
                states = tuple({self._follow(state, symbol) for state in states for symbol in symbols})
            for state in states:
                state = ending[state]
                while state and numbers[state] not in found:  # else the shorter ones have been found, too
                    found[numbers[state]] = position
                    state = ending[shorter[state]]
        return found

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
                    self._ending[to] = to if to in self._number else self._ending[self._shorter[to]]
                    deeper.append(to)
            level = deeper
