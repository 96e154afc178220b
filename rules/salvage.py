"""What is left of a book of which some rules are no YAML, so that what is wrong with the others is told at once."""

from __future__ import annotations

import re

_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RULES = re.compile(r"rules:\s*(?:#.*)?")
_ITEM = re.compile(r"( *)-(?:\s|$)")
_ANCHOR = re.compile(r"(?<![^\s\[{,])&\w")  # with one in the book, rules may need each other


def without_rules(text: str, first: int, last: int) -> str | None:
    """The text with the rules on these lines, counted from 1, made blank, so that all others keep their places. None
    where the lines are not all of rules, no rule would be left, or rules may stand for each other."""
    lines = _LINE.findall(text)
    last = min(last, len(lines))
    starts = _starts(lines)
    begin = max((start for start in starts if start < first), default=None)
    if begin is None or last > starts[-1]:
        return None
    end = min(start for start in starts if start >= last)
    left = [start for start in starts[:-1] if not begin <= start < end]
    if not left or _ANCHOR.search(text):
        return None
    blank = (line[len(line.rstrip("\r\n")) :] for line in lines[begin:end])
    return "".join([*lines[:begin], *blank, *lines[end:]])


def _starts(lines: list[str]) -> list[int]:
    """The lines, counted from 0, on which rules begin, and the one on which their list has ended."""
    places = iter(range(len(lines)))
    head = next((place for place in places if _RULES.fullmatch(lines[place].rstrip())), None)
    first = next((place for place in places if _is_written(lines[place])), None) if head is not None else None
    item = _ITEM.match(lines[first]) if first is not None else None
    if first is None or item is None:
        return [0]
    starts = [first]
    for place in range(first + 1, len(lines)):
        line = lines[place]
        depth = len(line) - len(line.lstrip(" "))
        if depth <= len(item[1]) and _is_written(line):
            if _ITEM.match(line) is None or depth < len(item[1]):
                return [*starts, place]
            starts.append(place)
    return [*starts, len(lines)]


def _is_written(line: str) -> bool:
    """Whether it is neither blank nor a comment."""
    return line.strip() != "" and not line.lstrip(" ").startswith("#")
