"""The JSON Schema of books, draft 7, for editors: what may stand where, with what it means.

An editor reads YAML 1.2, in which `336`, `true` and `~` are no texts; in a book they are, so a text may be any scalar.
The schema says what the shape of a book alone can say. Whether a list, hours or a placeholder is there, whether a time
or a pattern is possible and whether the examples come out only the loader knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rules.keys import KEYS
from rules.languages import LANGUAGES
from rules.media import KINDS
from rules.phrases import LONGEST_PHRASE
from rules.replies import LONGEST_REPLY

Schema: TypeAlias = dict[str, Any]


def schema() -> Schema:
    """The schema, made of plain lists, dicts and scalars; a new one each time."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A rule book of autoreply",
        "description": "Which message gets which reply. Check it with `autoreply rules check`.",
        **_map("the book", _book(), needed=("version", "rules"), dependencies={"hours": ["timezone"]}),
        "definitions": {"when": _when(), "example": _example()},
    }


# --- scalars and lists of them ----------------------------------------------------------------------------------------


def _text(*, longest: int | None = None, **more: Any) -> Schema:
    limit = {} if longest is None else {"maxLength": longest}
    return {
        "type": ["string", "number", "boolean", "null"],
        **_pattern(r"\S", "a text is missing here"),
        **limit,
        **more,
    }


def _string(pattern: str, hint: str, **more: Any) -> Schema:
    return {"type": "string", **_pattern(pattern, hint), **more}


def _pattern(pattern: str, hint: str) -> Schema:
    return {"pattern": pattern, "patternErrorMessage": hint}  # the second is read by editors


def _texts(one: Schema) -> Schema:
    """One or a list of them."""
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _span(example: str) -> Schema:
    """A duration."""
    hint = "write a number and s, m, h or d, such as 4h; at most 365 days"
    return _string("^0*[1-9][0-9]*[smhd]$", hint, maxLength=10, examples=[example])


def _choice(*words: str, default: str | None = None) -> Schema:
    return {"enum": [*words], **({} if default is None else {"default": default})}


_PHRASES = _texts(_text(longest=LONGEST_PHRASE))
_REPLIES = _texts(_text(longest=LONGEST_REPLY))
_TAGS = _texts(_text(longest=64))
_ENDPOINTS = _texts(_text(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", patternErrorMessage="letters, digits, - and _"))

_BETWEEN = r"[\s().\u2010-\u2015-]*"  # the digits of a number
_PREFIX = rf"^{_BETWEEN}\+{_BETWEEN}[1-9]({_BETWEEN}[0-9]){{0,18}}{_BETWEEN}$"
_SENDERS = {
    "type": ["string", "number"],  # +33 is a number to an editor
    **_pattern(_PREFIX, "write a plus and digits, such as +33 or +33612345678"),
}
_COUNT = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 1000},
        _string("^0*([1-9][0-9]{0,2}|1000)$", "write a number from 1 to 1000", maxLength=8),
    ],
    "examples": [5],
}


# --- maps -------------------------------------------------------------------------------------------------------------


def _map(place: str, values: Mapping[str, Schema], *, needed: tuple[str, ...] = (), **more: Any) -> Schema:
    """A map with the keys of this place, each described as `KEYS` says."""
    keys = KEYS[place]
    properties = {key: {"description": keys[key], **values[key]} for key in keys if key in values}
    required = {"required": [*needed]} if needed else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False, **more}


def _named(value: Schema, names: Schema, **more: Any) -> Schema:
    """A map whose keys the author chooses."""
    return {"type": "object", "propertyNames": names, "additionalProperties": value, **more}


def _book() -> dict[str, Schema]:
    off = {"enum": ["off"]}
    burst = _map("`burst`", {"quiet": _span("2s"), "at_most": _span("8s")}, needed=("quiet", "at_most"))
    limit = _map("`reply_limit`", {"replies": _COUNT, "per": _span("10m")}, needed=("replies", "per"))
    template = {"id": _text(), "variables": _named(_text(), {})}
    return {
        "version": {"enum": [1, "1"]},
        "name": _text(examples=["Acme support"]),
        "language": _choice(*LANGUAGES, default="en"),
        "timezone": _string(r"\S", "write an IANA name, such as Europe/Paris", examples=["Europe/Paris"]),
        "burst": {"anyOf": [burst, off], "examples": [{"quiet": "2s", "at_most": "8s"}]},
        "reply_limit": {**limit, "examples": [{"replies": 5, "per": "10m"}]},
        "late_after": _span("15m"),
        "typos": _choice("on", "off", default="on"),
        "skip_words": _PHRASES,
        "words": _named(_PHRASES, _pattern(r"^[^{}]*[^{}\s][^{}]*$", "write a name without braces")),
        "hours": _hours(),
        "window_closed": _map(
            "`window_closed`", {"template": _map("`template`", template, needed=("id",))}, needed=("template",)
        ),
        "rules": {"type": "array", "items": _rule(), "minItems": 1},
    }


