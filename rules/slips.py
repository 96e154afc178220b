"""Lines as they are written by somebody who does not know YAML: one sign in the place of another, or one too few.

The parser stumbles over them, and often only further below. Each function here takes one line of the file; what it
finds is the column, the problem and the advice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from rules.complaint import Complaint, Explained
from rules.decoding import odd_space
from rules.faults import Place
from rules.keys import KEYS, KNOWN, shown, unspaced

_Slip: TypeAlias = tuple[int, str, str]

_LONGEST = 2_000  # characters of a line that are looked at
_KEY = "|".join(sorted(KNOWN, key=len, reverse=True))
_ALONE = re.compile(r"\s*(?P<sign>```|~~~|<{7}|={7}|>{7}|//|/\*|<!--|--(?=\s))(?P<rest>.*)")
_BULLET = re.compile(rf"\s*(?P<sign>[^\w\s'\"#\[\]{{}}-]|\d+[.)])\s*(?P<rest>(?:{_KEY})\s*[:：].*)")
_NO_SPACE = re.compile(rf"\s*(?P<sign>-)(?P<rest>(?:{_KEY})\s*[:：].*)")
_NO_COLON = re.compile(
    rf"(?P<lead>\s*(?:- +)*)(?P<key>{_KEY})(?:\s*(?P<sign>=>|->|→|=|;)\s*|\s+(?P<word>(?![:：])\S)|$)(?P<rest>.*)"
)
_SECOND_KEY = re.compile(rf"(?:{_KEY}):")
_OPENING = ("[", "{", "'", '"')
OF_TEXT_ABOVE = "if it is part of the text above, indent it deeper than its key, or put that in quotes"
_QUOTED = re.compile(rf"\s*(?:- +)*(?P<quote>['\"])(?P<key>{_KEY}):\s+(?P<rest>.*)(?P=quote)\s*")
_FULL_WIDTH = re.compile(rf"(?:^\s*(?:- +)*|[{{,]\s*)(?P<key>{_KEY})\s*(?P<colon>：)|:\s+(?P<bracket>[［｛＂＇])")
_TO_ASCII = str.maketrans("：，［］｛｝＂＇", ":,[]{}\"'")


def slip_near(it: Complaint) -> Explained | None:
    """What is wrong with the line where the parser stopped, with the one where it had begun, or with that above."""
    for line in dict.fromkeys((it.begun.line, it.above, it.place.line)):
        if line and (found := _slip(it.line(line)[:_LONGEST], is_above=line < it.begun.line)) is not None:
            column, problem, advice = found
            return Place(line, column), problem, advice
    return None


def in_ascii(text: str) -> str:
    """The text with those of its full-width signs that mean something to YAML made such."""
    return text.translate(_TO_ASCII)


def in_braces(entry: str) -> str:
    """A key with its value as a map on one line; one may have been closed that was not opened."""
    return f"{{{entry.removesuffix('}') if entry.count('}') > entry.count('{') else entry}}}"


def _slip(line: str, *, is_above: bool) -> _Slip | None:
    for found in (of_kind(line) for of_kind in _KINDS):
        if found is not None:
            return found
    return _no_colon(line, is_above=is_above)


def _not_of_the_book(line: str) -> _Slip | None:
    if (match := _ALONE.match(line)) is None:
        return None
    sign, column = match["sign"], match.start("sign") + 1
    match sign[0]:
        case "`" | "~":
            return (
                column,
                f"`{sign}` is of Markdown" if sign[0] == "~" else "three backticks are of Markdown",
                "remove the line",
            )
        case "<" | "=" | ">" if sign != "<!--":
            return column, f"`{sign}` is git's mark of a conflict", "keep one of the two versions, and remove the marks"
        case _:
            return column, f"`{sign}` begins no comment", f"write `# {shown(match['rest'].strip())}`"


def _no_dash(line: str) -> _Slip | None:
    match = _BULLET.fullmatch(line)
    if match is None:
        return None
    return match.start("sign") + 1, f"`{match['sign']}` is no dash", f"write `- {shown(in_ascii(match['rest']))}`"


def _no_space(line: str) -> _Slip | None:
    match = _NO_SPACE.fullmatch(line)
    if match is None:
        return None
    return match.start("sign") + 1, "no space after the dash", f"write `- {shown(in_ascii(match['rest']))}`"


def _unspaced(line: str) -> _Slip | None:
    key = line.lstrip(" -")
    said = unspaced(key, KEYS)
    return None if said is None else (len(line) - len(key) + 1, *said)


def _quoted_whole(line: str) -> _Slip | None:
    match = _QUOTED.fullmatch(line)
    if match is None:
        return None
    instead = f"write `{shown(match['key'] + ': ' + match['quote'] + match['rest'] + match['quote'])}`"
    return match.start("quote") + 1, f"the quotes stand around `{match['key']}:`, too", instead


def _full_width(line: str) -> _Slip | None:
    match = _FULL_WIDTH.search(line)
    if match is None:
        return None
    sign = "colon" if match["colon"] else "bracket"
    rest = in_ascii(line[match.end() if match["colon"] else match.start("bracket") :]).strip()
    instead = f"{match['key']}: {rest}" if match["colon"] else rest
    written = match["colon"] or match["bracket"]
    return match.start(sign) + 1, f"`{written}` is a full-width sign, no YAML", f"write `{shown(instead)}`"


def _no_colon(line: str, *, is_above: bool) -> _Slip | None:
    """A key of the book and no colon. A line above that is deeper may be the middle of a text."""
    match = _NO_COLON.fullmatch(line)
    if match is None:
        return None
    key, rest = match["key"], ((match["word"] or "") + match["rest"]).strip()
    column = match.start("key") + 1
    second = _SECOND_KEY.match(rest)
    instead = f"write `{shown(f'{key}: {in_braces(rest) if second else rest}'.strip())}`"
    if match["sign"]:
        return column, f"`{match['sign']}` stands after `{key}` in the place of a colon", instead
    if not rest and "-" in match["lead"]:  # an item of a list
        return None
    is_value = second or rest.startswith(_OPENING) or "-" in match["lead"] or not rest
    if not is_value and (re.search(r":(?:\s|$)", rest) or (is_above and match["lead"])):
        return None
    return column, f"no colon after `{key}`", instead if is_value else f"{instead}; {OF_TEXT_ABOVE}"


_KINDS: tuple[Callable[[str], _Slip | None], ...] = (
    odd_space,
    _not_of_the_book,
    _no_dash,
    _no_space,
    _unspaced,
    _quoted_whole,
    _full_width,
)
