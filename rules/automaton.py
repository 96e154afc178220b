"""Many sequences looked for at once: the automaton of Aho and Corasick, over symbols instead of letters.

What is searched is a sequence of positions, each with the symbols that may stand for it (none, one, or several where a
word is a typing error of several others). The work grows with the sequence searched and with what is found in it, not
with how many sequences are looked for.

A. V. Aho, M. J. Corasick: Efficient string matching, Communications of the ACM 18(6), 1975.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ROOT = 0


class Automaton:
    """Finds which of the sequences occur. Each has a number: its place among those it was built of."""

    def __init__(self, sequences: Iterable[Sequence[int]]) -> None:
        """`sequences` have at least one symbol each."""
        self._next: list[dict[int, int]] = [{}]  # of a state: where each symbol leads
        self._ends: list[list[int]] = [[]]  # of a state: the sequences that end in it
        for number, sequence in enumerate(sequences):
            self._add(number, sequence)
        self._shorter = self._fall_back()

    def find(self, searched: Iterable[Sequence[int]]) -> set[int]:
        """The numbers of the sequences that occur, whichever of its symbols each position takes."""
        found: set[int] = set()
        told = {_ROOT}
        states: tuple[int, ...] = (_ROOT,)
        for symbols in searched:
            if not symbols:
                states = (_ROOT,)
                continue
            if len(symbols) == len(states) == 1:
                states = (self._follow(states[0], symbols[0]),)
            else:
                states = tuple({self._follow(state, symbol) for state in states for symbol in symbols})
            for state in states:
                self._tell(state, told, found)
        return found

    def _tell(self, state: int, told: set[int], found: set[int]) -> None:
        """Add what ends in this state and in all shorter ones, each state once in a search."""
        while state not in told:
            told.add(state)
            found.update(self._ends[state])
            state = self._shorter[state]

    def _follow(self, state: int, symbol: int) -> int:
        """The state of the longest beginning of a sequence that the symbols so far end with."""
        while True:
            to = self._next[state].get(symbol)
            if to is not None:
                return to
            if state == _ROOT:
                return _ROOT
            state = self._shorter[state]

    def _add(self, number: int, sequence: Sequence[int]) -> None:
        state = _ROOT
        for symbol in sequence:
            to = self._next[state].get(symbol)
            if to is None:
                to = self._next[state][symbol] = len(self._next)
                self._next.append({})
                self._ends.append([])
            state = to
        self._ends[state].append(number)

    def _fall_back(self) -> list[int]:
        """Of each state the one for its longest proper ending that begins a sequence; shorter states come first."""
        shorter = [_ROOT] * len(self._next)
        self._shorter = shorter
        level = list(self._next[_ROOT].values())
        while level:
            deeper: list[int] = []
            for state in level:
                for symbol, to in self._next[state].items():
                    shorter[to] = self._follow(shorter[state], symbol)
                    deeper.append(to)
            level = deeper
        return shorter
