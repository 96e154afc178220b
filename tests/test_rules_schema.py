"""The schema that an editor has and the loader agree: on good books, and on every fault that shape alone can show."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from bot.commands.rules import rules
from rules import BookError, parse
from rules.document import LOADER
from rules.keys import KEYS
from rules.schema import schema
from tests.broken_books import BEYOND_SHAPE, BROKEN

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "rules" / "books").glob("*.yaml"))
CORPUS = sorted((ROOT / "tests" / "books").glob("*.yaml"))
VALIDATOR = Draft7Validator(schema())

# YAML 1.2, core schema: what an editor takes a plain scalar for.
NULL = re.compile(r"null|Null|NULL|~|")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def core(plain: str) -> Any:
    """What a plain scalar is in YAML 1.2."""
    if NULL.fullmatch(plain):
        return None
    if BOOLEAN.fullmatch(plain):
        return plain.lower() == "true"
    if INTEGER.fullmatch(plain):
        return int(plain, 0 if plain.startswith("0") and plain[1:2] in ("x", "o") else 10)
    return float(plain.lower().replace(".inf", "inf").replace(".nan", "nan")) if FLOAT.fullmatch(plain) else plain


def as_an_editor_reads(node: yaml.Node | None) -> Any:
    """The values of a document; keys are as they are written."""
    match node:
        case yaml.MappingNode():
            return {key.value: as_an_editor_reads(value) for key, value in node.value}
        case yaml.SequenceNode():
            return [as_an_editor_reads(item) for item in node.value]
        case yaml.ScalarNode():
            return node.value if node.style else core(node.value)


def shape_is_good(text: str) -> bool:
    return VALIDATOR.is_valid(as_an_editor_reads(yaml.compose(text, Loader=LOADER)))


def problems(text: str) -> list[str]:
    try:
        parse(text.encode(), "test.yaml")
    except BookError as error:
        return [fault.problem for fault in error.faults]
    return []


def test_the_schema_is_of_draft_7() -> None:
    Draft7Validator.check_schema(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_schema_is_plain_json_and_a_new_one_each_time() -> None:
    one = schema()
    assert json.loads(json.dumps(one)) == schema()
    one["properties"].clear()
    assert schema()["properties"]


def test_the_command_prints_what_is_shipped() -> None:
    result = CliRunner().invoke(rules, ["schema"])
    assert result.exit_code == 0
    shipped = ROOT / "rules" / "book.schema.json"
    assert result.stdout == shipped.read_text(encoding="utf-8"), "run: autoreply rules schema > rules/book.schema.json"
    assert result.stdout.endswith("}\n")


def maps(of: Any) -> list[dict[str, Any]]:
    """Every map with fixed keys that a schema has."""
    if isinstance(of, list):
        return [each for item in of for each in maps(item)]
    if not isinstance(of, dict):
        return []
    here = [of["properties"]] if "properties" in of and isinstance(of["properties"], dict) else []
    return here + [each for value in of.values() for each in maps(value)]


@pytest.mark.parametrize("place", KEYS)
def test_every_key_of_every_place_is_there_with_what_it_means(place: str) -> None:
    keys = {key: text for key, text in KEYS[place].items() if key not in ("opt_out", "opt_in")}  # these are bare words
    described = [{key: value.get("description") for key, value in each.items()} for each in maps(schema())]
    assert keys in described


def test_no_key_is_there_that_the_loader_does_not_know() -> None:
    known = [set(keys) - {"opt_out", "opt_in"} for keys in KEYS.values()]
    days = {"mon-fri", "sat", "sun", "closed", "open"}
    assert all(set(each) in [*known, days] for each in maps(schema()))


def test_a_bare_action_is_described_too() -> None:
    assert all(json.dumps(KEYS["`then`"][action]) in json.dumps(schema()) for action in ("opt_out", "opt_in"))


@pytest.mark.parametrize("path", [*SHIPPED, *CORPUS], ids=lambda path: path.name)
def test_a_good_book_is_good_to_both(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert problems(text) == []
    errors = VALIDATOR.iter_errors(as_an_editor_reads(yaml.compose(text, Loader=LOADER)))
    assert [(list(error.path), error.message) for error in errors] == []


@pytest.mark.parametrize("path", [*SHIPPED, *CORPUS], ids=lambda path: path.name)
def test_a_book_names_the_schema_in_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve() == ROOT / "rules" / "book.schema.json"


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in BEYOND_SHAPE])
def test_a_fault_of_shape_is_one_to_both(name: str) -> None:
    assert not shape_is_good(BROKEN[name][0])


@pytest.mark.parametrize("name", sorted(BEYOND_SHAPE))
def test_what_only_the_loader_can_know_is_good_to_the_schema(name: str) -> None:
    assert shape_is_good(BROKEN[name][0])


# --- changed books ----------------------------------------------------------------------------------------------------

WHOLE: Any = [as_an_editor_reads(yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)) for path in CORPUS]
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        5,
        1.5,
        "",
        " ",
        "x",
        "?",
        "anything",
        "opt_out",
        "hand_off",
        "on",
        "off",
        "live",
        "true",
    ),
    *("4h", "4 h", "400d", "12:30", "2026-12-25", "25.12.2026", "09:00-17:00", "9-5", "+33", "33", "Desk_1", "{yes}"),
    *("{", "{x}", "a*", "*", "(", "en", "Europe/Paris", "x" * 5000),
    *(
        [],
        {},
        ["a"],
        ["a", ["b"]],
        {"a": "b"},
        {"any": "x"},
        {"hand_off": "1h"},
        {"tag": "y"},
        [{"any": "x"}, "anything"],
    ),
]
KNOWN = sorted({key for keys in KEYS.values() for key in keys} | {"mon", "tue-wed", "Closed", "xyz"})


def kind(problem: str) -> str:
    """A problem without what it is about."""
    return re.sub(r'`[^`]*`|"[^"]*"|\d[\d-]*', "…", problem)


# Those of the books above; and what a number, null or another spelling of true is, which an editor cannot tell.
BEYOND = {
    kind(re.split(r": (?:rule \"a\": )?", BROKEN[name][1], maxsplit=1)[1].split("; ")[0]) for name in BEYOND_SHAPE
}
BEYOND |= {
    "… is not a regular expression",  # for whatever reason RE2 gives
    "a time that is given twice: … is given twice, first in line …",
    "… is given twice, first in line …",
    "this rule should answer …",
    "this rule should ignore …",
    "an item of … is empty",
    "the variable … is empty",
    "… is not the beginning of an international number",
    "… is not the name of an endpoint",
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a book."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deep for key, each in inside for deep in paths(each, (*path, key)))]


def at(book: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        book = book[key]
    return book


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A good book in which something is missing, stands under another key, or is something else."""
    book = copy.deepcopy(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 2))):
        places = paths(book)[1:]
        *path, key = draw(st.sampled_from(places))
        parent = at(book, tuple(path))
        match draw(st.sampled_from(["drop", "rename", "change", "copy"])):
            case "drop":
                del parent[key]
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(KNOWN))] = parent.pop(key)
            case "copy":
                parent[key] = copy.deepcopy(at(book, draw(st.sampled_from(places))))
            case _:
                parent[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return book


@settings(max_examples=400, deadline=None)
@given(changed())
def test_of_a_changed_book_both_say_the_same_but_for_what_only_the_loader_can_know(book: Any) -> None:
    found = problems(json.dumps(book, ensure_ascii=False))
    if VALIDATOR.is_valid(book):
        assert {kind(problem) for problem in found if not is_beyond(problem)} == set()
    else:
        assert found


def is_beyond(problem: str) -> bool:
    return any(kind(problem).startswith(each) for each in BEYOND)
