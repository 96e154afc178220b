"""Brackets and braces that are not closed, or closed twice, and what is missing between the items inside them."""

from __future__ import annotations

import re

from rules.complaint import Complaint, Explained
from rules.faults import Place
from rules.keys import KNOWN, shown
from rules.slips import in_ascii
from rules.unclosed import unclosed_in

_QUOTES = "put the whole text in quotes"
_QUOTE = ("'", '"')
_LAST_WORD = re.compile(r"\w*$")


def inside_brackets(it: Complaint) -> Explained:
    """The parser expected a comma or the closing bracket."""
    before = it.before.rstrip()
    word = _LAST_WORD.search(before)
    if before.endswith(_QUOTE):
        return _after_quote(it)
    if in_ascii(it.character) == "," != it.character:
        return it.place, f"`{it.character}` is no comma to YAML", "write `,`"
    if word is not None and word[0] in KNOWN and it.character in (":", "{", "["):
        return _at_key(it, word)
    if not before or (it.character == "}" and it.opening == "["):
        return _not_closed(it)
    if it.character in ("]", "}"):
        return _closes_nothing(it)
    if it.character == ":":
        return it.place, "a text with a colon and a space needs quotes", _QUOTES
    is_text = it.character.isalnum() and before.endswith("}") and it.opening == "["
    if is_text or not before.endswith(("]", "}")):
        return it.place, "a text with brackets needs quotes", _QUOTES
    return it.place, "a comma is missing here", f"write `, {shown(it.character + it.after)}`"


def _at_key(it: Complaint, key: re.Match[str]) -> Explained:
    """A key of the book and its colon, or what should follow that, is where a comma was expected."""
    place = Place(it.place.line, key.start() + 1)
    if it.character != ":":
        return place, f"no colon after `{key[0]}`", f"write `{key[0]}: {shown(it.character + it.after)}`"
    if not it.before[: key.start()].strip(" -"):
        return _not_closed(it, place)
    return place, f"no comma before `{key[0]}:`", f"write `, {shown(f'{key[0]}: {it.after}')}`"


def after_brackets(it: Complaint) -> Explained:
    """What was in brackets is complete, and the line goes on."""
    if it.character in ("]", "}"):
        return _closes_nothing(it)
    if it.character == "," and not it.after:
        return it.place, "a comma stands at the end of the line", "remove it: a line ends without"
    return it.place, "the text goes on after its closing bracket", _QUOTES


def _after_quote(it: Complaint) -> Explained:
    if (column := unclosed_in(it.before)) is not None:
        return Place(it.place.line, column + 1), "the quote that begins here is not closed", "close it"
    return it.place, "the text goes on after its closing quote", "put a comma between, or quote the whole text"


def _not_closed(it: Complaint, before: Place | None = None) -> Explained:
    problem = f"the `{it.opening}` of line {it.begun.line}, column {it.begun.column} is not closed before this"
    closing = "]" if it.opening == "[" else "}"
    return (
        before or it.place,
        problem,
        f"close it with `{closing}`; put texts that have brackets, `#` or `: ` in them in quotes",
    )


def _closes_nothing(it: Complaint) -> Explained:
    opening = "[" if it.character == "]" else "{"
    problem = f"this `{it.character}` closes nothing"
    return it.place, problem, f"remove it, or write `{opening}` where it should have been opened"
