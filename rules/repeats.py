"""The repetitions of a regular expression, such as `{0,50}`: to RE2 each is as many copies of what it stands behind."""

from __future__ import annotations

import re

import re2

_PART = re.compile(
    r"(?P<times>\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]*))?\})"
    r"|(?P<named>\(\?P?<[^>]*>)"
    r"|\\Q.*?(?:\\E|\Z)|\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\."
    r"|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]"
    r"|[.\x80-\U0010ffff]",
    re.DOTALL,
)
_MEMORY = 1 << 20  # bytes: of 10,000 letters it is told that they are too many
_VERY_MANY = 10_000


def loosened(pattern: str) -> str:
    """The pattern with `*` or `+` for each number: found in every text that the pattern is found in, and in some more.
    Its automaton stays small, whatever the numbers are."""
    return _PART.sub(lambda part: part[0] if part["times"] is None else _without_end(part), pattern)


def copies(pattern: str) -> int:
    """How many more letters and signs the pattern has when its repetitions are written out."""
    letters = _PART.sub(_as_letter, pattern)
    return max(0, _size(letters) - _size(loosened(letters)))


def _without_end(part: re.Match[str]) -> str:
    return "+" if int(part["least"]) else "*"


def _as_letter(part: re.Match[str]) -> str:
    """`.` and `\\pL` are one sign here, and not the many steps that UTF-8 makes of them."""
    if part["times"] is not None:
        return f"{{{part['most'] or part['least']}}}"
    return "x" if part["named"] is None else "("


def _size(pattern: str) -> int:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return int(re2.compile(pattern, options).programsize)
    except re2.error:
        return _VERY_MANY
