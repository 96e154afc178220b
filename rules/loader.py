"""From a file to a `Book`: read it, note all that is wrong with it, and run its examples if nothing is."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

from rules.book import Book
from rules.decoding import LARGEST_FILE
from rules.document import read_document
from rules.examples import note_failures
from rules.faults import Findings, Place
from rules.index import Index
from rules.languages import ENGLISH
from rules.phrase_count import check_number
from rules.phrases import SkipWords
from rules.read_book import (
    Entries,
    read_burst,
    read_if,
    read_limit,
    read_lists,
    read_skip_words,
    read_typos,
    read_window_closed,
)
from rules.read_hours import read_hours
from rules.read_replies import Known
from rules.read_rule import RuleRead, Surroundings, read_rule
from rules.read_when import Setting
from rules.read_zone import read_language, read_zone
from rules.reading import read_map, read_span, read_text, wrong_kind
from rules.tree import List, Node, Text
from rules.vocabulary import Vocabulary

_VERSION_DIGITS = 12


def load(path: Path | str, *, examples: bool = True) -> Book:
    """The book in this file. Raises `BookError` with all its faults; a file that cannot be read is one of them, and an
    example that fails is, unless `examples` are not to be run."""
    return parse(read(path), str(path), examples=examples)


def read(path: Path | str) -> bytes:
    """What this file holds, of one that is too long the beginning. Raises `BookError` where it cannot be read."""
    try:
        if Path(path).exists() and not Path(path).is_file():  # a pipe would be waited for, for ever
            Findings(str(path)).stop(Place(), "cannot read the book: it is no file", "write the path of a YAML file")
        with Path(path).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # a NUL in the path is a ValueError
        reason = getattr(error, "strerror", None) or "it cannot be read"
        Findings(str(path)).stop(Place(), f"cannot read the book: {reason}", "check the path and its permissions")


def version_of(data: bytes) -> str:
    """The version that a book of these bytes has."""
    return hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS]


def parse(data: bytes, name: str, *, examples: bool = True) -> Book:
    """The book in these bytes; `name` is the file's, for its faults. Raises `BookError` with all of them; `examples` as
    above."""
    with _no_collector():
        return _parse(data, name, examples=examples)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A long book is a million objects and none is garbage: to look them through again and again would take a quarter
    of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parse(data: bytes, name: str, *, examples: bool) -> Book:
    findings = Findings(name)
    entries = read_map(read_document(data, findings), "the book", findings, needed=("version", "rules")) or {}
    _check_version(entries.get("version"), findings)
    title = read_if(entries, "name", lambda node: read_text(node, "`name`", findings))
    late_after = read_if(entries, "late_after", lambda node: read_span(node, "`late_after`", findings))
    surroundings = _surroundings(entries, late_after, findings)
    rules = _rules(entries.get("rules"), surroundings, findings)
    limit = read_if(entries, "reply_limit", lambda node: read_limit(node, findings))
    burst = read_if(entries, "burst", lambda node: read_burst(node, findings))
    window_closed = read_if(entries, "window_closed", lambda node: read_window_closed(node, findings))
    language = read_if(entries, "language", lambda node: read_language(node, findings))
    findings.raise_if_any()
    setting, known = surroundings.setting, surroundings.known
    book = Book(
        name=PurePath(name).stem if title is None else title.value,
        version=version_of(data),
        rules=tuple(each.rule for each in rules),
        index=Index([each.rule.when for each in rules]),
        vocabulary=Vocabulary(phrase for each in rules if each.rule.mode != "off" for phrase in each.phrases),
        skipped=setting.skipped,
        typos=setting.typos,
        language=language or ENGLISH,
        zone=known.zone,
        hours=setting.hours,
        reply_limit=limit,
        late_after=late_after,
        burst=burst,
        window_closed=window_closed,
    )
    if examples:
        note_failures(book, findings)
    findings.raise_if_any()
    return book


def _check_version(node: Node | None, findings: Findings) -> None:
    if node is not None and (not isinstance(node, Text) or node.value != "1"):
        findings.add(node.place, "this version of the language is not known", "write `version: 1`")


def _surroundings(entries: Entries, late_after: timedelta | None, findings: Findings) -> Surroundings:
    zone = read_if(entries, "timezone", lambda node: read_zone(node, findings))
    zone_given = "timezone" in entries
    hours = read_if(entries, "hours", lambda node: read_hours(node, zone, findings, zone_given=zone_given)) or {}
    typos = read_if(entries, "typos", lambda node: read_typos(node, findings))
    setting = Setting(
        typos=typos is not False,
        skipped=read_if(entries, "skip_words", lambda node: read_skip_words(node, findings)) or SkipWords(),
        lists=read_if(entries, "words", lambda node: read_lists(node, findings)) or {},
        hours=hours,
    )
    assumed = ZoneInfo("UTC") if zone_given else None  # a zone that is unknown is told once
    return Surroundings(setting, Known("name" in entries, zone or assumed, hours), late_after)


def _rules(node: Node | None, surroundings: Surroundings, findings: Findings) -> list[RuleRead]:
    if node is None:
        return []
    if not isinstance(node, List):
        wrong_kind(node, "`rules`", "a list: each rule begins with `- name: ...`", findings)
        return []
    if not node.items:
        findings.add(node.place, "the book has no rules", "add one: `- name: ...`")
    check_number(node.items, surroundings.setting.lists, findings)
    rules = [rule for item in node.items if (rule := read_rule(item, surroundings, findings)) is not None]
    _check_names(rules, findings)
    return rules


def _check_names(rules: Sequence[RuleRead], findings: Findings) -> None:
    first: dict[str, int] = {}
    for each in rules:
        name, place = each.rule.name, each.node.place
        if name in first:
            problem = f"another rule has this name, in line {first[name]}"
            findings.of_rule(name).add(place, problem, "give each rule its own")
        first.setdefault(name, place.line)
