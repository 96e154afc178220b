"""What is no YAML: from the parser's complaint to the place that its author should look at, and what to write there.

The parsers, libyaml and PyYAML's own, know what they expected and not what was meant: nearly always a text that needs
quotes, or spaces at the beginning of a line. So the line is looked at here once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

import yaml

from rules.decoding import odd_space
from rules.faults import Place
from rules.keys import KEYS, shown, unspaced
from rules.unclosed import swallows_lines, told, unclosed_in

Explained: TypeAlias = tuple[Place, str, str]

_QUOTES = "put the whole text in quotes"
_INSIDE = {place.strip("`"): place for place in KEYS if place.startswith("`")} | {"not": "`when`"}
_KEY_IN_KEY = re.compile(r"\s*(?:- +)*(\w+):\s+(\w+)")
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)?")


class _Complaint:
    """Where the parser stopped, and where what it was reading had begun."""

    def __init__(self, error: yaml.MarkedYAMLError, text: str) -> None:
        self._text = text
        self.problem = str(error.problem or error.context)
        self.context = str(error.context)
        mark = error.problem_mark or error.context_mark
        self.place = Place() if mark is None else Place(mark.line + 1, mark.column + 1)
        begun = error.context_mark
        self.begun = self.place if begun is None else Place(begun.line + 1, begun.column + 1)

    @property
    def before(self) -> str:
        """What stands before the place on its line."""
        return self.line(self.place.line)[: self.place.column - 1]

    @property
    def character(self) -> str:
        return self.line(self.place.line)[self.place.column - 1 : self.place.column]

    @property
    def after(self) -> str:
        """What stands after the character at the place, without a comment."""
        return f" {self.line(self.place.line)[self.place.column :]}".partition(" #")[0].strip()

    @property
    def last(self) -> Place:
        """The end of what stands before the place."""
        lines = self._text.rstrip().splitlines()
        return Place(len(lines), len(lines[-1]) + 1) if self.place.line > len(lines) > 0 else self.place

    @property
    def first_line(self) -> str:
        """From where it had begun to the end of that line."""
        return self.line(self.begun.line)[self.begun.column - 1 :].strip()

    def line(self, number: int) -> str:
        """That line of the file."""
        at = 0
        for _ in range(number - 1):
            match = _LINE.match(self._text, at)
            at = match.end() if match else at
        match = _LINE.match(self._text, at)
        return match[0].rstrip("\r\n") if match else ""


def explain(error: yaml.MarkedYAMLError, text: str) -> Explained:
    """The place, the problem and the advice."""
    complaint = _Complaint(error, text)
    if (indented := _odd_space(complaint)) is not None:
        return indented
    begun, stopped = error.context_mark, error.problem_mark
    is_inside = "quoted scalar" in complaint.context and "end of stream" not in complaint.problem
    if is_inside and begun and stopped and swallows_lines(begun, stopped, text):
        return told(begun, stopped)
    if complaint.context.endswith("ing a tag"):
        return _tag(complaint)
    for part, of_kind in _KINDS:
        if part in complaint.problem:
            return of_kind(complaint)
    advice = "look at the indentation and the quotes on this line and the one above"
    return complaint.place, f"this is not YAML: {complaint.problem}", advice


def _odd_space(it: _Complaint) -> Explained | None:
    for line in (it.begun.line, it.place.line - 1, it.place.line):
        if line > 0 and (found := odd_space(it.line(line))) is not None:
            column, problem, advice = found
            return Place(line, column), problem, advice
    return None


def _cannot_start(it: _Complaint) -> Explained:
    if it.character == "\t":
        return it.place, "a tab stands where YAML wants spaces", "indent with spaces"
    character = "a backtick" if it.character == "`" else f"`{it.character}`"
    return it.place, f"a text cannot begin with {character}", _QUOTES


def _second_colon(it: _Complaint) -> Explained:
    if re.search(r":\s+[“”„«‘’]", it.before):
        return it.place, "curved quotes are no quotes to YAML", "put the whole text in straight ones, \" or '"
    if (match := _KEY_IN_KEY.fullmatch(it.before)) and match[2] in KEYS.get(_INSIDE.get(match[1], ""), ()):
        return _key_in_key(it, match)
    if re.search(r":\s", it.before):
        return it.place, "a text with a colon and a space needs quotes", _QUOTES
    above = it.line(it.place.line - 1) if it.place.line > 1 else ""
    key = above.lstrip(" -")
    if (said := unspaced(key, KEYS)) is not None:
        return Place(it.place.line - 1, len(above) - len(key) + 1), *said
    if re.match(r"[^\s-]", it.before):
        return it.place, "the line above is no key", "write `key: value`, with a space after the colon"
    problem = f"`{it.before.strip()}:` is indented deeper than the line above, which is complete"
    return it.place, problem, "indent it like the key above; if it is part of the text above, put that in quotes"


def _key_in_key(it: _Complaint, keys: re.Match[str]) -> Explained:
    place, inner = Place(it.place.line, keys.start(2) + 1), f"{keys[2]}: {shown(it.after)}".strip()
    on_next = f"put `{inner}` on the next line, indented"
    advice = f"write `{keys[1]}: {{{inner}}}`, or {on_next}" if it.after else on_next
    return place, f"`{keys[2]}:` stands on the line of `{keys[1]}:`", advice


def _no_colon(it: _Complaint) -> Explained:
    line = it.first_line
    if re.match(r"-[^\s-]", line):
        return it.begun, "no space after the dash", f"write `- {shown(line[1:])}`"
    if match := re.match(r"(\w+):(?=\S)", line):
        return it.begun, f"no space after `{match[0]}`", f"write `{match[0]} {shown(line[match.end() :])}`"
    advice = "write `key: value`; if it is part of the text above, indent it deeper than its key, or put that in quotes"
    return it.begun, f"`{shown(line)}` is not a key: no colon follows", advice


def _no_key(it: _Complaint) -> Explained:
    before = it.before.rstrip()
    if before.strip(" -"):
        if before.endswith(("'", '"')):
            inner = "double" if before.endswith("'") else "single"
            return it.place, "the text goes on after its closing quote", f"put the whole text in {inner} quotes"
        return it.place, "the text goes on after its closing bracket", _QUOTES
    return it.place, "this line begins at a column that fits no line above", "indent it exactly like its neighbours"


def _no_bracket(it: _Complaint) -> Explained:
    opening = "[" if "]" in it.problem else "{"
    closing = "]" if opening == "[" else "}"
    if it.before.rstrip().endswith(("'", '"')):
        if (column := unclosed_in(it.before)) is not None:
            return Place(it.place.line, column + 1), "the quote that begins here is not closed", "close it"
        return it.place, "the text goes on after its closing quote", "put a comma between, or quote the whole text"
    problem = f"the `{opening}` of line {it.begun.line}, column {it.begun.column} is not closed before this"
    return it.place, problem, f"close it with `{closing}`; put texts that have brackets, `#` or `: ` in them in quotes"


def _no_name(it: _Complaint) -> Explained:
    sign = "&" if "anchor" in it.context else "*"
    return it.begun, f"a text cannot begin with `{sign}`", _QUOTES


def _flow_colon(it: _Complaint) -> Explained:
    key = re.split(r"[\s\[{,]", it.before)[-1]
    place = Place(it.place.line, it.place.column - len(key))
    return place, f"no space after `{key}:`", f"write `{key}: ...`"


def _bad_escape(it: _Complaint) -> Explained:
    advice = "use single quotes around a text with backslashes"
    return it.place, "a backslash in double quotes has a meaning of its own", advice


def _half_emoji(it: _Complaint) -> Explained:
    return it.place, "this escape stands for no character", "write the character itself, such as 🎁"


def _no_end(it: _Complaint) -> Explained:
    return it.begun, "the quote that begins here is never closed", "close it; inside single quotes write `''` for one"


def _after_indicator(it: _Complaint) -> Explained:
    return it.begun, f"a text cannot begin with `{it.first_line[:1]}`", f"{_QUOTES}, or begin it on the next line"


def _list_on_line(it: _Complaint) -> Explained:
    return (
        it.place,
        "a list cannot begin here",
        "begin it on its own line, or put a text that begins with `-` in quotes",
    )


def _nothing(it: _Complaint) -> Explained:
    if not it.character:
        return it.last, "the file ends inside a bracket", "close it, or put a text that begins with one in quotes"
    return it.place, "a text is missing here", "remove the comma or bracket that is too many, or put the text in quotes"


def _no_document(it: _Complaint) -> Explained:
    return it.place, "the document has ended above", "begin all keys at the same column, and remove a line `...` above"


def _tag(it: _Complaint) -> Explained:
    return it.begun, "a text cannot begin with `!`", _QUOTES


def _block_tab(it: _Complaint) -> Explained:
    return it.place, "a tab stands where YAML wants spaces", "indent with spaces"


# Parts of what libyaml says and of what PyYAML's own parser does.
_KINDS: tuple[tuple[str, Callable[[_Complaint], Explained]], ...] = (
    ("cannot start any token", _cannot_start),
    ("mapping values are not allowed", _second_colon),
    ("sequence entries are not allowed", _list_on_line),
    ("find expected ':'", _no_colon),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_key),
    ("expected <block end>", _no_key),
    ("expected ',' or", _no_bracket),
    ("expected alphabetic or numeric character", _no_name),
    ("unexpected ':'", _flow_colon),
    ("unknown escape character", _bad_escape),
    ("Unicode character escape code", _half_emoji),
    ("hexdecimal number", _half_emoji),
    ("hexadecimal numbers", _half_emoji),
    ("unexpected end of stream", _no_end),
    ("comment or line break", _after_indicator),
    ("comment or a line break", _after_indicator),
    ("node content", _nothing),
    ("<document start>", _no_document),
    ("tab character", _block_tab),
    ("tag handle", _tag),
)