def _rule() -> Schema:
    examples = dict.fromkeys(KEYS["`examples`"], _texts({"$ref": "#/definitions/example"}))
    values = {
        "name": _text(),
        "mode": _choice("live", "shadow", "off", default="live"),
        "only_for": _texts(_text()),
        "when": _WHEN,
        "once_per": _span("12h"),
        "reply": _REPLIES,
        "late_reply": _REPLIES,
        "then": _then(),
        "examples": _map("`examples`", examples),
    }
    acts = [{"required": ["reply"]}, {"required": ["then"]}]
    needs = {"late_reply": ["reply"]}
    return _map("a rule", values, needed=("name", "when"), anyOf=acts, dependencies=needs)


_WHEN = {"allOf": [{"$ref": "#/definitions/when"}]}  # beside a `$ref` alone, draft 7 overlooks the description


def _when() -> Schema:
    hours = _text()
    values = {
        **dict.fromkeys(("any", "all", "none", "exact", "starts"), _PHRASES),
        "pattern": _text(longest=1000),
        "media": {"anyOf": [_choice("any"), *_texts(_choice(*KINDS))["anyOf"]]},
        **dict.fromkeys(("during", "outside"), hours),
        "first_message": {"enum": [True, False, "true", "false"]},
        **dict.fromkeys(("tagged", "not_tagged"), _texts(_text())),
        "from": _texts(_SENDERS),
        "either": {"type": "array", "items": _WHEN, "minItems": 2},
        "not": _WHEN,
    }
    return {"anyOf": [_map("`when`", values, minProperties=1), {"enum": ["anything"]}]}


def _example() -> Schema:
    values = {"media": _choice(*KINDS), "text": _text()}
    return {"anyOf": [_text(), _map("an example", values, needed=("media",))]}


def _then() -> Schema:
    alone = {key: text for key, text in KEYS["`then`"].items() if key in ("opt_out", "opt_in")}
    words = [{"const": key, "description": text} for key, text in alone.items()]
    values = {"hand_off": _span("4h"), "tag": _TAGS, "untag": _TAGS, "notify": _ENDPOINTS}
    return _texts({"anyOf": [*words, _map("`then`", values, minProperties=1)]})


# --- hours ------------------------------------------------------------------------------------------------------------

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_DATES = rf"^\s*{_DATE}\s*(\.\.\s*{_DATE}\s*)?$"
_TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_DASH = r"\s*[-–—]\s*"
_SPAN = rf"^\s*{_TIME}{_DASH}({_TIME}|24:00)\s*$"


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


def _hours() -> Schema:
    days = "|".join(f"{_any_case(day[:3])}({_any_case(day[3:])})?" for day in _DAYS)
    one = rf"\s*({days})({_DASH}({days}))?\s*"
    span = _string(_SPAN, "write 09:00-17:00, with hours and minutes from 00:00 to 24:00", examples=["09:00-17:00"])
    shut = _string(rf"^\s*{_any_case('closed')}\s*$", "write a span such as 09:00-17:00, or closed")
    spans = {"anyOf": [span, {"type": "array", "items": span, "minItems": 1}, shut]}
    dates = _string(_DATES, "write a date such as 2026-12-25, or a range such as 2026-12-24..2026-12-26")
    by_date = {
        "description": "These dates have their own spans, instead of those of the weekday.",
        "type": "object",
        "propertyNames": _pattern(_DATES, "write a date such as 2026-12-25"),
        "additionalProperties": spans,
        "minProperties": 1,
    }
    closed = {"description": "Dates on which nobody is there, such as 2026-12-25.", **_texts(dates)}
    week = {
        "type": "object",
        "properties": {"mon-fri": spans, "sat": spans, "sun": spans, "closed": closed, "open": by_date},
        "patternProperties": {
            f"^{one}(,{one})*$": {"description": "What begins on these days of the week.", **spans},
            rf"^\s*{_any_case('closed')}\s*$": closed,
            rf"^\s*{_any_case('open')}\s*$": by_date,
        },
        "additionalProperties": False,
        "minProperties": 1,
        "examples": [{"mon-fri": ["09:00-12:30", "13:30-18:00"], "sat": "10:00-14:00", "closed": ["2026-12-25"]}],
    }
    return _named(week, _pattern("^[A-Za-z][A-Za-z0-9_-]*$", "write one word, such as support"), minProperties=1)
