"""What RE2 knows of ASCII alone, meant for every script: `\\d`, for which all digits are made equal, in the pattern and
in the text; `\\w`, for which is written what it stands for. `\\b` cannot be written otherwise."""

from __future__ import annotations

import re

_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_PART = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[:\^?[a-z]+:\]|\[\^?\]?|\]", re.DOTALL)
_LETTERS = r"\pL\pM\pN_"

_LETTER = r"[^\W\d_\x00-\x7f]"
_OPENING = r"\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?"
# Beside it, or at that end of an alternative beside it.
_BOUND = re.compile(
    rf"\\b(?:{_OPENING}(?:[^()]*\|)?)*(?P<after>{_LETTER})|(?P<before>{_LETTER})[*+?]?(?:(?:\|[^()]*)?\))*\\b"
)


def equal_digits(text: str) -> str:
    """The text, of the same length, with the digits of every script as those of ASCII."""
    return text if text.isascii() else _FOREIGN_DIGIT.sub(lambda digit: str(int(digit[0])), text)


def of_every_script(pattern: str) -> str:
    """The pattern for a text of `equal_digits`, with every letter a `\\w`. A `\\W` among others in brackets stays as it
    is: RE2 has no word for it."""
    inside = False

    def replaced(part: re.Match[str]) -> str:
        nonlocal inside
        sign = part[0]
        if sign == "]":
            inside = False
        elif sign == r"\w":
            return _LETTERS if inside else f"[{_LETTERS}]"
        elif sign == r"\W" and not inside:
            return f"[^{_LETTERS}]"
        elif sign[0] == "[" and not sign.startswith("[:"):
            if not inside:
                inside = True
            elif sign[-1] == "]":  # `[a[]`
                inside = False
        return sign

    return _PART.sub(replaced, equal_digits(pattern)) if "\\" in pattern else equal_digits(pattern)


def bounded_letter(pattern: str) -> str | None:
    """A letter beside a `\\b` that is no letter to RE2: there no word begins or ends, as it sees it."""
    match = _BOUND.search(pattern)
    return None if match is None else match["after"] or match["before"]
