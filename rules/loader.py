"""From a file to a `Book`: read it, note all that is wrong with it, and run its examples if nothing is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePath

from rules.book import Book
from rules.decoding import LARGEST_FILE
from rules.document import read_document
from rules.examples import run_examples
from rules.faults import Findings, Place
from rules.phrases import Word
from rules.read_rule import RuleRead, read_rule
from rules.read_when import Setting, read_phrase
from rules.reading import read_map, read_text, read_texts, wrong_kind
from rules.tree import List, Node, Text
from rules.typos import Vocabulary

_VERSION_DIGITS = 12


def load(path: Path | str) -> Book:
    """The book in this file. Raises `BookError` with all its faults; a file that cannot be read is one of them."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        Findings(str(path)).stop(Place(), f"cannot read the book: {reason}", "check the path and its permissions")
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Book:
    """The book in these bytes; `name` is the file's, for its faults. Raises `BookError` with all of them."""
    findings = Findings(name)
    root = read_document(data, findings)
    entries = read_map(root, "the book", findings, needed=("version", "rules")) or {}
    _check_version(entries.get("version"), findings)
    setting = Setting(_typos(entries.get("typos"), findings), _skipped(entries.get("skip_words"), findings))
    title = read_text(entries["name"], "`name`", findings) if "name" in entries else None
    rules = _rules(entries.get("rules"), setting, findings, book_named="name" in entries)
    findings.raise_if_any()
    book = Book(
        name=PurePath(name).stem if title is None else title.value,
        version=hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS],
        rules=tuple(each.rule for each in rules),
        skipped=setting.skipped,
        vocabulary=_vocabulary(rules),
    )
    run_examples(book, findings)
    findings.raise_if_any()
    return book


def _check_version(node: Node | None, findings: Findings) -> None:
    if node is not None and (not isinstance(node, Text) or node.value != "1"):
        findings.add(node.place, "this version of the language is not known", "write `version: 1`")


def _typos(node: Node | None, findings: Findings) -> bool:
    if node is None:
        return True
    if not isinstance(node, Text) or node.value not in ("on", "off"):
        findings.add(node.place, "`typos` is neither on nor off", "write `typos: on` or `typos: off`")
        return True
    return node.value == "on"


def _skipped(node: Node | None, findings: Findings) -> tuple[tuple[str, ...], ...]:
    texts = [] if node is None else read_texts(node, "`skip_words`", findings)
    skipped: list[tuple[str, ...]] = []
    for text in texts:
        phrase = read_phrase(text, findings, typos=False)
        if phrase is None:
            continue
        if any(word.prefix for word in phrase.words):
            findings.add(text.place, "a skip word has a star", "write each form of the word")
        skipped.append(tuple(word.text for word in phrase.words))
    return tuple(skipped)


def _rules(node: Node | None, setting: Setting, findings: Findings, *, book_named: bool) -> list[RuleRead]:
    if node is None:
        return []
    if not isinstance(node, List):
        wrong_kind(node, "`rules`", "a list: each rule begins with `- name: ...`", findings)
        return []
    if not node.items:
        findings.add(node.place, "the book has no rules", "add one: `- name: ...`")
    read = (read_rule(item, setting, findings, book_named=book_named) for item in node.items)
    rules = [each for each in read if each is not None]
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


def _vocabulary(rules: Sequence[RuleRead]) -> Vocabulary:
    words: dict[str, frozenset[str]] = {}
    prefixes: dict[str, frozenset[str]] = {}
    for each in rules:
        for word in _words(each):
            known = prefixes if word.prefix else words
            known[word.text] = known.get(word.text, frozenset()) | {each.rule.name}
    return Vocabulary(words, prefixes)


def _words(read: RuleRead) -> list[Word]:
    return [word for phrase in read.phrases for word in phrase.words]
