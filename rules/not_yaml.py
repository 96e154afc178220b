"""What is no YAML: from the parser's complaint to the place that its author should look at, and what to write there.

The parsers, libyaml and PyYAML's own, know what they expected and not what was meant: nearly always a text that needs
quotes, or spaces at the beginning of a line. So the line is looked at here once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from rules.brackets import after_brackets, inside_brackets
from rules.complaint import Complaint, Explained
from rules.faults import Place
from rules.keys import KEYS, meant, shown
from rules.slips import OF_TEXT_ABOVE, in_braces, slip_near
from rules.unclosed import swallows_lines, told

_QUOTES = "put the whole text in quotes"
_INSIDE = {place.strip("`"): place for place in KEYS if place.startswith("`")} | {"not": "`when`"}
_KEY_IN_KEY = re.compile(r"\s*(?:- +)*(\w+):\s+(\w[\w ]*)")
_NEXT_KEY = re.compile(r"\s*(?:- +)*name:\s+\S.*\s(\w+)")
_ACTIONS = re.compile(r"\s*(?:- +)*then:\s+([\w ,]+),\s*(\w+)")
_DASH_BEFORE_KEY = re.compile(r"\s*(-) +(\w+):(?:\s|$)")
_HAS_RULES = re.compile(r"^['\"]?rules['\"]?\s*:", re.MULTILINE)


def explain(error: yaml.MarkedYAMLError, text: str) -> Explained:
    """The place, the problem and the advice."""
    complaint = Complaint(error, text)
    if "quoted scalar" not in complaint.context and (slip := slip_near(complaint)) is not None:
        return slip
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


def _cannot_start(it: Complaint) -> Explained:
    if it.character == "\t":
        return it.place, "a tab stands where YAML wants spaces", "indent with spaces"
    character = "a backtick" if it.character == "`" else f"`{it.character}`"
    return it.place, f"a text cannot begin with {character}", _QUOTES


def _second_colon(it: Complaint) -> Explained:
    if re.search(r":\s", it.before):
        return _in_value(it)
    if (without := _without_rules(it)) is not None:
        return without
    if re.match(r"[^\s-]", it.before):
        return it.place, "the line above is no key", "write `key: value`, with a space after the colon"
    problem = f"`{it.before.strip()}:` is indented deeper than the line above, which is complete"
    return it.place, problem, "indent it like the key above; if it is part of the text above, put that in quotes"


def _in_value(it: Complaint) -> Explained:
    """A colon in what stands behind another one."""
    if re.search(r":\s+[“”„«‘’]", it.before):
        return it.place, "curved quotes are no quotes to YAML", "put the whole text in straight ones, \" or '"
    if match := _ACTIONS.fullmatch(it.before):
        actions = f"{match[1].strip()}, {{{match[2]}: {it.after}}}"
        place = Place(it.place.line, match.start(1) + 1)
        return place, "several actions are a list", f"write `then: [{shown(actions)}]`"
    if (match := _NEXT_KEY.fullmatch(it.before)) and match[1] in KEYS["a rule"]:
        place = Place(it.place.line, match.start(1) + 1)
        return place, f"`{match[1]}:` stands on the line of `name:`", "begin it on the next line, below `name:`"
    match = _KEY_IN_KEY.fullmatch(it.before)
    if match and match[1] in ("words", "hours"):
        return _key_in_key(it, match, match[2])
    place_inside = _INSIDE.get(match[1]) if match else None
    if match and place_inside and (key := meant(match[2], place_inside)) is not None:
        return _key_in_key(it, match, key)
    return it.place, "a text with a colon and a space needs quotes", _QUOTES


def _key_in_key(it: Complaint, keys: re.Match[str], key: str) -> Explained:
    place, inner = Place(it.place.line, keys.start(2) + 1), in_braces(f"{key}: {shown(it.after)}".strip())
    on_next = f"put `{inner[1:-1]}` on the next line, indented"
    advice = f"write `{keys[1]}: {inner}`, or {on_next}" if it.after else on_next
    return place, f"`{keys[2]}:` stands on the line of `{keys[1]}:`", advice


def _no_colon(it: Complaint) -> Explained:
    line = it.first_line
    if re.match(r"-[^\s-]", line):
        return it.begun, "no space after the dash", f"write `- {shown(line[1:])}`"
    if match := re.match(r"(\w+):(?=\S)", line):
        return it.begun, f"no space after `{match[0]}`", f"write `{match[0]} {shown(line[match.end() :])}`"
    return it.begun, f"`{shown(line)}` is not a key: no colon follows", f"write `key: value`; {OF_TEXT_ABOVE}"


def _without_rules(it: Complaint) -> Explained | None:
    """The first rule stands at the top of the book."""
    match = _DASH_BEFORE_KEY.match(it.line(it.place.line))
    if match is None or match[2] not in KEYS["a rule"] or _HAS_RULES.search(it.text):
        return None
    place = Place(it.place.line, match.start(1) + 1)
    return place, "a rule begins here, and the book has no `rules:`", "write a line `rules:` above"


def _no_key(it: Complaint) -> Explained:
    before = it.before.rstrip()
    if before.strip(" -"):
        if before.endswith(("'", '"')):
            inner = "double" if before.endswith("'") else "single"
            return it.place, "the text goes on after its closing quote", f"put the whole text in {inner} quotes"
        return after_brackets(it)
    if (without := _without_rules(it)) is not None:
        return without
    match = _DASH_BEFORE_KEY.match(it.line(it.place.line))
    if match is not None and match[2] in KEYS["a rule"].keys() - {"name"}:
        problem = f"the dash before `{match[2]}:` begins a new item"
        return it.place, problem, f"begin `{match[2]}:` where the dash stands"
    dash = re.match(r"( *)-(?:\s|$)", it.line(it.place.line))
    key = re.match(r"( *)(\w+):\s", f"{it.line(it.above)} ")
    if dash is not None and key is not None and dash[1] == key[1]:
        in_brackets = f"put all values in brackets: `{key[2]}: [..., ...]`"
        advice = f"write `- {key[2]}: ...`, too" if key[2] in KEYS["`then`"] else in_brackets
        return it.place, f"an item of a list stands below `{key[2]}:`, where a key was expected", advice
    return it.place, "this line begins at a column that fits no line above", "indent it exactly like its neighbours"


def _no_name(it: Complaint) -> Explained:
    sign = "&" if "anchor" in it.context else "*"
    return it.begun, f"a text cannot begin with `{sign}`", _QUOTES


def _flow_colon(it: Complaint) -> Explained:
    key = re.split(r"[\s\[{,]", it.before)[-1]
    place = Place(it.place.line, it.place.column - len(key))
    return place, f"no space after `{key}:`", f"write `{key}: ...`"


def _bad_escape(it: Complaint) -> Explained:
    advice = "use single quotes around a text with backslashes"
    return it.place, "a backslash in double quotes has a meaning of its own", advice


def _half_emoji(it: Complaint) -> Explained:
    return it.place, "this escape stands for no character", "write the character itself, such as 🎁"


def _no_end(it: Complaint) -> Explained:
    return it.begun, "the quote that begins here is never closed", "close it; inside single quotes write `''` for one"


def _after_indicator(it: Complaint) -> Explained:
    return it.begun, f"a text cannot begin with `{it.first_line[:1]}`", f"{_QUOTES}, or begin it on the next line"


def _list_on_line(it: Complaint) -> Explained:
    return (
        it.place,
        "a list cannot begin here",
        "begin it on its own line, or put a text that begins with `-` in quotes",
    )


def _nothing(it: Complaint) -> Explained:
    if not it.character:
        return it.last, "the file ends inside a bracket", "close it, or put a text that begins with one in quotes"
    return it.place, "a text is missing here", "remove the comma or bracket that is too many, or put the text in quotes"


def _no_document(it: Complaint) -> Explained:
    return it.place, "the document has ended above", "begin all keys at the same column, and remove a line `...` above"


def _tag(it: Complaint) -> Explained:
    return it.begun, "a text cannot begin with `!`", _QUOTES


def _block_tab(it: Complaint) -> Explained:
    return it.place, "a tab stands where YAML wants spaces", "indent with spaces"


# Parts of what libyaml says and of what PyYAML's own parser does.
_KINDS: tuple[tuple[str, Callable[[Complaint], Explained]], ...] = (
    ("cannot start any token", _cannot_start),
    ("mapping values are not allowed", _second_colon),
    ("sequence entries are not allowed", _list_on_line),
    ("find expected ':'", _no_colon),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_key),
    ("expected <block end>", _no_key),
    ("expected ',' or", inside_brackets),
    ("expected alphabetic or numeric character", _no_name),
    ("unexpected ':'", _flow_colon),
    ("unknown escape character", _bad_escape),
    ("Unicode character escape code", _half_emoji),
    ("hexdecimal number", _half_emoji),
    ("hexadecimal numbers", _half_emoji),
    ("unexpected end of stream", _no_end),
    ("comment or line break", _after_indicator),
    ("comment or a line break", _after_indicator),
    ("mapping keys are not allowed", _cannot_start),
    ("node content", _nothing),
    ("<document start>", _no_document),
    ("tab character", _block_tab),
    ("tag handle", _tag),
)
