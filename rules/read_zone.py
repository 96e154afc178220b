"""`timezone` and `language`: from the tree to a zone and a language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rules.faults import Findings, quoted
from rules.keys import listed
from rules.languages import LANGUAGES, Language
from rules.reading import read_text
from rules.tree import Node

_ALIKE = 0.8  # of 1: how much a zone's name must look like another to be meant; Europe is not Europe/Rome

# An area and a place, or the old name of a country; not EST, GB, W-SU, nor files that are no zones.
_ZONE = re.compile(r"UTC|(?!Factory$)[A-Z][\w+-]*[a-z][\w+-]*|[A-Z][\w+-]*(/[A-Z][\w+-]*)+", re.ASCII)
_YOURS = "write the zone of your city, such as `Europe/Paris` or `Asia/Kolkata`"
_SHORT = re.compile(r"([A-Z]{2,5})?([+-]?[0-9]{1,2}(:?[0-9]{2})?)?([A-Z]{3})?")
_CITIES = {
    **dict.fromkeys(("CET", "CEST", "MEZ"), "Europe/Paris"),
    **dict.fromkeys(("GMT", "BST"), "Europe/London"),
    **dict.fromkeys(("EST", "EDT"), "America/New_York"),
    **dict.fromkeys(("CST", "CDT"), "America/Chicago"),
    **dict.fromkeys(("PST", "PDT"), "America/Los_Angeles"),
    **dict.fromkeys(("EET", "EEST"), "Europe/Athens"),
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "BRT": "America/Sao_Paulo",
}

_COUNTRIES = {  # of one zone, which look like another's name or like none
    "china": "Asia/Shanghai",
    "colombia": "America/Bogota",
    "france": "Europe/Paris",
    "germany": "Europe/Berlin",
    "india": "Asia/Kolkata",
    "ireland": "Europe/Dublin",
    "italy": "Europe/Rome",
    "laos": "Asia/Vientiane",
    "nigeria": "Africa/Lagos",
    "uganda": "Africa/Kampala",
}


def read_zone(node: Node, findings: Findings) -> ZoneInfo | None:
    """The zone of an IANA name. Abbreviations and offsets are refused: no summer time, or many places."""
    text = read_text(node, "`timezone`", findings)
    if text is None:
        return None
    zones = _zones()
    if text.value in zones:
        return ZoneInfo(text.value)
    findings.add(text.place, f"unknown timezone {quoted(text.value)}", _zone_instead(text.value, zones))
    return None


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if _ZONE.fullmatch(zone)))


def _zone_instead(word: str, zones: Iterable[str]) -> str:
    """What was meant: a zone in another case, its city or country alone, a typing error, or an abbreviation."""
    plain = word.strip().lower().replace(" ", "_")
    known = {zone.rpartition("/")[2].lower(): zone for zone in zones if not zone.startswith("Etc/")}
    known |= {zone.lower(): zone for zone in zones} | _COUNTRIES
    short = _SHORT.fullmatch(word.strip().upper() if plain.upper() in _CITIES else word.strip())
    if plain not in known and short is not None:
        is_offset = short[2] is not None and short[4] is None  # EST5EDT is none
        city = None if is_offset else _CITIES.get(short[1])
        return _YOURS if city is None else f"write the zone of a city, such as `{city}`"
    alike = [plain] if plain in known else get_close_matches(plain[:40], known, n=1, cutoff=_ALIKE)
    return f"did you mean `{known[alike[0]]}`?" if alike else _YOURS


def read_language(node: Node, findings: Findings) -> Language | None:
    """The language in which times are said."""
    text = read_text(node, "`language`", findings)
    if text is None:
        return None
    if text.value not in LANGUAGES:
        findings.add(text.place, f"unknown language {quoted(text.value)}", f"write one of {listed(LANGUAGES)}")
    return LANGUAGES.get(text.value)
