"""What differs between two books: a unified diff, as `git` and `patch` read it.

Nearly always two books differ in a few lines. What they have in common at both ends is left out before the rest is
compared, which takes time that may grow with its square.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

CONTEXT: Final = 3  # lines around a change
MOST_COMPARED: Final = 2_000  # lines; of longer ones all that stood there goes, and all that stands there comes
_LINE: Final = re.compile("[^\n]*\n|[^\n]+")
_NO_BREAK: Final = "\n\\ No newline at end of file\n"


def unified(before: str, after: str, name: str, *, was: str = "", now: str = "") -> str:
    """The diff from one text of the file to the other; empty where they are equal. `was` and `now` are said beside the
    file's name, such as versions."""
    if before == after:
        return ""
    old, new = _LINE.findall(before), _LINE.findall(after)
    head = f"--- a/{name}{_tabbed(was)}\n+++ b/{name}{_tabbed(now)}\n"
    return head + "".join(_hunk(old, new, group) for group in _groups(_changes(old, new)))


Change = tuple[int, int, int, int]  # these lines of the old text, from and to, are these of the new one


def _tabbed(said: str) -> str:
    return f"\t{said}" if said else ""


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    pairs = zip(old, new, strict=False)
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shortest = min(len(old), len(new)) - first
    backwards = zip(reversed(old[first:]), reversed(new[first:]), strict=False)
    last = min(shortest, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], backwards)))
    left, right = old[first : len(old) - last], new[first : len(new) - last]
    if len(left) > MOST_COMPARED or len(right) > MOST_COMPARED:
        yield first, first + len(left), first, first + len(right)
        return
    for what, *places in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what != "equal":
            a, b, c, d = (first + place for place in places)
            yield a, b, c, d


def _groups(changes: Iterator[Change]) -> Iterator[list[Change]]:
    """The changes that are so near to each other that one hunk shows them."""
    group: list[Change] = []
    for change in changes:
        if group and change[0] - group[-1][1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(old: Sequence[str], new: Sequence[str], group: list[Change]) -> str:
    before = min(CONTEXT, group[0][0])
    after = min(CONTEXT, len(old) - group[-1][1])
    start, end = group[0][0] - before, group[-1][1] + after
    started, ended = group[0][2] - before, group[-1][3] + after
    lines, at = [], start
    for a, b, c, d in group:
        lines += [" " + line for line in old[at:a]]
        lines += ["-" + line for line in old[a:b]]
        lines += ["+" + line for line in new[c:d]]
        at = b
    lines += [" " + line for line in old[at:end]]
    told = "".join(line if line.endswith("\n") else line + _NO_BREAK for line in lines)
    return f"@@ -{_span(start, end)} +{_span(started, ended)} @@\n{told}"


def _span(start: int, end: int) -> str:
    """As a hunk's head has it: of no lines, the line before."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
